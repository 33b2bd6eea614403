/*
 * Which flow is due next: a timing wheel, exact to the nanosecond.
 *
 * Entries are part of the flows' nodes, in lists by their time: slots of 2^20 ns (1 ms) at first,
 * and of 64 times as much on every further level, so that entering, moving and removing one costs
 * the same however many there are. A slot whose time has come is emptied into a heap, which gives
 * them by time and, where times are equal, by serial: the order is the same on every run. Where its
 * entries stand in that order anyway, as at the end of most captures, the first simply leaves.
 *
 * Keys are lazy. A deadline that moves later leaves its entry where it is; whoever pops it looks at
 * the true deadline and puts it back. Only one that moves earlier needs deadlines_update().
 */
#ifndef TCPBYE_CORE_DEADLINES_H
#define TCPBYE_CORE_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"

enum { DEADLINE_LEVELS = 8, DEADLINE_LEVEL_BITS = 6, DEADLINE_SLOTS = 1 << DEADLINE_LEVEL_BITS };

/* The first member of what the pool holds. The serial is the caller's to set; all else zero: not
 * entered. */
struct deadline {
	int64_t at_ns;
	uint64_t serial;
	uint32_t next, before; /* in its slot's list; before: see deadlines.c */
};

/* A deadline whose slot has come. Where its flow has been moved or removed since, it is stale. */
struct ripe {
	int64_t at_ns;
	uint64_t serial;
	uint32_t item;
};

struct deadlines {
	int64_t due_ns; /* nothing is due before */
	uint64_t tick;  /* everything up to it is ripe */
	const struct memory *memory;
	const struct pool *pool;
	struct ripe *heap; /* room for `room` entries; `count` stand there, from `first` on */
	uint32_t first, count, room;
	uint32_t stale; /* how many of the entries are too many: 0: every one of them holds */
	bool in_order;  /* the entries stand one after the other: then they are a heap as well */
	uint64_t occupied[DEADLINE_LEVELS]; /* a bit for each slot that is not empty */
	uint32_t head[DEADLINE_LEVELS][DEADLINE_SLOTS];
};

void deadlines_open(struct deadlines *deadlines, const struct memory *memory,
		    const struct pool *pool);
void deadlines_close(struct deadlines *deadlines);

/* Begins at that time instead of 1970; nothing must have been entered yet. */
void deadlines_begin_at(struct deadlines *deadlines, int64_t now_ns);

/* Makes room for that many items at once. False when there is no memory. */
bool deadlines_reserve(struct deadlines *deadlines, uint32_t items);

/* Enters the item, or moves it to `at_ns`. Room must have been reserved. */
void deadlines_update(struct deadlines *deadlines, uint32_t item, int64_t at_ns);
void deadlines_remove(struct deadlines *deadlines, uint32_t item);

/* The key under which an item stands; INT64_MAX when it is not there. */
int64_t deadlines_key(const struct deadlines *deadlines, uint32_t item);

/* The slow way of deadlines_first(). */
uint32_t deadlines_search(struct deadlines *deadlines, int64_t now_ns);

/* The earliest item that is due at `now_ns`, or POOL_NONE. */
static inline uint32_t deadlines_first(struct deadlines *deadlines, int64_t now_ns)
{
	return now_ns < deadlines->due_ns ? POOL_NONE : deadlines_search(deadlines, now_ns);
}

/* What stands of the item that deadlines_first() just returned, without a look at the item. */
static inline const struct ripe *deadlines_top(const struct deadlines *deadlines)
{
	return deadlines->heap + deadlines->first;
}

/* The item that will be due `places` behind the first, if the entries stand in order and nothing
 * changes; else POOL_NONE, or an item that is not. */
static inline uint32_t deadlines_ahead(const struct deadlines *deadlines, uint32_t places)
{
	return deadlines->in_order && places < deadlines->count
		       ? deadlines->heap[deadlines->first + places].item
		       : POOL_NONE;
}

/* Makes everything due at once, in order of the serials. */
void deadlines_forget_times(struct deadlines *deadlines);

#endif
