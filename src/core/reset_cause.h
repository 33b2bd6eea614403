/*
 * Why an accepted reset was sent: which of the many anomalies about resets describes it.
 */
#ifndef TCPBYE_CORE_RESET_CAUSE_H
#define TCPBYE_CORE_RESET_CAUSE_H

#include "core/context.h"

/* Raises what fits the reset that was just accepted. */
void reset_raise_accepted(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment);

#endif
