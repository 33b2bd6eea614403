/*
 * The short way for the plain segment of an open connection that is at rest: nothing is missing,
 * nothing waits to be decided, neither side has begun to close.
 *
 * For such a segment most of what lifecycle_process() asks is answered beforehand, once, by
 * steady_settle(), and stays so as long as nothing but such segments comes. What is left is to
 * count it and to move the sequence variables. Whatever is out of the ordinary about a segment
 * sends it the long way; so the result is always the same, only sooner.
 */
#ifndef TCPBYE_CORE_STEADY_H
#define TCPBYE_CORE_STEADY_H

#include "core/context.h"

/* Takes the segment of this flow. False: it must go the long way, and nothing was changed. */
bool steady_take(struct analyzer *analyzer, uint32_t handle, const struct segment *segment);

/* A segment went the long way: notes whether the next one of the flow may go the short one. Any
 * other change of the flow must call steady_end(). */
void steady_settle(struct analyzer *analyzer, uint32_t handle);
void steady_end(struct analyzer *analyzer, uint32_t handle);

/* True where the flow's next plain segment may go the short way; `flow` is its record. */
bool steady_holds(const struct analyzer *analyzer, uint32_t handle, const struct flow *flow);

#endif
