/*
 * Segments that come before the handshake allows them: their numbers contradict the SYNs.
 */
#ifndef TCPBYE_CORE_PREMATURE_H
#define TCPBYE_CORE_PREMATURE_H

#include "core/context.h"

/*
 * True for a segment that cannot belong to the handshake at hand (RFC 9293, 3.10.7.3 and 3.10.7.4,
 * fifth): an anomaly is raised, and nothing else may be made of it. Where a SYN-ACK or data were
 * not captured the numbers still fit.
 */
bool premature_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* True for a RST that answers such a segment: it goes to whoever sent that, not to this connection.
 */
bool premature_take_answer(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment);

#endif
