/*
 * All flows: a pool of records, an open-addressed index by keyed hash, and three queues from which
 * flows are evicted when the table is full.
 *
 * Whoever is least useful leaves first: half-open flows (nobody answered), then those that only
 * wait for the end of TIME-WAIT or of the silence after a reset, then the one longest silent. A
 * flood of SYNs can therefore not push out connections.
 */
#ifndef TCPBYE_CORE_FLOW_TABLE_H
#define TCPBYE_CORE_FLOW_TABLE_H

#include "core/flow.h"
#include "core/pool.h"

enum flow_class { FLOW_HALF_OPEN, FLOW_OVER, FLOW_OPEN, FLOW_CLASSES };

struct flow_table {
	struct pool flows;
	const struct memory *memory;
	struct hash_key key;
	struct flow_slot *slot;
	uint32_t slots; /* a power of two */
	uint32_t oldest[FLOW_CLASSES], newest[FLOW_CLASSES];
	uint64_t total;
};

/* False when there is no memory. */
bool flow_table_open(struct flow_table *table, const struct memory *memory,
		     const struct hash_key *key);
void flow_table_close(struct flow_table *table);

/* The flow of a tuple, or POOL_NONE. */
uint32_t flow_table_find(const struct flow_table *table, const struct tuple *tuple, uint64_t hash);

/* Fetches the index entries of a hash into the cache; then, in a second round, what they point to.
 */
void flow_table_prefetch_slot(const struct flow_table *table, uint64_t hash);
void flow_table_prefetch_flow(const struct flow_table *table, uint64_t hash);

/* A new, zeroed flow for the tuple, in class FLOW_HALF_OPEN; POOL_NONE when there is no memory. */
uint32_t flow_table_add(struct flow_table *table, const struct tuple *tuple, uint64_t hash);

/* Takes the flow out of index and queues and frees its record. */
void flow_table_remove(struct flow_table *table, uint32_t handle);

/* Moves the flow to a class, as the last to leave it. */
void flow_table_classify(struct flow_table *table, uint32_t handle, enum flow_class class);

/* The flow to evict next, or POOL_NONE in an empty table. */
uint32_t flow_table_victim(struct flow_table *table);

static inline struct flow *flow_at(const struct flow_table *table, uint32_t flow)
{
	return pool_at(&table->flows, flow);
}

#endif
