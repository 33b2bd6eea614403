/*
 * Strings of bytes of any length up to a limit, each named by a 32-bit handle together with its
 * length, in pools by size: 16 bytes apart where they are short, 128 where they are long.
 *
 * Where the pool of its size has nothing free, a string takes a place that is free in one of
 * somewhat larger items: as the lengths in use shift, what was left by others is filled before the
 * store grows.
 */
#ifndef TCPBYE_CORE_BYTE_STORE_H
#define TCPBYE_CORE_BYTE_STORE_H

#include "core/pool.h"

enum { BYTE_STORE_POOLS = 48, BYTE_STORE_MAX_BYTES = 32 * 16 + 16 * 128 };

struct byte_store {
	struct pool pool[BYTE_STORE_POOLS];
	uint64_t with_room; /* a bit for each pool in which a place is free */
	uint64_t bytes;     /* that what is kept takes, each in a place of its own size */
};

void byte_store_open(struct byte_store *store, const struct memory *memory);
void byte_store_close(struct byte_store *store);

/* Keeps a copy; POOL_NONE when there is no memory. */
uint32_t byte_store_put(struct byte_store *store, const uint8_t *bytes, size_t length);
uint8_t *byte_store_at(const struct byte_store *store, uint32_t handle);

/* Forgets what was kept, of this length. */
void byte_store_give(struct byte_store *store, uint32_t handle, size_t length);

/* What is of no use any more, where nothing is kept any more either: it is only not counted. */
void byte_store_dismiss(struct byte_store *store, size_t length);

#endif
