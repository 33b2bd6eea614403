/*
 * The close: who sent a FIN, who has it, who acknowledged it, and what that makes of both endpoints
 * (RFC 9293, 3.6).
 *
 * The observer's rule: an endpoint has the peer's FIN when a segment of its own acknowledges it.
 * The acknowledgement of an endpoint's own FIN is presumed received when it passes, confirmed by
 * what the endpoint acknowledges later, and taken back when it repeats its FIN.
 */
#ifndef TCPBYE_CORE_CLOSE_H
#define TCPBYE_CORE_CLOSE_H

#include "core/path.h"

/* A segment with FIN, after its ACK has been applied. */
void close_take_fin(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* A segment that acknowledges exactly the peer's FIN. */
void close_take_ack(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* A segment that acknowledges more than the peer's FIN, which was in order. */
void close_take_wrong_ack(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment);

/* What became of a FIN that lies beyond the window, or acknowledges what was not seen. */
enum fin_verdict {
	FIN_RIGHT,     /* the peer's later numbers prove it */
	FIN_WRONG,     /* they contradict it */
	FIN_UNDECIDED, /* nothing came any more: it is taken for right */
};

void close_settle_waiting_fin(struct analyzer *analyzer, struct flow *flow, unsigned side,
			      enum fin_verdict verdict);

/* True where one unseen sequence number of `side` may have been its FIN. */
bool close_may_infer_fin(const struct flow *flow, unsigned side);

/* That number was its FIN: it is not in the capture, but everything that followed says so. */
void close_infer_fin(struct analyzer *analyzer, struct flow *flow, unsigned side);

/* It was not: what followed contradicts it. Both paths are put right. */
void close_retract_inference(struct analyzer *analyzer, struct flow *flow, unsigned side);

/* An ACK of `side`'s FIN that was held back is taken as received (the order no longer matters). */
void close_settle_waiting_ack(struct analyzer *analyzer, struct flow *flow, unsigned side);

/* The peer's FIN is taken as received without the receiver's word for it. */
void close_assume_fin_received(struct analyzer *analyzer, struct flow *flow, unsigned side);

#endif
