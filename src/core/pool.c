#include "core/pool.h"

#include <stdint.h>
#include <string.h>

#include "core/lines.h"

void pool_open(struct pool *pool, const struct memory *memory, size_t item_bytes)
{
	*pool = (struct pool){.memory = memory, .item_bytes = item_bytes};
}

void pool_close(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->chunk_count; i++)
		lines_release(pool->memory, pool->chunk[i]);
	if (pool->chunk != NULL)
		pool->memory->release(pool->chunk);
	pool->first = NULL;
	pool->chunk = NULL;
	pool->chunk_count = 0;
}

static int widen_directory(struct pool *pool)
{
	uint32_t room = pool->chunk_room == 0 ? 16 : pool->chunk_room * 2;
	void **wider = pool->memory->allocate(room * sizeof *wider);

	if (wider == NULL)
		return -1;
	if (pool->chunk != NULL) {
		memcpy(wider, pool->chunk, pool->chunk_count * sizeof *wider);
		pool->memory->release(pool->chunk);
	}
	pool->chunk = wider;
	pool->chunk_room = room;
	return 0;
}

static int add_chunk(struct pool *pool)
{
	void *chunk;

	if (pool->chunk_count == pool->chunk_room && widen_directory(pool) != 0)
		return -1;
	chunk = lines_allocate(pool->memory, pool->item_bytes * POOL_CHUNK_ITEMS);
	if (chunk == NULL)
		return -1;
	if (pool->chunk_count == 0)
		pool->first = chunk;
	pool->chunk[pool->chunk_count++] = chunk;
	return 0;
}

bool pool_reserve(struct pool *pool, uint32_t items)
{
	return pool->chunk_count * POOL_CHUNK_ITEMS - pool->used >= items || add_chunk(pool) == 0;
}

uint32_t pool_take(struct pool *pool)
{
	uint32_t handle = pool->freed;

	if (handle != POOL_NONE) {
		void *item = pool_at(pool, handle);

		memcpy(&pool->freed, item, sizeof pool->freed);
		memset(item, 0, sizeof pool->freed);
		pool->used++;
		if (pool->freed != POOL_NONE) /* the next item to be taken */
			prefetch(pool_at(pool, pool->freed), sizeof pool->freed);
		return handle;
	}
	if (pool->ever == pool->chunk_count * POOL_CHUNK_ITEMS && add_chunk(pool) != 0)
		return POOL_NONE;
	pool->used++;
	return ++pool->ever;
}

void pool_give(struct pool *pool, uint32_t handle)
{
	void *item = pool_at(pool, handle);

	memset(item, 0, pool->item_bytes);
	memcpy(item, &pool->freed, sizeof pool->freed);
	pool->freed = handle;
	pool->used--;
}
