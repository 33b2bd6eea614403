/*
 * Where the tap is on the way between client and server, by the times of the handshake.
 *
 * It serves to say how far the times at the tap lie from those at the endpoints, and for nothing
 * else: what came before what is read from sequence numbers, never from this.
 */
#ifndef TCPBYE_CORE_VANTAGE_H
#define TCPBYE_CORE_VANTAGE_H

#include "core/context.h"

/* Both ends have the same address, or loopback ones. */
bool vantage_is_one_host(const struct tuple *tuple);

void vantage_fill(const struct flow *flow, struct report_vantage *vantage);

#endif
