#include "core/flow_table.h"

#include "core/prefetch.h"

enum { FIRST_SLOTS = 2048, SECOND_CHANCES = 64 };

/* 32 bits of the hash spare most looks at flows that are not meant. flow POOL_NONE: free. */
struct flow_slot {
	uint32_t fingerprint;
	uint32_t flow;
};

bool flow_table_open(struct flow_table *table, const struct memory *memory,
		     const struct hash_key *key)
{
	*table = (struct flow_table){.memory = memory, .key = *key, .slots = FIRST_SLOTS};
	pool_open(&table->flows, memory, sizeof(struct flow));
	table->slot = memory->allocate(FIRST_SLOTS * sizeof *table->slot);
	return table->slot != NULL;
}

void flow_table_close(struct flow_table *table)
{
	pool_close(&table->flows);
	if (table->slot != NULL)
		table->memory->release(table->slot);
	table->slot = NULL;
}

static uint32_t fingerprint(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static uint32_t home(const struct flow_table *table, uint32_t print)
{
	return (print * UINT32_C(2654435769)) & (table->slots - 1);
}

uint32_t flow_table_find(const struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	uint32_t print = fingerprint(hash);

	for (uint32_t at = home(table, print);; at = (at + 1) & (table->slots - 1)) {
		const struct flow_slot *slot = &table->slot[at];

		if (slot->flow == POOL_NONE)
			return POOL_NONE;
		if (slot->fingerprint == print &&
		    tuple_equal(&flow_at(table, slot->flow)->tuple, tuple))
			return slot->flow;
	}
}

void flow_table_prefetch_slot(const struct flow_table *table, uint64_t hash)
{
	prefetch(&table->slot[home(table, fingerprint(hash))], sizeof *table->slot);
}

void flow_table_prefetch_flow(const struct flow_table *table, uint64_t hash)
{
	uint32_t print = fingerprint(hash);

	for (uint32_t at = home(table, print);; at = (at + 1) & (table->slots - 1)) {
		const struct flow_slot *slot = &table->slot[at];

		if (slot->flow == POOL_NONE)
			return;
		if (slot->fingerprint == print) {
			prefetch(flow_at(table, slot->flow), sizeof(struct flow));
			return;
		}
	}
}

static void put(struct flow_table *table, struct flow_slot entry)
{
	uint32_t at = home(table, entry.fingerprint);

	while (table->slot[at].flow != POOL_NONE)
		at = (at + 1) & (table->slots - 1);
	table->slot[at] = entry;
}

static bool widen(struct flow_table *table)
{
	struct flow_slot *old = table->slot;
	uint32_t old_slots = table->slots;
	struct flow_slot *wider = table->memory->allocate(2 * (size_t)old_slots * sizeof *wider);

	if (wider == NULL)
		return false;
	table->slot = wider;
	table->slots = 2 * old_slots;
	for (uint32_t i = 0; i < old_slots; i++) {
		if (old[i].flow != POOL_NONE)
			put(table, old[i]);
	}
	table->memory->release(old);
	return true;
}

static void unlink_flow(struct flow_table *table, struct flow *flow)
{
	unsigned class;

	if (flow->queue == 0)
		return;
	class = flow->queue - 1U;
	if (flow->older != POOL_NONE)
		flow_at(table, flow->older)->newer = flow->newer;
	else
		table->oldest[class] = flow->newer;
	if (flow->newer != POOL_NONE)
		flow_at(table, flow->newer)->older = flow->older;
	else
		table->newest[class] = flow->older;
	flow->older = flow->newer = POOL_NONE;
	flow->queue = 0;
}

void flow_table_classify(struct flow_table *table, uint32_t handle, enum flow_class class)
{
	struct flow *flow = flow_at(table, handle);

	if (flow->queue == class + 1U && table->newest[class] == handle)
		return;
	unlink_flow(table, flow);
	flow->queue = (uint8_t)(class + 1U);
	flow->touched = false;
	flow->older = table->newest[class];
	if (flow->older != POOL_NONE)
		flow_at(table, flow->older)->newer = handle;
	else
		table->oldest[class] = handle;
	table->newest[class] = handle;
}

uint32_t flow_table_add(struct flow_table *table, const struct tuple *tuple, uint64_t hash)
{
	uint32_t handle;
	struct flow *flow;

	if (table->flows.used >= table->slots / 2 && !widen(table) &&
	    table->flows.used >= table->slots - 1)
		return POOL_NONE;
	handle = pool_take(&table->flows);
	if (handle == POOL_NONE)
		return POOL_NONE;
	flow = flow_at(table, handle);
	flow->tuple = *tuple;
	flow->hash = hash;
	put(table, (struct flow_slot){fingerprint(hash), handle});
	flow_table_classify(table, handle, FLOW_HALF_OPEN);
	table->total++;
	return handle;
}

/* Open addressing without tombstones: what follows moves up where it may. */
static void erase(struct flow_table *table, uint32_t hole)
{
	uint32_t mask = table->slots - 1;

	for (uint32_t at = (hole + 1) & mask; table->slot[at].flow != POOL_NONE;
	     at = (at + 1) & mask) {
		uint32_t wanted = home(table, table->slot[at].fingerprint);

		if (((at - wanted) & mask) >= ((at - hole) & mask)) {
			table->slot[hole] = table->slot[at];
			hole = at;
		}
	}
	table->slot[hole] = (struct flow_slot){0, POOL_NONE};
}

void flow_table_remove(struct flow_table *table, uint32_t handle)
{
	struct flow *flow = flow_at(table, handle);
	uint32_t at = home(table, fingerprint(flow->hash));

	while (table->slot[at].flow != handle)
		at = (at + 1) & (table->slots - 1);
	erase(table, at);
	unlink_flow(table, flow);
	pool_give(&table->flows, handle);
}

uint32_t flow_table_victim(struct flow_table *table)
{
	if (table->oldest[FLOW_HALF_OPEN] != POOL_NONE)
		return table->oldest[FLOW_HALF_OPEN];
	if (table->oldest[FLOW_OVER] != POOL_NONE)
		return table->oldest[FLOW_OVER];
	for (int i = 0; i < SECOND_CHANCES; i++) {
		uint32_t handle = table->oldest[FLOW_OPEN];

		if (handle == POOL_NONE || !flow_at(table, handle)->touched)
			return handle;
		flow_table_classify(table, handle, FLOW_OPEN);
	}
	return table->oldest[FLOW_OPEN];
}
