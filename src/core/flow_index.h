/*
 * The index of flows: from the hash of a tuple to the handles of the flows that may be meant.
 *
 * Open addressing with 8 bytes a slot: 32 bits of the hash spare most looks at flows that are not
 * meant. It grows without a pause: entries move to the wider array a few at a time, with every one
 * that is added.
 */
#ifndef TCPBYE_CORE_FLOW_INDEX_H
#define TCPBYE_CORE_FLOW_INDEX_H

#include <stdbool.h>

#include "core/pool.h"

struct index_slot {
	uint32_t print; /* 32 bits of the hash */
	uint32_t flow;  /* POOL_NONE: free */
};

struct index_array {
	struct index_slot *slot;
	uint32_t slots; /* a power of two; 0: there is no array */
	uint32_t used;
};

struct flow_index {
	const struct memory *memory;
	struct index_array now;
	struct index_array old; /* while the index grows: what has not moved yet */
	uint32_t next;          /* slot of `old` to look at next: the one before it is free */
};

/* Where a search stands. */
struct index_search {
	const struct index_array *array;
	uint32_t print, at;
};

/* False when there is no memory. */
bool flow_index_open(struct flow_index *index, const struct memory *memory);
void flow_index_close(struct flow_index *index);

/* Makes an index of so many slots, a power of two, out of one that is empty; false when there is no
 * memory. */
bool flow_index_reopen(struct flow_index *index, uint32_t slots);

/* False when there is no room, nor memory to make some. */
bool flow_index_add(struct flow_index *index, uint32_t print, uint32_t flow);

/* The flow must be there. */
void flow_index_remove(struct flow_index *index, uint32_t print, uint32_t flow);

/* One that is not looked for any more, nor any other: it stays, and is only not counted. */
void flow_index_dismiss(struct flow_index *index);

void flow_index_prefetch(const struct flow_index *index, uint32_t print);

/* Where a search for `print` begins. */
static inline uint32_t index_home(const struct index_array *array, uint32_t print)
{
	return (print * UINT32_C(2654435769)) & (array->slots - 1);
}

/* After the end of one array, the begin of the other, if there is one. */
bool flow_index_go_on(const struct flow_index *index, struct index_search *search);

/* Handles that were added under `print`, one after the other; POOL_NONE: no more. */
static inline struct index_search flow_index_search(const struct flow_index *index, uint32_t print)
{
	return (struct index_search){&index->now, print, index_home(&index->now, print)};
}

static inline uint32_t flow_index_next(const struct flow_index *index, struct index_search *search)
{
	for (;;) {
		const struct index_array *array = search->array;
		struct index_slot slot = array->slot[search->at];

		search->at = (search->at + 1) & (array->slots - 1);
		if (slot.flow == POOL_NONE) {
			if (!flow_index_go_on(index, search))
				return POOL_NONE;
		} else if (slot.print == search->print) {
			return slot.flow;
		}
	}
}

/* Two slots for each entry: about what it is, between half and three quarters full. */
uint64_t flow_index_bytes(const struct flow_index *index);

#endif
