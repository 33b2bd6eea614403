/*
 * What silence decides: a FIN that is not repeated was acknowledged, a reset that nobody challenges
 * was taken, an application that does not close has forgotten its socket.
 */
#ifndef TCPBYE_CORE_SILENCE_H
#define TCPBYE_CORE_SILENCE_H

#include "core/context.h"

/* The earliest time at which something is to be decided; INT64_MAX: nothing. */
int64_t silence_next_ns(const struct analyzer *analyzer, const struct flow *flow);

/* Decides what is due at `now_ns`. */
void silence_decide(struct analyzer *analyzer, struct flow *flow, int64_t now_ns);

/* The last decisions, when the record is about to be written: nothing will come any more. */
void silence_final(struct analyzer *analyzer, struct flow *flow);

#endif
