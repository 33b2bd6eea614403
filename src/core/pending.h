/*
 * Payload that its receiver has not acknowledged when it closes.
 */
#ifndef TCPBYE_CORE_PENDING_H
#define TCPBYE_CORE_PENDING_H

#include "core/context.h"

/* `side` closes by its FIN or RST `by`: has payload of the peer passed the tap too long ago to be
 * still under way, and was never acknowledged? A warning with a RST, a notice with a FIN. */
void pending_judge(struct analyzer *analyzer, struct flow *flow, unsigned side,
		   const struct trace *by);

#endif
