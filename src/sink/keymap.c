#include "sink/keymap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

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
	free(map->entries);
	free(map->slot);
	keymap_init(map, map->key_bytes, map->entry_bytes, map->entries_max);
}

static unsigned char *entry_at(const struct keymap *map, uint32_t index)
{
	return map->entries + (size_t)index * map->entry_bytes;
}

const void *keymap_entry(const struct keymap *map, uint32_t index)
{
	return entry_at(map, index);
}

static uint64_t mix(uint64_t hash, const unsigned char *at, size_t bytes)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 divided by the golden ratio */
	uint64_t word = 0;

	memcpy(&word, at, bytes);
	hash = (hash ^ word) * odd;
	return hash ^ hash >> 32;
}

/*
 * Each word is mixed with those before it by a product, whose upper half depends on all their bits;
 * the last word ends where the key ends, and may begin within the one before it.
 *
 * There is no secret in it, since the same capture must take the same time: the table's bound
 * limits what collisions can cost. Where it does not matter how long the same takes, the secret of
 * a guarded table is worth the time that it costs.
 */
static uint32_t hash_of(const struct keymap *map, const void *key)
{
	const unsigned char *at = key, *last = at + map->key_bytes;
	uint64_t hash = map->key_bytes;

	if (map->guarded)
		return (uint32_t)siphash_1_3(key, map->key_bytes, &map->secret);
	if (map->key_bytes < sizeof hash)
		return (uint32_t)mix(hash, at, map->key_bytes);
	for (last -= sizeof hash; at < last; at += sizeof hash)
		hash = mix(hash, at, sizeof hash);
	return (uint32_t)mix(hash, last, sizeof hash);
}

/* The entry that a slot stands for: its index is below the number of slots. */
static unsigned char *entry_in(const struct keymap *map, uint32_t slot)
{
	return entry_at(map, (slot & (map->slot_count - 1)) - 1);
}

static bool holds(const struct keymap *map, uint32_t slot, const void *key, uint32_t hash)
{
	return ((slot ^ hash) & ~(map->slot_count - 1)) == 0 &&
	       memcmp(entry_in(map, slot), key, map->key_bytes) == 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t find_slot(const struct keymap *map, const void *key, uint32_t hash)
{
	uint32_t mask = map->slot_count - 1;
	uint32_t at = hash & mask;
	while (map->slot[at] != 0 && !holds(map, map->slot[at], key, hash))
		at = (at + 1) & mask;
	return at;
}

const void *keymap_find(const struct keymap *map, const void *key)
{
	uint32_t at;

	if (map->slot_count == 0)
		return NULL;
	at = find_slot(map, key, hash_of(map, key));
	return map->slot[at] != 0 ? entry_in(map, map->slot[at]) : NULL;
}

/* Puts entry `index`, whose key no slot holds yet, into the free one where it belongs. */
static void put_slot(struct keymap *map, uint32_t at, uint32_t hash, uint32_t index)
{
	map->slot[at] = (hash & ~(map->slot_count - 1)) | (index + 1);
}

/* The hash of each key is worked out again: a slot does not keep all of it. */
static void fill_slots(struct keymap *map)
{
	uint32_t mask = map->slot_count - 1;

	for (uint32_t i = 0; i < map->count; i++) {
		uint32_t hash = hash_of(map, entry_at(map, i));
		uint32_t at = hash & mask;

		while (map->slot[at] != 0)
			at = (at + 1) & mask;
		put_slot(map, at, hash, i);
	}
}

static int grow(struct keymap *map)
{
	uint32_t capacity = map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2;
	uint32_t slot_count = capacity * 2;
	unsigned char *entries = realloc(map->entries, (size_t)capacity * map->entry_bytes);
	if (entries == NULL)
		return -1;
	map->entries = entries;
	uint32_t *slot = calloc(slot_count, sizeof *slot);
	if (slot == NULL)
		return -1;
	free(map->slot);
	map->slot = slot;
	map->slot_count = slot_count;
	map->capacity = capacity;
	fill_slots(map);
	return 0;
}

void *keymap_obtain(struct keymap *map, const void *key)
{
	uint32_t hash = hash_of(map, key), at = 0;
	if (map->slot_count != 0) {
		at = find_slot(map, key, hash);
		if (map->slot[at] != 0)
			return entry_in(map, map->slot[at]);
	}
	if (map->count == map->entries_max)
		return NULL;
	if (map->count == map->capacity) {
		if (grow(map) != 0)
			return NULL;
		at = find_slot(map, key, hash);
	}
	unsigned char *entry = entry_at(map, map->count);
	memset(entry, 0, map->entry_bytes);
	memcpy(entry, key, map->key_bytes);
	put_slot(map, at, hash, map->count++);
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
