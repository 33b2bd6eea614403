#include "sink/keymap.h"

#include "core/prefetch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SLOTS = 128,
	FIRST_CHUNKS = 8,
	CHUNK_ENTRIES = 512,
	MOVED_AT_ONCE = 8, /* entries that get their new slots with each addition */
	WORD_BYTES = sizeof(uint64_t),
};

void keymap_init(struct keymap *map, size_t key_bytes, size_t entry_bytes, uint32_t entries_max)
{
	*map = (struct keymap){
		.key_bytes = key_bytes,
		.entry_bytes = entry_bytes,
		.entries_max = entries_max,
	};
}

void keymap_guard(struct keymap *map, const struct hash_key *secret)
{
	map->guarded = true;
	map->secret = *secret;
}

void keymap_release(struct keymap *map)
{
	for (uint32_t i = 0; i < map->chunk_count; i++)
		free(map->chunk[i]);
	free(map->chunk);
	free(map->slots.slot);
	free(map->old.slot);
	keymap_init(map, map->key_bytes, map->entry_bytes, map->entries_max);
}

static unsigned char *entry_at(const struct keymap *map, uint32_t index)
{
	return map->chunk[index / CHUNK_ENTRIES] + index % CHUNK_ENTRIES * map->entry_bytes;
}

const void *keymap_entry(const struct keymap *map, uint32_t index)
{
	return entry_at(map, index);
}

static uint64_t word_at(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return word;
}

/* Of each word of a key; the fractions of the square roots of the first primes, made odd. */
static const uint64_t factor[KEYMAP_KEY_BYTES_MAX / WORD_BYTES] = {
	UINT64_C(0x6a09e667f3bcc909), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
	UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
	UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

/*
 * The words of the key, each with a factor of its own, are added up: none waits for another. The
 * upper half of such a sum depends on all bits of the words, and of a last product with both
 * halves, the upper half is taken. The last word ends where the key ends, and may begin within the
 * one before it.
 *
 * There is no secret in it, since the same capture must take the same time: the table's bound
 * limits what collisions can cost. Where it does not matter how long the same takes, the secret of
 * a guarded table is worth the time that it costs.
 */
static inline uint32_t hash_of(const struct keymap *map, const void *key)
{
	const unsigned char *at = key, *last = at + map->key_bytes - WORD_BYTES;
	const uint64_t *by = factor;
	uint64_t hash = 0;

	if (map->guarded)
		return (uint32_t)siphash_1_3(key, map->key_bytes, &map->secret);
	for (; at < last; at += WORD_BYTES)
		hash += word_at(at) * *by++;
	hash += word_at(last) * *by;
	return (uint32_t)((hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* By words, as they are hashed. */
static bool is_key(const struct keymap *map, const unsigned char *entry, const unsigned char *key)
{
	size_t last = map->key_bytes - WORD_BYTES;

	for (size_t at = 0; at < last; at += WORD_BYTES) {
		if (word_at(entry + at) != word_at(key + at))
			return false;
	}
	return word_at(entry + last) == word_at(key + last);
}

/* The index plus 1 of the key's entry by these slots; 0 where none of them holds it. */
static uint32_t find_in(const struct keymap *map, const struct keymap_slots *slots, const void *key,
			uint32_t hash)
{
	uint32_t mask = slots->count - 1, slot;

	for (uint32_t at = hash & mask; (slot = slots->slot[at]) != 0; at = (at + 1) & mask) {
		if (((slot ^ hash) & ~mask) == 0 &&
		    is_key(map, entry_at(map, (slot & mask) - 1), key))
			return slot & mask;
	}
	return 0;
}

/* The same by all slots. Entries that were added since there are new ones are not among the old. */
static uint32_t find(const struct keymap *map, const void *key, uint32_t hash)
{
	uint32_t found = 0;

	if (map->slots.count != 0)
		found = find_in(map, &map->slots, key, hash);
	if (found == 0 && map->old.count != 0)
		found = find_in(map, &map->old, key, hash);
	return found;
}

void keymap_prefetch(const struct keymap *map, const void *key)
{
	if (map->slots.count != 0)
		prefetch(&map->slots.slot[hash_of(map, key) & (map->slots.count - 1)],
			 sizeof(uint32_t));
}

/* Among the slots that entries get now: what is found among the old ones alone is not foreseen. */
uint32_t keymap_likely(const struct keymap *map, const void *key)
{
	uint32_t mask = map->slots.count - 1, hash, at, slot;

	if (map->slots.count == 0)
		return KEYMAP_NONE;
	hash = hash_of(map, key);
	at = hash & mask;
	while ((slot = map->slots.slot[at]) != 0 && ((slot ^ hash) & ~mask) != 0)
		at = (at + 1) & mask;
	return slot != 0 ? (slot & mask) - 1 : KEYMAP_NONE;
}

const void *keymap_find(const struct keymap *map, const void *key)
{
	uint32_t found = find(map, key, hash_of(map, key));

	return found != 0 ? entry_at(map, found - 1) : NULL;
}

uint32_t keymap_index(const struct keymap *map, const void *key)
{
	return find(map, key, hash_of(map, key)) - 1;
}

/* Puts entry `index`, whose key none of the slots holds yet, into the free one where it belongs. */
static void put_slot(struct keymap_slots *slots, uint32_t hash, uint32_t index)
{
	uint32_t mask = slots->count - 1, at = hash & mask;

	while (slots->slot[at] != 0)
		at = (at + 1) & mask;
	slots->slot[at] = (hash & ~mask) | (index + 1);
}

/* The hash of each key is worked out again: a slot does not keep all of it. */
static void move_some(struct keymap *map)
{
	uint32_t end = map->old.count / 2;

	for (unsigned i = 0; i < MOVED_AT_ONCE && map->moved < end; i++, map->moved++)
		put_slot(&map->slots, hash_of(map, entry_at(map, map->moved)), map->moved);
	if (map->moved < end)
		return;
	free(map->old.slot);
	map->old = (struct keymap_slots){.count = 0};
}

/* Twice as many slots, none of them taken. Nothing is left in old ones by then: as many entries
 * were added since as had to be moved. */
static bool double_slots(struct keymap *map)
{
	uint32_t count = map->slots.count == 0 ? FIRST_SLOTS : map->slots.count * 2;
	uint32_t *slot = calloc(count, sizeof *slot);

	if (slot == NULL)
		return false;
	map->old = map->slots;
	map->moved = 0;
	map->slots = (struct keymap_slots){count, slot};
	return true;
}

static bool add_chunk(struct keymap *map)
{
	if (map->chunk_count == map->chunk_room) {
		uint32_t room = map->chunk_room == 0 ? FIRST_CHUNKS : map->chunk_room * 2;
		unsigned char **chunk = realloc(map->chunk, room * sizeof *chunk);

		if (chunk == NULL)
			return false;
		map->chunk = chunk;
		map->chunk_room = room;
	}
	map->chunk[map->chunk_count] = malloc(CHUNK_ENTRIES * map->entry_bytes);
	if (map->chunk[map->chunk_count] == NULL)
		return false;
	map->chunk_count++;
	return true;
}

static bool make_room(struct keymap *map)
{
	return (map->count < map->chunk_count * CHUNK_ENTRIES || add_chunk(map)) &&
	       (map->count < map->slots.count / 2 || double_slots(map));
}

void *keymap_obtain(struct keymap *map, const void *key)
{
	uint32_t hash = hash_of(map, key), found = find(map, key, hash);
	unsigned char *entry;

	if (found != 0)
		return entry_at(map, found - 1);
	if (map->count == map->entries_max || !make_room(map))
		return NULL;
	if (map->old.count != 0)
		move_some(map);
	entry = entry_at(map, map->count);
	memcpy(entry, key, map->key_bytes);
	memset(entry + map->key_bytes, 0, map->entry_bytes - map->key_bytes);
	put_slot(&map->slots, hash, map->count++);
	return entry;
}

static bool read_entry(struct archive *archive, struct keymap *map, void *scratch,
		       void (*visit)(struct archive *archive, void *entry))
{
	uint32_t known = map->count;
	void *entry;

	memset(scratch, 0, map->entry_bytes);
	visit(archive, scratch);
	if (!archive_is_well(archive))
		return false;
	entry = keymap_obtain(map, scratch);
	if (entry == NULL || map->count == known) {
		archive_refuse(archive, entry == NULL ? "no memory" : "key");
		return false;
	}
	memcpy(entry, scratch, map->entry_bytes);
	return true;
}

unsigned keymap_top(const struct keymap *map, bool (*ranks_before)(const void *a, const void *b),
		    const void **top, unsigned most)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < map->count; i++) {
		const void *entry = keymap_entry(map, i);
		unsigned at;

		if (count < most)
			count++;
		else if (!ranks_before(entry, top[most - 1]))
			continue;
		for (at = count - 1; at > 0 && ranks_before(entry, top[at - 1]); at--)
			top[at] = top[at - 1];
		top[at] = entry;
	}
	return count;
}

void keymap_archive(struct archive *archive, struct keymap *map,
		    void (*visit)(struct archive *archive, void *entry))
{
	uint64_t count = archive_count(archive, "entries", map->count, map->entries_max);
	void *scratch;

	for (uint32_t i = 0; archive->way == ARCHIVE_WRITES && i < count; i++)
		visit(archive, entry_at(map, i));
	if (archive->way == ARCHIVE_WRITES)
		return;
	scratch = calloc(1, map->entry_bytes);
	if (scratch == NULL)
		archive_refuse(archive, "no memory");
	else if (archive->way == ARCHIVE_DESCRIBES)
		visit(archive, scratch);
	for (uint32_t i = 0; scratch != NULL && archive->way == ARCHIVE_READS && i < count; i++) {
		if (!read_entry(archive, map, scratch, visit))
			break;
	}
	free(scratch);
}
