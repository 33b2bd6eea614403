/*
 * What to write instead of a filter that lets nothing pass, though the packets that are meant may
 * be there: behind tags and labels, or in tunnels, which hide them from it.
 */
#ifndef TCPBYE_HINT_H
#define TCPBYE_HINT_H

#include "process/talk.h"
#include "source/frame.h"

struct hint;

/* NULL if memory is short. The expression stays the caller's. */
struct hint *hint_create(const char *expression);
void hint_destroy(struct hint *hint);

/* Looks at a frame that did not pass; after some thousands of them it no longer does. */
void hint_look(struct hint *hint, const struct frame *frame);

/* Warns, and says what to write, if what was looked at hides packets from the filter. */
void hint_tell(const struct hint *hint, const struct talk *talk);

#endif
