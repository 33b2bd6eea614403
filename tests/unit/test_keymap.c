/*
 * The table that counts by key: it keeps what it has room for, and tells which entries come first.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "sink/keymap.h"

struct entry {
	uint32_t key;
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
	uint32_t one_more = 10000, known = 77;
	struct keymap map;

	keymap_init(&map, sizeof(uint32_t), sizeof(struct entry), 10000);
	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t key = 0; key < 10000; key++) {
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

Test(keymap, a_secret_changes_neither_what_is_kept_nor_its_order)
{
	const struct hash_key secret = {{0x0123456789abcdef, 42}};
	struct keymap map, plain;

	keymap_init(&map, sizeof(uint32_t), sizeof(struct entry), 10000);
	keymap_init(&plain, sizeof(uint32_t), sizeof(struct entry), 10000);
	keymap_guard(&map, &secret);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t key = i * 7919 % 10007;
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

	keymap_init(&map, sizeof(uint32_t), sizeof(struct entry), ENTRIES_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct entry *entry = keymap_obtain(&map, &i);

		cr_assert_not_null(entry);
		entry->weight = i * step % 101;
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
