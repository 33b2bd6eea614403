/*
 * A bounded table of entries by key, for counting.
 *
 * An entry is a caller's structure that begins with its key; padding in a key must be zero. Entries
 * stay in the order in which they were added, and where they are; nothing is ever removed.
 *
 * A slot is 4 bytes: where its entry stands, and, in the bits that this leaves, some of its key's
 * hash, so that others need not be looked at.
 *
 * No addition takes longer than others because the table is large: there are twice as many slots
 * once half of them are taken, but entries get theirs among the new ones a few with each addition.
 * Until all have, the old slots are kept, and are looked at where the new ones do not know a key.
 */
#ifndef TCPBYE_SINK_KEYMAP_H
#define TCPBYE_SINK_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/archive.h"
#include "core/prefetch.h"
#include "core/tuple.h"

enum { KEYMAP_KEY_BYTES_MIN = 8, KEYMAP_KEY_BYTES_MAX = 64 };

#define KEYMAP_NONE UINT32_MAX

/* Where entries stand, by hash; at most half of the slots are taken. */
struct keymap_slots {
	uint32_t count; /* a power of two; 0: none */
	uint32_t *slot; /* 0: free; else the entry's index plus 1, and above that its hash's bits */
};

struct keymap {
	size_t key_bytes, entry_bytes;
	uint32_t entries_max;
	uint32_t count;
	uint32_t chunk_count, chunk_room;
	unsigned char **chunk; /* the entries, as many in each */
	struct keymap_slots slots;
	struct keymap_slots old; /* of the entries that were there when they became too few */
	uint32_t moved;          /* while there are old ones: entries that need them no more */
	bool guarded;
	struct hash_key secret; /* while it is guarded */
};

/* `key_bytes` is within the bounds above, `entries_max` at most 2^30. Owns nothing until the first
 * entry is added. */
void keymap_init(struct keymap *map, size_t key_bytes, size_t entry_bytes, uint32_t entries_max);
/* Makes it depend on a secret which keys fall together, so that nobody can choose keys that do.
 * Nothing must have been added yet; what is told does not depend on the secret. */
void keymap_guard(struct keymap *map, const struct hash_key *secret);

void keymap_release(struct keymap *map);

/* The key's entry, added with zeroes behind its key where there was none; NULL when full or out of
 * memory. */
void *keymap_obtain(struct keymap *map, const void *key);

/* The same for a caller whose keys often come again at once: `*last`, NULL at first, is the entry
 * that it was given last, of this table. */
static inline void *keymap_obtain_again(struct keymap *map, const void *key, void **last)
{
	if (*last == NULL || memcmp(*last, key, map->key_bytes) != 0)
		*last = keymap_obtain(map, key);
	return *last;
}

/* Has the processor fetch the slot where a key is looked for first. */
void keymap_prefetch(const struct keymap *map, const void *key);

/* The index of the entry that the key most likely has, by what its slot alone says; KEYMAP_NONE
 * where it has none. */
uint32_t keymap_likely(const struct keymap *map, const void *key);

/* The key's entry; NULL where there is none. */
const void *keymap_find(const struct keymap *map, const void *key);

/* The index of a key that has an entry. */
uint32_t keymap_index(const struct keymap *map, const void *key);

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
