/*
 * The verdict: from everything that was kept about a flow to the report that leaves the core.
 */
#ifndef TCPBYE_CORE_VERDICT_H
#define TCPBYE_CORE_VERDICT_H

#include "core/context.h"

/* What can only be judged when nothing more will come: raised before the report is filled in. */
void verdict_judge(struct analyzer *analyzer, struct flow *flow, enum reason reason);

/* Clears what verdict_fill() does not write in any case; of what is counted, nothing is cleared. */
void verdict_clear(struct flow_report *report);

/* Fills in the report. */
void verdict_fill(const struct analyzer *analyzer, const struct flow *flow, enum reason reason,
		  struct flow_report *report);

/* How the connection ended, by what was seen so far. */
enum teardown verdict_teardown(const struct flow *flow);

#endif
