/*
 * Senders that nobody answers any more: probes and retransmissions, and what it means that no
 * further one comes (RFC 9293, 3.8.3; RFC 1122, 4.2.3.6).
 */
#ifndef TCPBYE_CORE_GIVING_UP_H
#define TCPBYE_CORE_GIVING_UP_H

#include "core/context.h"

/* The earliest time at which something is to be decided; INT64_MAX: nothing. */
int64_t giving_up_next_ns(const struct flow *flow);

/* Neither side repeats itself, nor asks whether the other is there: nothing is to be decided. */
bool giving_up_is_far(const struct flow *flow);

/* Decides what is due at `now_ns`. */
void giving_up_decide(struct analyzer *analyzer, struct flow *flow, int64_t now_ns);

/* The record is about to be written: what is not answered by now never will be. */
void giving_up_final(struct analyzer *analyzer, struct flow *flow);

#endif
