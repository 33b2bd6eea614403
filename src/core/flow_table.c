#include "core/flow_table.h"

#include <assert.h>
#include <string.h>

#include "core/flow_records.h"
#include "core/lone_syn.h"
#include "core/prefetch.h"

enum {
	SECOND_CHANCES = 64,
	FEW_FLOWS = 8,
};

bool flow_table_open(struct flow_table *table, const struct memory *memory,
		     const struct hash_key *hash_key, unsigned parts, uint32_t records_max)
{
	*table = (struct flow_table){
		.hash_key = *hash_key, .parts = parts, .records_max = records_max};
	static_assert(sizeof(struct flow) < 2048,
		      "a record is kept below 2 KiB (tests/bench/README.md)");
	pool_open(&table->nodes, memory, sizeof(struct flow_node));
	pool_open(&table->records, memory, sizeof(struct flow));
	pool_open(&table->names, memory, sizeof(struct flow_name));
	pool_open(&table->seats, memory, sizeof(struct seat));
	pool_open(&table->stretches, memory, sizeof(struct stretch));
	byte_store_open(&table->packed, memory);
	return flow_record_reserve_seats(table) && flow_index_open(&table->index, memory);
}

void flow_table_close(struct flow_table *table)
{
	pool_close(&table->nodes);
	pool_close(&table->records);
	pool_close(&table->names);
	pool_close(&table->seats);
	pool_close(&table->stretches);
	byte_store_close(&table->packed);
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
static inline bool is_plain(const struct flow_table *table, const struct tuple *tuple)
{
	return tuple_is_plain_ipv4(tuple) &&
	       ((table->parts & TUPLE_INTERFACE) == 0 || tuple->interface == 0);
}

static inline bool has_ends(const struct flow_table *table, const struct flow_node *node,
			    const struct tuple *tuple)
{
	if (!node->plain)
		return tuple_same_ends(&name_at(table, node->names)->tuple, tuple);
	return tuple->ip_version == 4 && node->key.port[0] == tuple->port[0] &&
	       node->key.port[1] == tuple->port[1] &&
	       memcmp(node->key.addr[0], tuple->addr[0], sizeof node->key.addr[0]) == 0 &&
	       memcmp(node->key.addr[1], tuple->addr[1], sizeof node->key.addr[1]) == 0;
}

static bool is_named_in(const struct flow_table *table, const struct flow_node *node,
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

/* Whether a flow with these ends is known in the tuple's context. */
static inline bool was_met_in(const struct flow_table *table, const struct flow_node *node,
			      const struct tuple *tuple)
{
	return (node->plain && is_plain(table, tuple)) || is_named_in(table, node, tuple);
}

static inline uint32_t find_under(const struct flow_table *table, const struct tuple *tuple,
				  uint64_t hash)
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

bool flow_table_is_small(const struct flow_table *table)
{
	return table->nodes.used <= FEW_FLOWS;
}

void flow_table_prefetch_index(const struct flow_table *table, uint64_t hash)
{
	if (!flow_table_is_small(table))
		flow_index_prefetch(&table->index, print_of(hash));
}

/* A flow under this hash, if there is any. */
static uint32_t likely(const struct flow_table *table, uint64_t hash)
{
	struct index_search search = flow_index_search(&table->index, print_of(hash));

	return flow_index_next(&table->index, &search);
}

uint32_t flow_table_prefetch_node(const struct flow_table *table, uint64_t hash)
{
	uint32_t handle = flow_table_is_small(table) ? POOL_NONE : likely(table, hash);

	if (handle != POOL_NONE)
		prefetch(node_at(table, handle), sizeof(struct flow_node));
	return handle;
}

/* Of several with the same ends, flow_table_find() finds the one that stands first. */
bool flow_table_is_of(const struct flow_table *table, uint32_t handle, const struct tuple *tuple)
{
	const struct flow_node *node = node_at(table, handle);

	return node->queue != 0 && node->plain && !node->shares_ends && is_plain(table, tuple) &&
	       has_ends(table, node, tuple);
}

/* What a segment of an open connection touches. */
static void prefetch_record(const struct flow_table *table, const struct flow_node *node)
{
	const struct flow *flow = pool_at(&table->records, node->record);
	const struct seat *seat = seat_at(table, node->record);

	if (node->steady == IN_STRETCH) {
		prefetch(stretch_at(table, seat), offsetof(struct stretch, frame));
		return;
	}
	prefetch(seat, sizeof *seat);
	prefetch(flow, offsetof(struct flow, close));
	prefetch(flow->frame, sizeof flow->frame);
}

void flow_table_prefetch_flow(const struct flow_table *table, uint32_t likely)
{
	const struct flow_node *node = node_at(table, likely);

	if (node->queue == 0)
		return; /* it has left since */
	if (node->packed_bytes != 0)
		prefetch(byte_store_at(&table->packed, node->record), node->packed_bytes);
	else
		prefetch_record(table, node);
}

void flow_table_prefetch_leaving(const struct flow_table *table, uint32_t soon, uint32_t next)
{
	const struct flow_node *node;

	if (soon != POOL_NONE)
		prefetch(node_at(table, soon), sizeof *node);
	if (next == POOL_NONE)
		return;
	node = node_at(table, next);
	if (node->packed_bytes != 0)
		prefetch(byte_store_at(&table->packed, node->record), node->packed_bytes);
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
	flow_table_end_express(table, node);
	if (node->packed_bytes == 0)
		seat_at(table, node->record)->idle = class != FLOW_OPEN;
	node->touched = false;
	node->older = table->newest[class];
	if (node->older != POOL_NONE)
		node_at(table, node->older)->newer = handle;
	else
		table->oldest[class] = handle;
	table->newest[class] = handle;
}

bool flow_table_set_key(struct flow_table *table, struct flow_node *node, const struct tuple *tuple)
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

static void forget_names(struct flow_table *table, struct flow_node *node)
{
	while (node->names != POOL_NONE) {
		uint32_t name = node->names;

		node->names = name_at(table, name)->next;
		pool_give(&table->names, name);
	}
}

static void give_record(struct flow_table *table, const struct flow_node *node)
{
	if (node->packed_bytes != 0)
		byte_store_give(&table->packed, node->record, node->packed_bytes);
	else if (node->record != POOL_NONE)
		flow_record_leave_seat(table, node->record);
}

/* Gives back what the node holds, and itself. */
static void release_node(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	forget_names(table, node);
	give_record(table, node);
	pool_give(&table->nodes, handle);
}

/* A node that the index does not know yet, without a record. */
static uint32_t new_node(struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	uint32_t handle = pool_take(&table->nodes);
	struct flow_node *node;

	static_assert(sizeof *node <= PREFETCH_LINE_BYTES, "a node is one cache line");
	if (handle == POOL_NONE)
		return POOL_NONE;
	node = node_at(table, handle);
	node->print = print_of(hash);
	if (flow_table_set_key(table, node, tuple))
		return handle;
	release_node(table, handle);
	return POOL_NONE;
}

/* With its record, if it has one; else it is given back. */
static uint32_t enter_node(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	if (node->record == POOL_NONE || !flow_index_add(&table->index, node->print, handle)) {
		release_node(table, handle);
		return POOL_NONE;
	}
	node->due.serial = ++table->total;
	flow_table_classify(table, handle, FLOW_HALF_OPEN);
	return handle;
}

/* All that share their ends with another flow know it; more than so many of them stand under the
 * hash of their context. */
uint32_t flow_table_add(struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	uint32_t same[FLOW_SAME_ENDS_MAX], handle;
	unsigned count = flow_table_same_ends(table, tuple, hash, same);

	for (unsigned i = 0; i < count; i++) {
		flow_table_end_express(table, node_at(table, same[i]));
		node_at(table, same[i])->shares_ends = true;
	}
	if (count == FLOW_SAME_ENDS_MAX) {
		table->crowded = true;
		hash = tuple_context_hash(tuple, table->parts, &table->hash_key);
	}
	handle = new_node(table, tuple, hash);
	if (handle == POOL_NONE)
		return POOL_NONE;
	node_at(table, handle)->shares_ends = count > 0;
	if (flow_record_take_seat(table, handle))
		flow_at(table, handle)->tuple = *tuple;
	return enter_node(table, handle);
}

bool flow_table_may_know(const struct flow_table *table, uint64_t hash)
{
	return table->crowded || likely(table, hash) != POOL_NONE;
}

uint32_t flow_table_add_lone(struct flow_table *table, const struct tuple *tuple, uint64_t hash,
			     const struct lone_syn *syn)
{
	uint32_t handle = new_node(table, tuple, hash);

	if (handle == POOL_NONE)
		return POOL_NONE;
	assert(node_at(table, handle)->plain);
	flow_record_keep_bytes(table, node_at(table, handle), (const uint8_t *)syn, sizeof *syn);
	node_at(table, handle)->lone_syn = true;
	return enter_node(table, handle);
}

void flow_table_remove(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	flow_index_remove(&table->index, node->print, handle);
	unlink_node(table, node);
	release_node(table, handle);
}

void flow_table_dismiss(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	forget_names(table, node);
	if (node->packed_bytes != 0)
		byte_store_dismiss(&table->packed, node->packed_bytes);
	else
		flow_record_leave_seat(table, node->record);
	flow_index_dismiss(&table->index);
	pool_dismiss(&table->nodes);
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
	       table->records.used * (uint64_t)(sizeof(struct flow) + sizeof(struct seat)) +
	       table->stretches.used * (uint64_t)sizeof(struct stretch) + table->packed.bytes +
	       table->names.used * (uint64_t)sizeof(struct flow_name) +
	       flow_index_bytes(&table->index);
}
