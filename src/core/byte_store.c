#include "core/byte_store.h"

#include <assert.h>
#include <string.h>

enum { FINE_POOLS = 32, FINE_BYTES = 16, COARSE_BYTES = 128 };

static size_t item_bytes(unsigned pool)
{
	return pool < FINE_POOLS ? (pool + 1) * (size_t)FINE_BYTES
				 : (size_t)FINE_POOLS * FINE_BYTES +
					   (pool - FINE_POOLS + 1) * (size_t)COARSE_BYTES;
}

static unsigned pool_for(size_t length)
{
	size_t coarse = (size_t)FINE_POOLS * FINE_BYTES;

	assert(length > 0 && length <= BYTE_STORE_MAX_BYTES);
	if (length <= coarse)
		return (unsigned)((length - 1) / FINE_BYTES);
	return FINE_POOLS + (unsigned)((length - coarse - 1) / COARSE_BYTES);
}

void byte_store_open(struct byte_store *store, const struct memory *memory)
{
	*store = (struct byte_store){.bytes = 0};
	for (unsigned i = 0; i < BYTE_STORE_POOLS; i++)
		pool_open(&store->pool[i], memory, item_bytes(i));
}

void byte_store_close(struct byte_store *store)
{
	for (unsigned i = 0; i < BYTE_STORE_POOLS; i++)
		pool_close(&store->pool[i]);
}

uint32_t byte_store_put(struct byte_store *store, const uint8_t *bytes, size_t length)
{
	struct pool *pool = &store->pool[pool_for(length)];
	uint32_t handle = pool_take(pool);

	if (handle == POOL_NONE)
		return POOL_NONE;
	memcpy(pool_at(pool, handle), bytes, length);
	store->bytes += pool->item_bytes;
	return handle;
}

const uint8_t *byte_store_at(const struct byte_store *store, uint32_t handle, size_t length)
{
	return pool_at(&store->pool[pool_for(length)], handle);
}

void byte_store_give(struct byte_store *store, uint32_t handle, size_t length)
{
	struct pool *pool = &store->pool[pool_for(length)];

	store->bytes -= pool->item_bytes;
	pool_give(pool, handle);
}
