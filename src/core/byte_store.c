#include "core/byte_store.h"

#include <assert.h>
#include <string.h>

#include "core/bits.h"

enum { FINE_POOLS = 32, FINE_BYTES = 16, COARSE_BYTES = 128 };

/* A handle is that of an item in its pool, with the pool's number above. */
enum { ITEM_BITS = 26, ITEM_MASK = (1 << ITEM_BITS) - 1 };
_Static_assert(BYTE_STORE_POOLS <= 1 << (32 - ITEM_BITS), "a pool's number fits above an item");
_Static_assert(BYTE_STORE_POOLS <= 64, "each pool has a bit");

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

/* The pool to take a place from: that of the length, unless only a larger one has a free place. */
static unsigned pool_with_room(const struct byte_store *store, unsigned pool)
{
	uint64_t larger = store->with_room >> pool << pool;
	unsigned at;

	if (larger == 0)
		return pool;
	at = bits_lowest(larger);
	return item_bytes(at) <= item_bytes(pool) + COARSE_BYTES ? at : pool;
}

static void note_room(struct byte_store *store, unsigned pool)
{
	uint64_t bit = UINT64_C(1) << pool;

	if (store->pool[pool].freed != POOL_NONE)
		store->with_room |= bit;
	else
		store->with_room &= ~bit;
}

uint32_t byte_store_put(struct byte_store *store, const uint8_t *bytes, size_t length)
{
	unsigned own = pool_for(length);
	unsigned at = pool_with_room(store, own);
	uint32_t item = pool_take(&store->pool[at]);

	note_room(store, at);
	if (item > ITEM_MASK) {
		pool_give(&store->pool[at], item);
		note_room(store, at);
		item = POOL_NONE;
	}
	if (item == POOL_NONE)
		return POOL_NONE;
	memcpy(pool_at(&store->pool[at], item), bytes, length);
	store->bytes += item_bytes(own);
	return at << ITEM_BITS | item;
}

uint8_t *byte_store_at(const struct byte_store *store, uint32_t handle)
{
	return pool_at(&store->pool[handle >> ITEM_BITS], handle & ITEM_MASK);
}

void byte_store_dismiss(struct byte_store *store, size_t length)
{
	store->bytes -= item_bytes(pool_for(length));
}

void byte_store_give(struct byte_store *store, uint32_t handle, size_t length)
{
	store->bytes -= item_bytes(pool_for(length));
	pool_give(&store->pool[handle >> ITEM_BITS], handle & ITEM_MASK);
	store->with_room |= UINT64_C(1) << (handle >> ITEM_BITS);
}
