#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core/deadlines.h"
#include "core/flow_table.h"

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

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
	cr_assert_neq(tuple_hash(&there, &key), tuple_hash(&back, &key));
	there = back;
	there.tunnelled = true;
	cr_assert_not(tuple_equal(&there, &back));
	back.tunnelled = back.tunnel_has_id = true;
	cr_assert_not(tuple_equal(&there, &back));
	there = back;
	there.tunnel_id = 1;
	cr_assert_not(tuple_equal(&there, &back));
	cr_assert_neq(tuple_hash(&there, &key), tuple_hash(&back, &key));
}

Test(tuple, equal_addresses_are_ordered_by_port)
{
	struct tuple tuple = {.ip_version = 4};
	uint8_t a[4] = {127, 0, 0, 1};

	cr_assert_eq(tuple_set_ends(&tuple, a, 81, a, 80), 1);
	cr_assert_eq(tuple.port[0], 80);
	cr_assert_eq(tuple.port[1], 81);
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

	cr_assert(flow_table_open(&table, &memory, &key));
	for (uint32_t i = 0; i < FLOWS; i++)
		handle[i] = add(&table, i);
	for (uint32_t i = 0; i < FLOWS; i += 2)
		flow_table_remove(&table, handle[i]);
	for (uint32_t i = 0; i < FLOWS; i++)
		cr_assert_eq(find(&table, i), i % 2 == 0 ? (uint32_t)POOL_NONE : handle[i]);
	cr_assert_eq(table.flows.used, FLOWS / 2);
	cr_assert_eq(table.total, FLOWS);
	flow_table_close(&table);
	free(handle);
}

Test(flow_table, half_open_flows_leave_before_closed_ones_and_those_before_open_ones)
{
	struct flow_table table;
	uint32_t open, closed, half_open;

	cr_assert(flow_table_open(&table, &memory, &key));
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

	cr_assert(flow_table_open(&table, &memory, &key));
	busy = add(&table, 1);
	silent = add(&table, 2);
	flow_table_classify(&table, busy, FLOW_OPEN);
	flow_table_classify(&table, silent, FLOW_OPEN);
	flow_at(&table, busy)->touched = true;
	cr_assert_eq(flow_table_victim(&table), silent);
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

Test(deadlines, pops_by_time_and_then_by_serial)
{
	struct deadlines deadlines;
	uint64_t popped_serial = 0;
	int64_t popped_ns = -1;

	deadlines_open(&deadlines, &memory);
	cr_assert(deadlines_reserve(&deadlines, 5000));
	for (uint32_t flow = 1; flow <= 5000; flow++)
		deadlines_update(&deadlines, flow, 5001 - flow, (flow * 7919) % 100);
	for (uint32_t flow = 1; flow <= 5000; flow += 3)
		deadlines_update(&deadlines, flow, 5001 - flow, flow % 50);
	for (uint32_t flow = 2; flow <= 5000; flow += 5)
		deadlines_remove(&deadlines, flow);
	for (const struct deadline *first; (first = deadlines_first(&deadlines)) != NULL;) {
		struct deadline entry = *first;

		cr_assert(entry.at_ns > popped_ns ||
			  (entry.at_ns == popped_ns && entry.serial > popped_serial));
		cr_assert_neq(entry.flow % 5, 2);
		popped_ns = entry.at_ns;
		popped_serial = entry.serial;
		deadlines_remove(&deadlines, entry.flow);
	}
	cr_assert_eq(popped_ns, 99);
	deadlines_close(&deadlines);
}

Test(deadlines, without_times_only_the_serial_counts)
{
	struct deadlines deadlines;
	uint64_t last = 0;

	deadlines_open(&deadlines, &memory);
	cr_assert(deadlines_reserve(&deadlines, 100));
	for (uint32_t flow = 1; flow <= 100; flow++)
		deadlines_update(&deadlines, flow, flow * 37 % 101, 1000 - flow);
	deadlines_forget_times(&deadlines);
	for (const struct deadline *first; (first = deadlines_first(&deadlines)) != NULL;) {
		cr_assert_gt(first->serial, last);
		last = first->serial;
		deadlines_remove(&deadlines, first->flow);
	}
	deadlines_close(&deadlines);
}
