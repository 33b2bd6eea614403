/*
 * When a client's port is taken and when it is free again: a port that is connected to a service,
 * or waits in TIME-WAIT there, cannot be used for another connection to that service.
 */
#ifndef TCPBYE_CORE_PORTS_H
#define TCPBYE_CORE_PORTS_H

#include "core/context.h"

/* Tells what has changed, after a segment or a deadline of the flow. */
void ports_settle(struct analyzer *analyzer, struct flow *flow);

/* The record is about to be written: whatever was told as taken is told as free. */
void ports_release(struct analyzer *analyzer, struct flow *flow);

#endif
