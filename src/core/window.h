/*
 * What each side lets the other send.
 */
#ifndef TCPBYE_CORE_WINDOW_H
#define TCPBYE_CORE_WINDOW_H

#include "core/context.h"

/* By how many bits the windows that this side announces are to be shifted (RFC 7323, 2.3). */
unsigned window_scale(const struct flow *flow, unsigned side);

/* How far the ACK lets the other side send, in its numbers. */
uint32_t window_edge(const struct flow *flow, const struct segment *segment);

/* Takes the window that an ACK announces (RFC 9293, 3.8.6). */
void window_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

#endif
