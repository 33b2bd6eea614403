/*
 * What is remembered of connections that are over, for the next incarnation of their tuple: a
 * bounded table, in which what was longest ago is overwritten.
 */
#ifndef TCPBYE_CORE_INCARNATION_H
#define TCPBYE_CORE_INCARNATION_H

#include "core/context.h"

/* The connection is over: keeps its numbers, where its handshake was seen. */
void incarnation_remember(struct analyzer *analyzer, const struct flow *flow);

/* True where the tuple's last incarnation began with the same number of the same client. */
bool incarnation_same_isn(const struct analyzer *analyzer, const struct tuple *tuple,
			  unsigned client, uint32_t iss);

/* True for a segment whose numbers are the last incarnation's and not this one's: a late duplicate
 * (RFC 1337), raised as such, that must not be taken for this connection's. */
bool incarnation_take_stale(struct analyzer *analyzer, struct flow *flow,
			    const struct segment *segment);

#endif
