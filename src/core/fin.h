/*
 * A FIN that passes the tap: whether its receiver takes it, whether it is the first one, a copy or
 * another (RFC 9293, 3.10.7.4), and what its sender did when it left.
 *
 * FINs are compared by the number of the FIN itself, behind the payload that comes with it: a
 * repetition may carry more or less payload than the first one (RFC 9293, 3.7).
 */
#ifndef TCPBYE_CORE_FIN_H
#define TCPBYE_CORE_FIN_H

#include "core/path.h"

/* A segment with FIN, after its ACK has been applied. */
void fin_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* What became of a FIN that lies beyond the window, or acknowledges what was not seen. */
enum fin_verdict {
	FIN_RIGHT,     /* the peer's later numbers prove it */
	FIN_WRONG,     /* they contradict it */
	FIN_UNDECIDED, /* nothing came any more: it is taken for right */
};

/* Settles `side`'s FIN, if it has been waiting for a verdict. */
void fin_settle_waiting(struct analyzer *analyzer, struct flow *flow, unsigned side,
			enum fin_verdict verdict);

#endif
