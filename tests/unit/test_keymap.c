/*
 * The table that counts by key: it keeps what it has room for, and tells which entries come first.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "sink/keymap.h"

struct entry {
	uint64_t key;
	uint32_t weight;
};

enum { ENTRIES_MAX = 100, MOST = 4 };

static bool heavier(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;

	return a->weight != b->weight ? a->weight > b->weight : a->key < b->key;
}

Test(keymap, keeps_every_key_through_its_growth)
{
	uint64_t one_more = 10000, known = 77;
	struct keymap map;

	keymap_init(&map, sizeof(uint64_t), sizeof(struct entry), 10000);
	for (unsigned round = 0; round < 3; round++) {
		for (uint64_t key = 0; key < 10000; key++) {
			struct entry *entry = keymap_obtain(&map, &key);

			cr_assert_not_null(entry);
			cr_assert_eq(entry->key, key);
			cr_assert_eq(entry->weight++, round);
		}
	}
	cr_assert_eq(map.count, 10000);
	cr_assert_null(keymap_obtain(&map, &one_more));
	cr_assert_not_null(keymap_obtain(&map, &known));
	cr_assert_eq(((const struct entry *)keymap_entry(&map, 77))->key, 77);
	keymap_release(&map);
	cr_assert_eq(map.count, 0);
}

/* What was added is found, by its index too, and stays in its place; what was not is not. */
static void knows_exactly(const struct keymap *map, const void *const place[], uint64_t count)
{
	for (uint64_t key = 0; key < count; key++) {
		cr_assert_eq(keymap_find(map, &key), place[key]);
		cr_assert_eq(keymap_index(map, &key), key);
	}
	for (uint64_t key = count; key < 2 * count; key++)
		cr_assert_null(keymap_find(map, &key));
}

/* Whatever the table holds, nothing is changed by it; a key is foreseen where it is, or nowhere
 * while its slot is an old one. */
static void foresees(const struct keymap *map, uint64_t key)
{
	uint32_t likely = keymap_likely(map, &key);

	keymap_prefetch(map, &key);
	if (key >= map->count)
		cr_assert(likely == KEYMAP_NONE || likely < map->count);
	else
		cr_assert(likely == key || (likely == KEYMAP_NONE && map->old.count != 0));
}

Test(keymap, knows_every_key_at_every_step_of_its_growth)
{
	enum { ADDED = 700 };
	const struct hash_key secret = {{1, 2}};
	const void *place[ADDED];

	for (unsigned guarded = 0; guarded < 2; guarded++) {
		struct keymap map;

		keymap_init(&map, sizeof(uint64_t), sizeof(struct entry), ADDED);
		if (guarded)
			keymap_guard(&map, &secret);
		for (uint64_t key = 0; key < ADDED; key++) {
			foresees(&map, key);
			place[key] = keymap_obtain(&map, &key);
			foresees(&map, key / 2);
			cr_assert_not_null(place[key]);
			knows_exactly(&map, place, key + 1);
		}
		keymap_release(&map);
	}
}

Test(keymap, what_was_obtained_last_is_obtained_again)
{
	enum { ADDED = 300 };
	struct keymap map;
	void *last = NULL;

	keymap_init(&map, sizeof(uint64_t), sizeof(struct entry), ADDED);
	for (uint64_t i = 0; i < 4 * ADDED; i++) {
		uint64_t key = i / 2 % (ADDED + 1); /* twice each; there is no room for the last */
		void *again = keymap_obtain_again(&map, &key, &last);

		cr_assert_eq(again, keymap_obtain(&map, &key));
		cr_assert_eq(again, last);
		cr_assert_eq(again == NULL, key == ADDED);
	}
	keymap_release(&map);
}

/* The slots double 11 times up to here, and no addition sees to more than a few of the keys that
 * are there already. */
Test(keymap, grows_a_little_with_each_addition)
{
	enum { ADDED = 1 << 17, AT_ONCE = 8 };
	unsigned doubled = 0;
	uint32_t moved_most = 0;
	struct keymap map;

	keymap_init(&map, sizeof(uint64_t), sizeof(struct entry), ADDED);
	for (uint64_t key = 0; key < ADDED; key++) {
		struct keymap before = map;

		cr_assert_not_null(keymap_obtain(&map, &key));
		doubled += before.slots.count != 0 && map.slots.count == 2 * before.slots.count;
		if (map.slots.count == before.slots.count && map.moved - before.moved > moved_most)
			moved_most = map.moved - before.moved;
		if (map.slots.count != before.slots.count) {
			cr_assert_eq(before.old.count, 0, "nothing waits when the next ones come");
			cr_assert_leq(map.moved, AT_ONCE);
		}
	}
	cr_assert_eq(doubled, 11);
	cr_assert_eq(moved_most, AT_ONCE);
	cr_assert_eq(map.old.count, 0);
	keymap_release(&map);
}

Test(keymap, a_secret_changes_neither_what_is_kept_nor_its_order)
{
	const struct hash_key secret = {{0x0123456789abcdef, 42}};
	struct keymap map, plain;

	keymap_init(&map, sizeof(uint64_t), sizeof(struct entry), 10000);
	keymap_init(&plain, sizeof(uint64_t), sizeof(struct entry), 10000);
	keymap_guard(&map, &secret);
	for (uint32_t i = 0; i < 20000; i++) {
		uint64_t key = i * 7919 % 10007;
		struct entry *entry = keymap_obtain(&map, &key);
		struct entry *other = keymap_obtain(&plain, &key);

		cr_assert_eq(entry == NULL, other == NULL);
		if (entry != NULL)
			cr_assert_eq(entry->weight++, other->weight++);
	}
	cr_assert_eq(map.count, plain.count);
	for (uint32_t i = 0; i < map.count; i++)
		cr_assert_eq(memcmp(keymap_entry(&map, i), keymap_entry(&plain, i),
				    sizeof(struct entry)),
			     0);
	keymap_release(&map);
	keymap_release(&plain);
}

/* Key i has weight i * step modulo 101. */
static struct keymap filled(uint32_t count, uint32_t step)
{
	struct keymap map;

	keymap_init(&map, sizeof(uint64_t), sizeof(struct entry), ENTRIES_MAX);
	for (uint64_t i = 0; i < count; i++) {
		struct entry *entry = keymap_obtain(&map, &i);

		cr_assert_not_null(entry);
		entry->weight = (uint32_t)(i * step % 101);
	}
	return map;
}

static void begins_with(uint32_t count, uint32_t step, uint32_t weight, uint32_t less)
{
	struct keymap map = filled(count, step);
	const void *top[MOST];

	cr_assert_eq(keymap_top(&map, heavier, top, MOST), MOST);
	for (unsigned i = 0; i < MOST; i++)
		cr_assert_eq(((const struct entry *)top[i])->weight, weight - i * less);
	keymap_release(&map);
}

Test(keymap, the_heaviest_come_first_in_whatever_order_they_were_added)
{
	begins_with(ENTRIES_MAX, 1, 99, 1);
	begins_with(ENTRIES_MAX, 100, 100, 1);
	begins_with(ENTRIES_MAX, 37, 100, 1);
}

Test(keymap, what_is_as_heavy_comes_by_its_key)
{
	struct keymap map = filled(ENTRIES_MAX, 0);
	const void *top[MOST];

	cr_assert_eq(keymap_top(&map, heavier, top, MOST), MOST);
	for (unsigned i = 0; i < MOST; i++)
		cr_assert_eq(((const struct entry *)top[i])->key, i);
	keymap_release(&map);
}

Test(keymap, there_may_be_fewer_than_wanted)
{
	struct keymap map = filled(2, 1), empty = filled(0, 1);
	const void *top[MOST];

	cr_assert_eq(keymap_top(&empty, heavier, top, MOST), 0);
	cr_assert_eq(keymap_top(&map, heavier, top, MOST), 2);
	cr_assert_eq(((const struct entry *)top[0])->key, 1);
	cr_assert_eq(((const struct entry *)top[1])->key, 0);
	keymap_release(&map);
	keymap_release(&empty);
}
