/*
 * A binary heap of (time, serial, flow): which flow is due next.
 *
 * Keys are lazy. A deadline that moves later leaves its entry where it is; whoever pops it looks at
 * the true deadline and puts it back. Only one that moves earlier needs deadlines_update(). Entries
 * with equal times are popped by serial, so that the order is the same on every run.
 */
#ifndef TCPBYE_CORE_DEADLINES_H
#define TCPBYE_CORE_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/analyzer.h"

struct deadline {
	int64_t at_ns;
	uint64_t serial;
	uint32_t flow;
};

struct deadlines {
	const struct memory *memory;
	struct deadline *heap;
	uint32_t *place; /* by flow handle: index in the heap plus one; 0: not in it */
	uint32_t count, room, places;
};

void deadlines_open(struct deadlines *deadlines, const struct memory *memory);
void deadlines_close(struct deadlines *deadlines);

/* Makes room for flow handles up to `flow`. False when there is no memory. */
bool deadlines_reserve(struct deadlines *deadlines, uint32_t flow);

/* Enters the flow, or moves it to `at_ns`. Room must have been reserved. */
void deadlines_update(struct deadlines *deadlines, uint32_t flow, uint64_t serial, int64_t at_ns);
void deadlines_remove(struct deadlines *deadlines, uint32_t flow);

/* The key under which a flow stands; INT64_MAX when it is not there. */
int64_t deadlines_key(const struct deadlines *deadlines, uint32_t flow);

/* Orders all entries by serial alone. */
void deadlines_forget_times(struct deadlines *deadlines);

/* The earliest entry, or NULL. */
const struct deadline *deadlines_first(const struct deadlines *deadlines);

#endif
