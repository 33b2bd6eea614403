/*
 * Who is the client of a connection whose start was not captured.
 *
 * What the user says comes first, then what was learned of the same address and port from other
 * connections, then ports that only servers have, then who meets more peers, then who sends the
 * first payload. The first packet alone says nothing: captures begin in the middle of answers, too.
 */
#ifndef TCPBYE_CORE_ORIENT_H
#define TCPBYE_CORE_ORIENT_H

#include "core/context.h"

/* Client, server and how they are known, by the first segment of the flow. */
void orient_midstream(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* Keeps in mind that this endpoint has answered a SYN. */
void orient_learn_listener(struct analyzer *analyzer, const struct tuple *tuple, unsigned side);

static inline void orient_as(struct flow *flow, unsigned client, enum orientation how)
{
	flow->client = (uint8_t)client;
	flow->orientation = (uint8_t)how;
}

#endif
