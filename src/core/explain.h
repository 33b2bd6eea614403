/*
 * What explains the end of a connection: the calls, timers and boxes that leave such traces.
 *
 * The anomalies say what was out of the ordinary; this says why that may be, from the same
 * evidence. Nothing here is certain: each cause bears a weight, and the frames that speak for it.
 */
#ifndef TCPBYE_CORE_EXPLAIN_H
#define TCPBYE_CORE_EXPLAIN_H

#include "core/context.h"

/* Writes the report's explanations, best first; among equals the more specific one. */
void explain_end(const struct analyzer *analyzer, const struct flow *flow,
		 struct flow_report *report);

#endif
