/*
 * Strings of bytes of any length up to a limit, each named by a 32-bit handle together with its
 * length, in pools by size: 16 bytes apart where they are short, 128 where they are long.
 */
#ifndef TCPBYE_CORE_BYTE_STORE_H
#define TCPBYE_CORE_BYTE_STORE_H

#include "core/pool.h"

enum { BYTE_STORE_POOLS = 48, BYTE_STORE_MAX_BYTES = 32 * 16 + 16 * 128 };

struct byte_store {
	struct pool pool[BYTE_STORE_POOLS];
	uint64_t bytes; /* that what is kept takes */
};

void byte_store_open(struct byte_store *store, const struct memory *memory);
void byte_store_close(struct byte_store *store);

/* Keeps a copy; POOL_NONE when there is no memory. */
uint32_t byte_store_put(struct byte_store *store, const uint8_t *bytes, size_t length);
const uint8_t *byte_store_at(const struct byte_store *store, uint32_t handle, size_t length);
void byte_store_give(struct byte_store *store, uint32_t handle, size_t length);

#endif
