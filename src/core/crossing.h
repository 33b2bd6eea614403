/*
 * Which came first at an endpoint that has closed: the peer's FIN, or the acknowledgement of its
 * own?
 *
 * Both may be on their way at once, and a tap sees neither arrive. What the endpoint answers tells:
 * by the numbers that the FIN bears, by a D-SACK or an old time stamp that gives away an earlier
 * receipt, and by who answers. Linux lets an endpoint that waits in FIN-WAIT-2 or TIME-WAIT with no
 * application be answered for by a mini-socket, whose IPv4 packets bear the identification 0
 * (net/ipv4/tcp_minisocks.c); its full sockets count.
 */
#ifndef TCPBYE_CORE_CROSSING_H
#define TCPBYE_CORE_CROSSING_H

#include "core/flow.h"

/* True where the ACK travels with or behind a FIN of its sender that its receiver may not have. */
bool crossing_is_open(const struct flow *flow, const struct segment *ack);

/*
 * True where `ack`, which acknowledges the peer's FIN, is not its sender's first answer to it: a
 * D-SACK says so (RFC 2883), or the time stamp that it echoes (RFC 7323, 4.3), which is older than
 * the copy that it answers, or that of something that the peer sent behind its FIN.
 */
bool crossing_answers_again(const struct flow *flow, const struct segment *ack);

/* True where the peer's FIN acknowledges `side`'s own: who has the one has the other. */
bool crossing_fin_brings_ack(const struct flow *flow, unsigned side);

/*
 * True where `answer`, the first that `answer->from` sends to the peer's FIN, shows that the
 * endpoint had the acknowledgement of its own FIN before: it was in FIN-WAIT-2, not in CLOSING.
 */
bool crossing_ack_came_first(const struct flow *flow, const struct segment *answer,
			     int64_t reorder_window_ns);

/* True where `side`'s FIN, which the capture holds only now, left before the acknowledgement of the
 * peer's FIN that was captured earlier. */
bool crossing_fin_left_first(const struct flow *flow, unsigned side, int64_t reorder_window_ns);

#endif
