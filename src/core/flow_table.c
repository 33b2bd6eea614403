#include "core/flow_table.h"

#include <assert.h>
#include <string.h>

#include "core/prefetch.h"

enum { SECOND_CHANCES = 64 };

bool flow_table_open(struct flow_table *table, const struct memory *memory,
		     const struct hash_key *hash_key, unsigned parts)
{
	*table = (struct flow_table){.hash_key = *hash_key, .parts = parts};
	pool_open(&table->nodes, memory, sizeof(struct flow_node));
	pool_open(&table->records, memory, sizeof(struct flow));
	pool_open(&table->names, memory, sizeof(struct flow_name));
	return flow_index_open(&table->index, memory);
}

void flow_table_close(struct flow_table *table)
{
	pool_close(&table->nodes);
	pool_close(&table->records);
	pool_close(&table->names);
	flow_index_close(&table->index);
}

static uint32_t print_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static struct plain_key plain_key(const struct tuple *tuple)
{
	struct plain_key key = {.port = {tuple->port[0], tuple->port[1]}};

	memcpy(key.addr[0], tuple->addr[0], sizeof key.addr[0]);
	memcpy(key.addr[1], tuple->addr[1], sizeof key.addr[1]);
	return key;
}

/* Nothing in the context of a plain tuple tells it from another plain one. */
static bool is_plain(const struct flow_table *table, const struct tuple *tuple)
{
	return tuple_is_plain_ipv4(tuple) &&
	       ((table->parts & TUPLE_INTERFACE) == 0 || tuple->interface == 0);
}

static bool has_ends(const struct flow_table *table, const struct flow_node *node,
		     const struct tuple *tuple)
{
	struct plain_key key;

	if (!node->plain)
		return tuple_same_ends(&name_at(table, node->names)->tuple, tuple);
	if (tuple->ip_version != 4)
		return false;
	key = plain_key(tuple);
	return memcmp(&node->key, &key, sizeof key) == 0;
}

/* Whether a flow with these ends is known in the tuple's context. */
static bool was_met_in(const struct flow_table *table, const struct flow_node *node,
		       const struct tuple *tuple)
{
	static const struct tuple no_context;

	if (node->plain && tuple_same_context(&no_context, tuple, table->parts))
		return true;
	for (uint32_t at = node->names; at != POOL_NONE; at = name_at(table, at)->next) {
		if (tuple_same_context(&name_at(table, at)->tuple, tuple, table->parts))
			return true;
	}
	return false;
}

static uint32_t find_under(const struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	struct index_search search = flow_index_search(&table->index, print_of(hash));
	const struct flow_node *node;
	uint32_t handle;

	do {
		handle = flow_index_next(&table->index, &search);
		if (handle == POOL_NONE)
			return POOL_NONE;
		node = node_at(table, handle);
	} while (!has_ends(table, node, tuple) || !was_met_in(table, node, tuple));
	return handle;
}

uint32_t flow_table_find(const struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	uint32_t handle = find_under(table, tuple, hash);

	if (handle == POOL_NONE && table->crowded)
		handle = find_under(table, tuple,
				    tuple_context_hash(tuple, table->parts, &table->hash_key));
	return handle;
}

unsigned flow_table_same_ends(const struct flow_table *table, const struct tuple *tuple,
			      uint64_t hash, uint32_t flow[FLOW_SAME_ENDS_MAX])
{
	struct index_search search = flow_index_search(&table->index, print_of(hash));
	unsigned count = 0;
	uint32_t handle;

	while (count < FLOW_SAME_ENDS_MAX &&
	       (handle = flow_index_next(&table->index, &search)) != POOL_NONE) {
		if (has_ends(table, node_at(table, handle), tuple))
			flow[count++] = handle;
	}
	return count;
}

void flow_table_prefetch_index(const struct flow_table *table, uint64_t hash)
{
	flow_index_prefetch(&table->index, print_of(hash));
}

static uint32_t likely(const struct flow_table *table, uint64_t hash)
{
	struct index_search search = flow_index_search(&table->index, print_of(hash));

	return flow_index_next(&table->index, &search);
}

void flow_table_prefetch_node(const struct flow_table *table, uint64_t hash)
{
	uint32_t handle = likely(table, hash);

	if (handle != POOL_NONE)
		prefetch(node_at(table, handle), sizeof(struct flow_node));
}

void flow_table_prefetch_flow(const struct flow_table *table, uint64_t hash)
{
	uint32_t handle = likely(table, hash);

	if (handle != POOL_NONE)
		prefetch(flow_at(table, handle), sizeof(struct flow));
}

static void unlink_node(struct flow_table *table, struct flow_node *node)
{
	unsigned class;

	if (node->queue == 0)
		return;
	class = node->queue - 1U;
	if (node->older != POOL_NONE)
		node_at(table, node->older)->newer = node->newer;
	else
		table->oldest[class] = node->newer;
	if (node->newer != POOL_NONE)
		node_at(table, node->newer)->older = node->older;
	else
		table->newest[class] = node->older;
	node->older = node->newer = POOL_NONE;
	node->queue = 0;
}

void flow_table_classify(struct flow_table *table, uint32_t handle, enum flow_class class)
{
	struct flow_node *node = node_at(table, handle);

	if (node->queue == class + 1U && table->newest[class] == handle)
		return;
	unlink_node(table, node);
	node->queue = (uint8_t)(class + 1U);
	node->touched = false;
	node->older = table->newest[class];
	if (node->older != POOL_NONE)
		node_at(table, node->older)->newer = handle;
	else
		table->oldest[class] = handle;
	table->newest[class] = handle;
}

static bool set_key(struct flow_table *table, struct flow_node *node, const struct tuple *tuple)
{
	node->plain = is_plain(table, tuple);
	if (node->plain) {
		node->key = plain_key(tuple);
		return true;
	}
	node->names = pool_take(&table->names);
	if (node->names == POOL_NONE)
		return false;
	name_at(table, node->names)->tuple = *tuple;
	return true;
}

/* The hash under which the next flow with this tuple stands. */
static uint64_t hash_to_be(struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	uint32_t same[FLOW_SAME_ENDS_MAX];

	if (flow_table_same_ends(table, tuple, hash, same) < FLOW_SAME_ENDS_MAX)
		return hash;
	table->crowded = true;
	return tuple_context_hash(tuple, table->parts, &table->hash_key);
}

/* Gives back what the node holds, and itself. */
static void release_node(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	while (node->names != POOL_NONE) {
		uint32_t name = node->names;

		node->names = name_at(table, name)->next;
		pool_give(&table->names, name);
	}
	if (node->record != POOL_NONE)
		pool_give(&table->records, node->record);
	pool_give(&table->nodes, handle);
}

uint32_t flow_table_add(struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	uint32_t handle = pool_take(&table->nodes);
	struct flow_node *node;

	static_assert(sizeof *node <= PREFETCH_LINE_BYTES, "a node is one cache line");
	if (handle == POOL_NONE)
		return POOL_NONE;
	node = node_at(table, handle);
	node->print = print_of(hash_to_be(table, tuple, hash));
	node->record = pool_take(&table->records);
	if (!set_key(table, node, tuple) || node->record == POOL_NONE ||
	    !flow_index_add(&table->index, node->print, handle)) {
		release_node(table, handle);
		return POOL_NONE;
	}
	flow_at(table, handle)->tuple = *tuple;
	node->due.serial = ++table->total;
	flow_table_classify(table, handle, FLOW_HALF_OPEN);
	return handle;
}

void flow_table_remove(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	flow_index_remove(&table->index, node->print, handle);
	unlink_node(table, node);
	release_node(table, handle);
}

uint32_t flow_table_victim(struct flow_table *table)
{
	if (table->oldest[FLOW_HALF_OPEN] != POOL_NONE)
		return table->oldest[FLOW_HALF_OPEN];
	if (table->oldest[FLOW_OVER] != POOL_NONE)
		return table->oldest[FLOW_OVER];
	for (int i = 0; i < SECOND_CHANCES; i++) {
		uint32_t handle = table->oldest[FLOW_OPEN];

		if (handle == POOL_NONE || !node_at(table, handle)->touched)
			return handle;
		flow_table_classify(table, handle, FLOW_OPEN);
	}
	return table->oldest[FLOW_OPEN];
}

uint64_t flow_table_bytes(const struct flow_table *table)
{
	return table->nodes.used * (uint64_t)sizeof(struct flow_node) +
	       table->records.used * (uint64_t)sizeof(struct flow) +
	       table->names.used * (uint64_t)sizeof(struct flow_name) +
	       flow_index_bytes(&table->index);
}
