/*
 * Resets: where their number lies (RFC 5961, 3.2; RFC 9293, 3.10.7), what their form says of why
 * they were sent, and whether the receiver took them.
 */
#ifndef TCPBYE_CORE_RESET_H
#define TCPBYE_CORE_RESET_H

#include "core/path.h"

/* A segment with RST. */
void reset_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* Any other segment, while a reset was accepted or waits to be decided: what it says about that
 * reset. */
void reset_aftermath(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* When a reset inside the window counts as taken because nobody challenged it; INT64_MAX: none
 * waits. */
int64_t reset_due_ns(const struct flow *flow);
void reset_decide(struct analyzer *analyzer, struct flow *flow);

/* True while an accepted reset stands. */
bool reset_stands(const struct flow *flow);

#endif
