/*
 * The close: who has the peer's FIN, who acknowledged it, and what that makes of both endpoints
 * (RFC 9293, 3.6). fin.h has the FINs themselves.
 *
 * The observer's rule: an endpoint has the peer's FIN when a segment of its own acknowledges it.
 * The acknowledgement of an endpoint's own FIN is presumed received when it passes, confirmed by
 * what the endpoint acknowledges later, and taken back when it repeats its FIN.
 */
#ifndef TCPBYE_CORE_CLOSE_H
#define TCPBYE_CORE_CLOSE_H

#include "core/path.h"

/* A segment that acknowledges exactly the peer's FIN. */
void close_take_ack(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* A segment that acknowledges more than the peer's FIN, which was in order. */
void close_take_wrong_ack(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment);

/* The acknowledgement of `side`'s FIN is taken as received at `moment`. */
void close_presume_ack(struct analyzer *analyzer, struct flow *flow, unsigned side,
		       struct moment moment);

/* If the endpoint's last step led into TIME-WAIT, that begins. */
void close_enter_time_wait(struct analyzer *analyzer, struct flow *flow, unsigned side,
			   enum tw_via via, struct moment moment);

/* An ACK of `side`'s FIN that was held back is taken as received (the order no longer matters). */
void close_settle_waiting_ack(struct analyzer *analyzer, struct flow *flow, unsigned side);

/* The peer's FIN is taken as received without the receiver's word for it. */
void close_assume_fin_received(struct analyzer *analyzer, struct flow *flow, unsigned side);

#endif
