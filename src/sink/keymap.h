/*
 * A bounded table of entries by key, for counting.
 *
 * An entry is a caller's structure that begins with its key; padding in a key must be zero. Entries
 * stay in the order in which they were added; nothing is ever removed. Adding may move them:
 * pointers last until the next one.
 *
 * A slot is 4 bytes: where its entry stands, and, in the bits that this leaves, some of its key's
 * hash, so that others need not be looked at.
 */
#ifndef TCPBYE_SINK_KEYMAP_H
#define TCPBYE_SINK_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/archive.h"
#include "core/tuple.h"

struct keymap {
	size_t key_bytes, entry_bytes;
	uint32_t entries_max;
	uint32_t count;
	uint32_t capacity;   /* entries that there is room for */
	uint32_t slot_count; /* a power of two, at least twice the capacity; 0 before the first
				entry */
	unsigned char *entries;
	uint32_t *slot; /* 0: free; else the entry's index plus 1, and above that its hash's bits */
	bool guarded;
	struct hash_key secret; /* while it is guarded */
};

/* `entries_max` is at most 2^30. Owns nothing until the first entry is added. */
void keymap_init(struct keymap *map, size_t key_bytes, size_t entry_bytes, uint32_t entries_max);
/* Makes it depend on a secret which keys fall together, so that nobody can choose keys that do.
 * Nothing must have been added yet; what is told does not depend on the secret. */
void keymap_guard(struct keymap *map, const struct hash_key *secret);

void keymap_release(struct keymap *map);

/* The key's entry, added with zeroes behind its key where there was none; NULL when full or out of
 * memory. */
void *keymap_obtain(struct keymap *map, const void *key);

/* The key's entry; NULL where there is none. */
const void *keymap_find(const struct keymap *map, const void *key);

/* Entry `index` below map->count. */
const void *keymap_entry(const struct keymap *map, uint32_t index);

/* Puts into `top`, which has room for `most` (at least 1), the entries that rank before all others,
 * in that order, and returns how many. No two entries may rank the same. */
unsigned keymap_top(const struct keymap *map, bool (*ranks_before)(const void *a, const void *b),
		    const void **top, unsigned most);

/* Every entry in an archive, in its order, by a function that visits its members, the key's too;
 * while reading, the map must be empty. */
void keymap_archive(struct archive *archive, struct keymap *map,
		    void (*visit)(struct archive *archive, void *entry));

#endif
