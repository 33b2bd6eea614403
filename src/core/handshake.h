/*
 * The opening: SYN, SYN-ACK, and the first segment that shows that they arrived (RFC 9293, 3.5);
 * and the SYN that may begin the next incarnation.
 */
#ifndef TCPBYE_CORE_HANDSHAKE_H
#define TCPBYE_CORE_HANDSHAKE_H

#include "core/path.h"

/* A segment with SYN and without RST that belongs to this incarnation. */
void handshake_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* What a segment without SYN shows about the handshake, or where the capture began without one. */
void handshake_settle(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* True where the SYN may begin another incarnation: it is then only a candidate, until it is
 * answered. */
bool handshake_is_new_attempt(const struct flow *flow, const struct segment *segment);

/* True where a SYN-ACK shows that another incarnation began with a SYN that is not in the capture.
 */
bool handshake_is_unseen_attempt(const struct flow *flow, const struct segment *segment);

/* What a segment says about a candidate. */
enum candidate_answer {
	CANDIDATE_UNTOUCHED,  /* nothing */
	CANDIDATE_REPEATED,   /* it is the same SYN again */
	CANDIDATE_COMMITTED,  /* it is answered: the old incarnation is over */
	CANDIDATE_CHALLENGED, /* the old connection answered: there is no new one */
};

enum candidate_answer handshake_judge_candidate(const struct held *candidate,
						const struct segment *segment);

#endif
