#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core/deadlines.h"
#include "core/flow_table.h"

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

enum { UNPACKED = 32 };

static const struct memory memory = {allocate, free};
static const struct hash_key key = {{1, 2}};

static struct tuple tuple_number(uint32_t number)
{
	struct tuple tuple = {.ip_version = 4};
	uint8_t source[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	uint8_t destination[4] = {192, 0, 2, 1};

	tuple_set_ends(&tuple, source, (uint16_t)(1024 + number % 50000), destination, 80);
	return tuple;
}

static uint32_t add(struct flow_table *table, uint32_t number)
{
	struct tuple tuple = tuple_number(number);

	return flow_table_add(table, &tuple, tuple_hash(&tuple, &key));
}

static uint32_t find(const struct flow_table *table, uint32_t number)
{
	struct tuple tuple = tuple_number(number);

	return flow_table_find(table, &tuple, tuple_hash(&tuple, &key));
}

Test(tuple, is_the_same_in_both_directions)
{
	struct tuple there = {.ip_version = 4}, back = {.ip_version = 4};
	uint8_t a[4] = {10, 0, 0, 1}, b[4] = {10, 0, 0, 2};

	cr_assert_eq(tuple_set_ends(&there, a, 40000, b, 80), 0);
	cr_assert_eq(tuple_set_ends(&back, b, 80, a, 40000), 1);
	cr_assert(tuple_equal(&there, &back));
	cr_assert_eq(tuple_hash(&there, &key), tuple_hash(&back, &key));
	back.vlan_count = 1;
	back.vlan[0] = 7;
	cr_assert_not(tuple_equal(&there, &back));
	there = back;
	there.tunnelled = true;
	cr_assert_not(tuple_equal(&there, &back));
	back.tunnelled = back.tunnel_has_id = true;
	cr_assert_not(tuple_equal(&there, &back));
	there = back;
	there.tunnel_id = 1;
	cr_assert_not(tuple_equal(&there, &back));
}

Test(tuple, the_context_tells_apart_in_the_parts_that_are_asked_for)
{
	enum { ALL = TUPLE_VLAN | TUPLE_TUNNEL | TUPLE_INTERFACE };
	struct tuple plain = tuple_number(1), other[3] = {plain, plain, plain};

	other[0].vlan_count = 1;
	other[0].vlan[0] = 7;
	other[1].tunnelled = true;
	other[2].interface = 1;
	for (unsigned i = 0; i < 3; i++) {
		unsigned part = 1U << i;

		cr_assert(tuple_same_ends(&plain, &other[i]));
		cr_assert_not(tuple_same_context(&plain, &other[i], part));
		cr_assert(tuple_same_context(&plain, &other[i], ALL & ~part));
		cr_assert_eq(tuple_hash(&plain, &key), tuple_hash(&other[i], &key));
		cr_assert_neq(tuple_context_hash(&plain, part, &key),
			      tuple_context_hash(&other[i], part, &key));
		cr_assert_eq(tuple_context_hash(&plain, ALL & ~part, &key),
			     tuple_context_hash(&other[i], ALL & ~part, &key));
	}
}

Test(tuple, equal_addresses_are_ordered_by_port)
{
	struct tuple tuple = {.ip_version = 4};
	uint8_t a[4] = {127, 0, 0, 1};

	cr_assert_eq(tuple_set_ends(&tuple, a, 81, a, 80), 1);
	cr_assert_eq(tuple.port[0], 80);
	cr_assert_eq(tuple.port[1], 81);
}

/* Puts the ends as the hash takes them, the ports low byte first; returns how many bytes. */
static size_t put_ends(uint8_t *at, const struct tuple *tuple, size_t address_bytes)
{
	for (unsigned side = 0; side < 2; side++) {
		memcpy(at + side * address_bytes, tuple->addr[side], address_bytes);
		at[2 * address_bytes + 2 * side] = (uint8_t)tuple->port[side];
		at[2 * address_bytes + 2 * side + 1] = (uint8_t)(tuple->port[side] >> 8);
	}
	return 2 * address_bytes + 4;
}

Test(tuple, its_hash_is_that_of_its_ends_as_bytes)
{
	struct tuple four = {.ip_version = 4}, six = {.ip_version = 6};
	uint8_t a[16], b[16], bytes[36];

	for (uint8_t i = 0; i < 16; i++) {
		a[i] = (uint8_t)(i * 17 + 3);
		b[i] = (uint8_t)(i * 5 + 1);
	}
	tuple_set_ends(&four, a, 40000, b, 443);
	tuple_set_ends(&six, a, 40000, b, 443);
	cr_assert_eq(tuple_hash(&four, &key), siphash_1_3(bytes, put_ends(bytes, &four, 4), &key));
	cr_assert_eq(tuple_hash(&six, &key), siphash_1_3(bytes, put_ends(bytes, &six, 16), &key));
}

Test(tuple, the_hash_depends_on_its_key_and_on_every_byte)
{
	static const struct hash_key another = {{1, 3}};
	uint8_t bytes[24] = {0};
	uint64_t plain = siphash_1_3(bytes, sizeof bytes, &key);

	cr_assert_neq(plain, siphash_1_3(bytes, sizeof bytes, &another));
	for (size_t length = 0; length < sizeof bytes; length++)
		cr_assert_neq(plain, siphash_1_3(bytes, length, &key));
	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = 1;
		cr_assert_neq(plain, siphash_1_3(bytes, sizeof bytes, &key), "byte %zu", i);
		bytes[i] = 0;
	}
}

Test(flow_table, finds_what_was_added_and_nothing_else)
{
	enum { FLOWS = 20000 };
	struct flow_table table;
	uint32_t *handle = calloc(FLOWS, sizeof *handle);

	cr_assert(flow_table_open(&table, &memory, &key, TUPLE_VLAN, UNPACKED));
	for (uint32_t i = 0; i < FLOWS; i++)
		handle[i] = add(&table, i);
	for (uint32_t i = 0; i < FLOWS; i += 2)
		flow_table_remove(&table, handle[i]);
	for (uint32_t i = 0; i < FLOWS; i++)
		cr_assert_eq(find(&table, i), i % 2 == 0 ? (uint32_t)POOL_NONE : handle[i]);
	cr_assert_eq(table.nodes.used, FLOWS / 2);
	cr_assert_eq(table.total, FLOWS);
	flow_table_close(&table);
	free(handle);
}

static struct tuple in_vlan(uint16_t vlan)
{
	struct tuple tuple = tuple_number(1);

	tuple.vlan_count = 1;
	tuple.vlan[0] = vlan;
	return tuple;
}

/* As many as one likes, each found and none in the way of the others. */
Test(flow_table, same_ends_in_many_contexts)
{
	enum { CONTEXTS = 3 * FLOW_SAME_ENDS_MAX };
	struct flow_table table;
	uint32_t handle[CONTEXTS], same[FLOW_SAME_ENDS_MAX];
	struct tuple tuple = in_vlan(0);
	uint64_t hash = tuple_hash(&tuple, &key);

	cr_assert(flow_table_open(&table, &memory, &key, TUPLE_VLAN, UNPACKED));
	for (uint16_t i = 0; i < CONTEXTS; i++) {
		tuple = in_vlan(i);
		handle[i] = flow_table_add(&table, &tuple, hash);
		cr_assert_eq(flow_table_same_ends(&table, &tuple, hash, same),
			     i < FLOW_SAME_ENDS_MAX ? i + 1U : (unsigned)FLOW_SAME_ENDS_MAX);
	}
	for (uint16_t i = 0; i < CONTEXTS; i += 2)
		flow_table_remove(&table, handle[i]);
	for (uint16_t i = 0; i < CONTEXTS; i++) {
		tuple = in_vlan(i);
		cr_assert_eq(flow_table_find(&table, &tuple, hash),
			     i % 2 == 0 ? (uint32_t)POOL_NONE : handle[i]);
	}
	flow_table_close(&table);
}

Test(flow_table, half_open_flows_leave_before_closed_ones_and_those_before_open_ones)
{
	struct flow_table table;
	uint32_t open, closed, half_open;

	cr_assert(flow_table_open(&table, &memory, &key, TUPLE_VLAN, UNPACKED));
	cr_assert_eq(flow_table_victim(&table), (uint32_t)POOL_NONE);
	open = add(&table, 1);
	closed = add(&table, 2);
	half_open = add(&table, 3);
	flow_table_classify(&table, open, FLOW_OPEN);
	flow_table_classify(&table, closed, FLOW_OVER);
	cr_assert_eq(flow_table_victim(&table), half_open);
	flow_table_remove(&table, half_open);
	cr_assert_eq(flow_table_victim(&table), closed);
	flow_table_remove(&table, closed);
	cr_assert_eq(flow_table_victim(&table), open);
	flow_table_close(&table);
}

Test(flow_table, of_open_flows_the_one_that_was_silent_leaves)
{
	struct flow_table table;
	uint32_t busy, silent;

	cr_assert(flow_table_open(&table, &memory, &key, TUPLE_VLAN, UNPACKED));
	busy = add(&table, 1);
	silent = add(&table, 2);
	flow_table_classify(&table, busy, FLOW_OPEN);
	flow_table_classify(&table, silent, FLOW_OPEN);
	node_at(&table, busy)->touched = true;
	cr_assert_eq(flow_table_victim(&table), silent);
	flow_table_close(&table);
}

/* The most slots in a row that are not free: what a search may have to pass. */
static uint32_t longest_run(const struct flow_index *index)
{
	uint32_t run = 0, longest = 0;

	for (uint32_t i = 0; i < index->now.slots; i++) {
		run = index->now.slot[i].flow == POOL_NONE ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* Tuples whose addresses and ports have all one sum and one exclusive or: 10.a.b.c with the same
 * three bytes in the other address, and as many ports. */
static struct tuple colliding_tuple(uint32_t number)
{
	struct tuple tuple = {.ip_version = 4};
	uint8_t a[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	uint8_t b[4] = {192, (uint8_t)~a[1], (uint8_t)~a[2], (uint8_t)~a[3]};

	tuple_set_ends(&tuple, a, 40000, b, 80);
	return tuple;
}

Test(flow_table, tuples_that_collide_without_a_key_stand_as_far_apart_as_others)
{
	enum { FLOWS = 20000 };
	uint32_t longest[2];

	for (unsigned colliding = 0; colliding < 2; colliding++) {
		struct flow_table table;

		cr_assert(flow_table_open(&table, &memory, &key, TUPLE_VLAN, UNPACKED));
		for (uint32_t i = 0; i < FLOWS; i++) {
			struct tuple tuple = colliding ? colliding_tuple(i) : tuple_number(i);

			flow_table_add(&table, &tuple, tuple_hash(&tuple, &key));
			cr_assert(flow_table_reserve(&table, 0));
		}
		longest[colliding] = longest_run(&table.index);
		flow_table_close(&table);
	}
	cr_assert_lt(longest[1], 2 * longest[0]);
}

Test(flow_table, packs_what_nobody_asks_for_and_gives_it_back_as_it_was)
{
	enum { FLOWS = 3000 };
	struct flow_table table;
	uint32_t handle[FLOWS];

	cr_assert(flow_table_open(&table, &memory, &key, TUPLE_VLAN, UNPACKED));
	for (uint32_t i = 0; i < FLOWS; i++) {
		handle[i] = add(&table, i);
		flow_at(&table, handle[i])->last_number = i;
		flow_table_classify(&table, handle[i], i % 3 == 0 ? FLOW_OPEN : FLOW_OVER);
		cr_assert(flow_table_reserve(&table, 0));
		cr_assert_lt(table.records.used, (uint32_t)UNPACKED);
	}
	for (uint32_t i = 0; i < FLOWS; i++) {
		struct tuple tuple = tuple_number(i);
		const struct flow *flow = flow_at(&table, handle[i]);

		cr_assert_eq(flow->last_number, i);
		cr_assert(tuple_equal(&flow->tuple, &tuple));
		cr_assert(flow_table_reserve(&table, 0));
		flow_table_remove(&table, handle[i]);
	}
	cr_assert_eq(flow_table_bytes(&table), 0);
	flow_table_close(&table);
}

/* Those that stand packed, those that do not, and those with names of their own. */
Test(flow_table, who_is_dismissed_counts_no_longer)
{
	enum { FLOWS = 300 };
	struct flow_table removing, dismissing;
	uint32_t removed[FLOWS], dismissed[FLOWS];

	cr_assert(flow_table_open(&removing, &memory, &key, TUPLE_VLAN, UNPACKED));
	cr_assert(flow_table_open(&dismissing, &memory, &key, TUPLE_VLAN, UNPACKED));
	for (uint32_t i = 0; i < FLOWS; i++) {
		struct tuple tuple = tuple_number(i);

		tuple.vlan_count = i % 5 == 0;
		removed[i] = flow_table_add(&removing, &tuple, tuple_hash(&tuple, &key));
		dismissed[i] = flow_table_add(&dismissing, &tuple, tuple_hash(&tuple, &key));
		cr_assert(flow_table_reserve(&removing, 0));
		cr_assert(flow_table_reserve(&dismissing, 0));
	}
	for (uint32_t i = 0; i < FLOWS; i++) {
		flow_table_remove(&removing, removed[i]);
		flow_table_dismiss(&dismissing, dismissed[i]);
		cr_assert_eq(flow_table_bytes(&dismissing), flow_table_bytes(&removing));
	}
	cr_assert_eq(flow_table_bytes(&dismissing), 0);
	flow_table_close(&removing);
	flow_table_close(&dismissing);
}

Test(flow_table, of_idle_flows_only_those_half_open_or_over_are_packed_unasked)
{
	enum { OVER = 3, ROUNDS = 100 };
	struct flow_table table;
	uint32_t open, over[OVER];
	unsigned packed = 0;

	cr_assert(flow_table_open(&table, &memory, &key, TUPLE_VLAN, UNPACKED));
	open = add(&table, 0);
	flow_table_classify(&table, open, FLOW_OPEN);
	for (uint32_t i = 0; i < OVER; i++) {
		over[i] = add(&table, 1 + i);
		flow_table_classify(&table, over[i], FLOW_OVER);
		flow_table_touch(&table, over[i]);
	}
	cr_assert_not(flow_table_next_round(&table));
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (flow_table_next_round(&table))
			flow_table_pack_idle(&table, 0);
	}
	for (uint32_t i = 0; i < OVER; i++)
		packed += node_at(&table, over[i])->packed_bytes != 0;
	cr_assert_gt(packed, 0);
	cr_assert_eq(node_at(&table, open)->packed_bytes, 0);
	flow_table_close(&table);
}

Test(pool, gives_zeroed_items_again)
{
	struct pool pool;
	uint32_t first, second;

	pool_open(&pool, &memory, 24);
	first = pool_take(&pool);
	memset(pool_at(&pool, first), 0xff, 24);
	pool_give(&pool, first);
	second = pool_take(&pool);
	cr_assert_eq(second, first);
	for (size_t i = 0; i < 24; i++)
		cr_assert_eq(((uint8_t *)pool_at(&pool, second))[i], 0);
	cr_assert_eq(pool.used, 1);
	pool_close(&pool);
}

struct deadline_fixture {
	struct pool pool;
	struct deadlines deadlines;
};

static void open_deadlines(struct deadline_fixture *fixture, uint32_t items)
{
	pool_open(&fixture->pool, &memory, sizeof(struct deadline));
	deadlines_open(&fixture->deadlines, &memory, &fixture->pool);
	cr_assert(deadlines_reserve(&fixture->deadlines, items));
	for (uint32_t item = 1; item <= items; item++)
		cr_assert_eq(pool_take(&fixture->pool), item);
}

static void close_deadlines(struct deadline_fixture *fixture)
{
	deadlines_close(&fixture->deadlines);
	pool_close(&fixture->pool);
}

static struct deadline *deadline_at(struct deadline_fixture *fixture, uint32_t item)
{
	return pool_at(&fixture->pool, item);
}

Test(deadlines, pops_by_time_and_then_by_serial)
{
	/* From a nanosecond to a century: every level of the wheel. */
	static const int64_t step_ns[] = {1, 1 << 14, 1 << 21, INT64_C(1) << 34, INT64_C(1) << 54};
	enum { ITEMS = 5000, STEPS = sizeof step_ns / sizeof step_ns[0] };
	struct deadline_fixture fixture;
	struct deadlines *deadlines = &fixture.deadlines;
	uint64_t popped_serial = 0;
	int64_t popped_ns = -1;
	uint32_t popped = 0, item;

	open_deadlines(&fixture, ITEMS);
	for (item = 1; item <= ITEMS; item++) {
		deadline_at(&fixture, item)->serial = ITEMS + 1 - item;
		deadlines_update(deadlines, item, item * 7919 % 100 * step_ns[item % STEPS]);
	}
	for (item = 1; item <= ITEMS; item += 3)
		deadlines_update(deadlines, item, item % 50 * step_ns[item % STEPS]);
	for (item = 2; item <= ITEMS; item += 5)
		deadlines_remove(deadlines, item);
	while ((item = deadlines_first(deadlines, INT64_MAX)) != POOL_NONE) {
		struct deadline entry = *deadline_at(&fixture, item);

		cr_assert(entry.at_ns > popped_ns ||
			  (entry.at_ns == popped_ns && entry.serial > popped_serial));
		cr_assert_neq(item % 5, 2);
		cr_assert_eq(deadlines_key(deadlines, item), entry.at_ns);
		popped_ns = entry.at_ns;
		popped_serial = entry.serial;
		deadlines_remove(deadlines, item);
		cr_assert_eq(deadlines_key(deadlines, item), INT64_MAX);
		popped++;
	}
	cr_assert_eq(popped, ITEMS / 5 * 4);
	close_deadlines(&fixture);
}

/* A thousand items that are moved on again and again, as a TIME-WAIT is that restarts: what is due
 * comes in time, and nothing comes early. */
Test(deadlines, what_is_due_comes_in_time_however_often_it_moves)
{
	enum { ITEMS = 1000, ROUNDS = 300 };
	struct deadline_fixture fixture;
	struct deadlines *deadlines = &fixture.deadlines;
	uint32_t state = 1, item;
	int64_t now_ns = INT64_C(1700000000) * 1000000000;

	open_deadlines(&fixture, ITEMS);
	for (item = 1; item <= ITEMS; item++) {
		deadline_at(&fixture, item)->serial = item;
		deadlines_update(deadlines, item, now_ns + item);
	}
	for (int round = 0; round < ROUNDS; round++) {
		state = state * 1664525 + 1013904223;
		now_ns += state >> (round % 3 * 8);
		while ((item = deadlines_first(deadlines, now_ns)) != POOL_NONE) {
			cr_assert_leq(deadline_at(&fixture, item)->at_ns, now_ns);
			state = state * 1664525 + 1013904223;
			deadlines_update(deadlines, item, now_ns + 1 + (state >> item % 31));
		}
		for (item = 1; item <= ITEMS; item++)
			cr_assert_gt(deadlines_key(deadlines, item), now_ns);
	}
	close_deadlines(&fixture);
}

/* Each leaves two entries behind that look as if they held: more than there is room for. */
Test(deadlines, keeps_within_its_room_where_items_come_back_to_their_times)
{
	enum { ITEMS = 100, TIMES = 5 };
	struct deadline_fixture fixture;
	struct deadlines *deadlines = &fixture.deadlines;
	uint32_t item, left = ITEMS;

	open_deadlines(&fixture, ITEMS);
	for (unsigned i = 0; i < TIMES; i++) {
		for (item = 1; item <= ITEMS; item++) {
			deadlines_update(deadlines, item, 1000 + item);
			deadlines_update(deadlines, item, 500);
			deadlines_update(deadlines, item, 1000 + item);
			cr_assert_leq(deadlines->first + deadlines->count, deadlines->room);
		}
	}
	while ((item = deadlines_first(deadlines, INT64_MAX)) != POOL_NONE) {
		cr_assert_eq(item, ITEMS + 1 - left--);
		deadlines_remove(deadlines, item);
	}
	cr_assert_eq(left, 0);
	cr_assert_eq(deadlines->stale, 0);
	close_deadlines(&fixture);
}

Test(deadlines, without_times_only_the_serial_counts)
{
	enum { ITEMS = 100 };
	struct deadline_fixture fixture;
	struct deadlines *deadlines = &fixture.deadlines;
	uint64_t last = 0;
	uint32_t item;

	open_deadlines(&fixture, ITEMS);
	for (item = 1; item <= ITEMS; item++) {
		deadline_at(&fixture, item)->serial = item * 37 % 101;
		deadlines_update(deadlines, item, 1000 - item);
	}
	deadlines_forget_times(deadlines);
	while ((item = deadlines_first(deadlines, INT64_MAX)) != POOL_NONE) {
		cr_assert_eq(deadline_at(&fixture, item)->serial, ++last);
		deadlines_remove(deadlines, item);
	}
	cr_assert_eq(last, ITEMS);
	close_deadlines(&fixture);
}

static void *refuse(size_t bytes)
{
	(void)bytes;
	return NULL;
}

/* They are sorted where there is memory for it, and come in the same order where there is none. */
Test(deadlines, serials_of_any_size_leave_in_their_order)
{
	enum { ITEMS = 3000 };
	static const struct memory none = {refuse, free};
	static const uint64_t step[] = {1, 1 << 12, UINT64_C(1) << 50};

	for (unsigned i = 0; i < 2 * sizeof step / sizeof step[0]; i++) {
		struct deadline_fixture fixture;
		struct deadlines *deadlines = &fixture.deadlines;
		uint64_t last = 0;
		uint32_t item;

		open_deadlines(&fixture, ITEMS);
		for (item = 1; item <= ITEMS; item++) {
			deadline_at(&fixture, item)->serial = 7 + item * 37 % 3001 * step[i / 2];
			deadlines_update(deadlines, item, item);
		}
		if (i % 2 == 0)
			deadlines->memory = &none;
		deadlines_forget_times(deadlines);
		deadlines->memory = &memory;
		while ((item = deadlines_first(deadlines, INT64_MAX)) != POOL_NONE) {
			cr_assert_gt(deadlines_top(deadlines)->serial, last);
			last = deadlines_top(deadlines)->serial;
			cr_assert_eq(deadline_at(&fixture, item)->serial, last);
			deadlines_remove(deadlines, item);
		}
		cr_assert_eq(last, 7 + 3000 * step[i / 2]);
		close_deadlines(&fixture);
	}
}

/* What is entered while they leave one by one may come before those that are left, or behind. */
Test(deadlines, in_order_or_not_the_first_leaves_first)
{
	enum { ITEMS = 300, LATER = 5 };
	struct deadline_fixture fixture;
	struct deadlines *deadlines = &fixture.deadlines;
	uint64_t last = 0;
	uint32_t item, popped = 0;

	open_deadlines(&fixture, ITEMS);
	for (item = 1; item <= ITEMS; item++) {
		deadline_at(&fixture, item)->serial = 2 * item;
		deadlines_update(deadlines, item, item);
	}
	deadlines_forget_times(deadlines);
	while ((item = deadlines_first(deadlines, INT64_MAX)) != POOL_NONE) {
		struct deadline *entry = deadline_at(&fixture, item);

		cr_assert_gt(entry->serial, last);
		last = entry->serial;
		popped++;
		deadlines_remove(deadlines, item);
		if (popped % LATER != 0)
			continue;
		entry->serial = popped % 2 ? last + 1 : 4 * ITEMS + popped;
		deadlines_update(deadlines, item, INT64_MIN);
	}
	cr_assert_gt(popped, (uint32_t)ITEMS);
	close_deadlines(&fixture);
}
