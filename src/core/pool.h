/*
 * A pool of equal items, named by 32-bit handles, in chunks that are asked for as they are needed.
 *
 * A chunk is small enough that many pools with a few items each, as 64 partitions have, stay close
 * together. Items never move. Handle 0 is no item. Freed items are used again, the last freed
 * first, so that the same requests always give the same handles.
 */
#ifndef TCPBYE_CORE_POOL_H
#define TCPBYE_CORE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/analyzer.h"

enum { POOL_CHUNK_ITEMS = 128, POOL_NONE = 0 };

struct pool {
	void *first; /* chunk[0], which most small pools need alone: no directory to look into */
	void **chunk;
	const struct memory *memory;
	size_t item_bytes; /* at least 4 */
	uint32_t chunk_count, chunk_room;
	uint32_t used;  /* items handed out now */
	uint32_t ever;  /* items handed out at least once */
	uint32_t freed; /* first of the freed items */
};

void pool_open(struct pool *pool, const struct memory *memory, size_t item_bytes);
void pool_close(struct pool *pool);

/* Makes sure that the next `items`, at most POOL_CHUNK_ITEMS, will be there; false when there is no
 * memory. */
bool pool_reserve(struct pool *pool, uint32_t items);

/* A zeroed item, or POOL_NONE when there is no memory. */
uint32_t pool_take(struct pool *pool);
void pool_give(struct pool *pool, uint32_t handle);

/* An item that nobody uses any more, where none is taken any more either. */
static inline void pool_dismiss(struct pool *pool)
{
	pool->used--;
}

/* As pool_at(), where the caller knows at compile time how large its items are. */
static inline void *pool_place(const struct pool *pool, uint32_t handle, size_t item_bytes)
{
	uint32_t index = handle - 1;

	if (index < POOL_CHUNK_ITEMS)
		return (char *)pool->first + (size_t)index * item_bytes;
	return (char *)pool->chunk[index / POOL_CHUNK_ITEMS] +
	       (size_t)(index % POOL_CHUNK_ITEMS) * item_bytes;
}

static inline void *pool_at(const struct pool *pool, uint32_t handle)
{
	return pool_place(pool, handle, pool->item_bytes);
}

#endif
