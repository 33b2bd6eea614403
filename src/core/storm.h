/*
 * Storms: the same kind of segment, RST or FIN, from one side again and again.
 */
#ifndef TCPBYE_CORE_STORM_H
#define TCPBYE_CORE_STORM_H

#include "core/context.h"

/* Counts the segment, before its sender's latest frame is replaced by it. From the thousandth in a
 * row on it is an anomaly, whose count is that of the storm. */
void storm_note(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

#endif
