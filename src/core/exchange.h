/*
 * A segment of a connection under way: what its sender shows to have received, then what it sends.
 */
#ifndef TCPBYE_CORE_EXCHANGE_H
#define TCPBYE_CORE_EXCHANGE_H

#include "core/context.h"

/* A segment with neither SYN nor RST. False where its numbers show that it is none of this
 * connection's. */
bool exchange_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* How long an answer of this endpoint takes, from tap to tap: its leg of the path. */
void exchange_time_answer(struct endpoint *end, const struct segment *segment);

/* What that notes: `took_ns` after it was asked it answered. */
static inline void exchange_note_leg(int64_t *leg_ns, int64_t took_ns)
{
	if (took_ns > 0 && (*leg_ns == 0 || took_ns < *leg_ns))
		*leg_ns = took_ns;
}

#endif
