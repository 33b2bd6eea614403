/*
 * All flows: their records, an index by keyed hash, and three queues from which flows are evicted
 * when the table is full.
 *
 * What the table itself must know of a flow is its node, one cache line; the record is looked at
 * only when a segment or a deadline concerns the flow. In between, records that nobody has asked
 * for in a while are packed: those of flows that are half-open or over soon, the others when more
 * than a fixed number stand unpacked. flow_at() unpacks them again, and enters what plain segments
 * of late have only noted beside it (stretch.h). A connection that begins with a
 * SYN has no record at first: the SYN is kept, then, while its life is ordinary, a diary
 * (ordinary.h), of which flow_at() makes the record.
 *
 * The hash is that of the ends: flows with the same ends in several contexts (VLANs, tunnels) stand
 * side by side, so that each can be compared with the others. More than FLOW_SAME_ENDS_MAX of them
 * go by their context's hash, so that nobody can make such a row long. A flow may be met in further
 * contexts, which are kept as its names: it is found under each of them.
 *
 * Whoever is least useful leaves first: half-open flows (nobody answered), then those that only
 * wait for the end of TIME-WAIT or of the silence after a reset, then the one longest silent. A
 * flood of SYNs can therefore not push out connections.
 */
#ifndef TCPBYE_CORE_FLOW_TABLE_H
#define TCPBYE_CORE_FLOW_TABLE_H

#include "core/byte_store.h"
#include "core/deadlines.h"
#include "core/flow.h"
#include "core/flow_index.h"
#include "core/flow_pack.h"
#include "core/pool.h"
#include "core/stretch.h"

struct diary;    /* core/diary.h */
struct lone_syn; /* core/lone_syn.h */

enum { FLOW_SAME_ENDS_MAX = 16, FLOW_NAMES_MAX = 8 };

enum {
	FLOW_ROOMY_SHARE = 64,    /* while less of the records are in use, none is packed unasked */
	FLOW_ROUNDS_PER_LOOK = 4, /* the hand comes by less often than segments of a living flow */
};

/* A tuple under which a flow is known. */
struct flow_name {
	struct tuple tuple;
	uint32_t next;
};

/* How its next plain segment may go (steady.h). */
enum steadiness {
	UNSTEADY,   /* the long way */
	STEADY,     /* the short way */
	IN_STRETCH, /* the same, as others have before it that are not entered in its record yet */
};

enum flow_class { FLOW_HALF_OPEN, FLOW_OVER, FLOW_OPEN, FLOW_CLASSES };

/* Two IPv4 addresses and ports. */
struct plain_key {
	uint8_t addr[2][4];
	uint16_t port[2];
};

struct flow_node {
	struct deadline due;  /* first: the deadlines' pool is this one */
	struct plain_key key; /* where it is plain */
	uint32_t names;  /* chain of further names; where it is not plain, the first is its key */
	uint32_t print;  /* under which the index knows it */
	uint32_t record; /* handle of its struct flow, or of its packed bytes */
	uint32_t older, newer; /* in its class's queue */
	uint16_t packed_bytes; /* 0: it is not packed */
	uint8_t queue;         /* enum flow_class + 1; 0: in none */
	bool plain;
	bool touched;         /* since it was last looked at as a victim */
	uint8_t steady;       /* enum steadiness */
	bool lone_syn;        /* what is packed is a struct lone_syn */
	bool shares_ends : 1; /* there was another flow with its ends */
	bool diary : 1;       /* what is packed is a struct diary */
	bool sealed : 1;      /* and that in its compact form (diary_seal.h) */
};

/* Beside each record, with the same handle. What stands first is the pool's while it is free. */
struct seat {
	bool recent;      /* a segment came since it was last looked at */
	bool idle;        /* of a flow that is half-open or over */
	uint32_t flow;    /* POOL_NONE: the seat is free */
	uint32_t round;   /* when a segment came */
	uint32_t stretch; /* POOL_NONE: it has had none; told of while it is IN_STRETCH */
};

/* What a record takes that stands unpacked, with all that may belong to it. */
#define FLOW_UNPACKED_BYTES (sizeof(struct flow) + sizeof(struct seat) + sizeof(struct stretch))

struct flow_table {
	struct pool nodes, seats;
	uint32_t round;       /* segments taken: see flow_table_next_round() */
	uint32_t hand;        /* the seat that was last looked at */
	uint32_t records_max; /* that may stand unpacked between segments */
	struct pool stretches, records, names;
	struct byte_store packed;
	struct flow_index index;
	struct hash_key hash_key;
	unsigned parts; /* TUPLE_*: what of the context tells flows apart */
	bool crowded;   /* flows went by their context's hash */
	uint32_t oldest[FLOW_CLASSES], newest[FLOW_CLASSES];
	uint64_t total;
};

/* False when there is no memory. */
bool flow_table_open(struct flow_table *table, const struct memory *memory,
		     const struct hash_key *hash_key, unsigned parts, uint32_t records_max);
void flow_table_close(struct flow_table *table);

/* The flow of a tuple, or POOL_NONE; `hash` is tuple_hash(). */
uint32_t flow_table_find(const struct flow_table *table, const struct tuple *tuple, uint64_t hash);

/* Flows with the tuple's ends in whatever context, at most FLOW_SAME_ENDS_MAX; returns how many. */
unsigned flow_table_same_ends(const struct flow_table *table, const struct tuple *tuple,
			      uint64_t hash, uint32_t flow[FLOW_SAME_ENDS_MAX]);

/* So few flows that the processor still holds what it needs of them. */
bool flow_table_is_small(const struct flow_table *table);

/* Fetches into the cache the index entries of a hash; in a second round, the node that they point
 * to, whose handle is returned, or POOL_NONE; in a third, its record. */
void flow_table_prefetch_index(const struct flow_table *table, uint64_t hash);
uint32_t flow_table_prefetch_node(const struct flow_table *table, uint64_t hash);
void flow_table_prefetch_flow(const struct flow_table *table, uint32_t likely);

/* The same of two flows that will leave before long: the node of one, and what is packed of the
 * other. POOL_NONE: of none. */
void flow_table_prefetch_leaving(const struct flow_table *table, uint32_t soon, uint32_t next);

/* True where there is a flow of that handle, and it is the one that flow_table_find() would find
 * for this tuple. False says nothing. */
bool flow_table_is_of(const struct flow_table *table, uint32_t handle, const struct tuple *tuple);

/* A new, zeroed flow for the tuple, in class FLOW_HALF_OPEN; POOL_NONE when there is no memory. */
uint32_t flow_table_add(struct flow_table *table, const struct tuple *tuple, uint64_t hash);

/* False where no flow stands under this hash: none has the ends that it is of, in whatever context.
 */
bool flow_table_may_know(const struct flow_table *table, uint64_t hash);

/* The same as flow_table_add() for a plain tuple with none of whose ends a flow is known, but of
 * the flow only this SYN is kept. */
uint32_t flow_table_add_lone(struct flow_table *table, const struct tuple *tuple, uint64_t hash,
			     const struct lone_syn *syn);

/* The addresses and ports of a flow, and whatever else its tuple holds. */
void flow_table_copy_tuple(const struct flow_table *table, uint32_t handle, struct tuple *tuple);

/* The tuple and the SYN of a flow for which flow_table_is_lone(). */
void flow_table_copy_lone(const struct flow_table *table, uint32_t handle, struct tuple *tuple,
			  struct lone_syn *syn);

/* What a new node is known by; false when there is no memory. */
bool flow_table_set_key(struct flow_table *table, struct flow_node *node,
			const struct tuple *tuple);

/* Gives a flow that has no record this one, packed; false when there is no memory. */
bool flow_table_keep_packed(struct flow_table *table, uint32_t handle, const struct flow *flow,
			    enum flow_part part);

/* Keeps so many bytes of this diary instead of what is packed of the flow; false, and nothing is
 * changed, when there is no memory. */
bool flow_table_keep_diary(struct flow_table *table, uint32_t handle, const struct diary *diary,
			   size_t bytes);

/* Keeps the compact form of the flow's diary, which is over, instead of it. Where there is no
 * memory for it, the diary stays. */
void flow_table_seal_diary(struct flow_table *table, uint32_t handle);

/* Takes the flow out of index and queues and frees its record. */
void flow_table_remove(struct flow_table *table, uint32_t handle);

/* The same where no flow is looked for, added or evicted any more: index, queues and memory stay as
 * they are, and are only not counted for it. */
void flow_table_dismiss(struct flow_table *table, uint32_t handle);

/* Moves the flow to a class, as the last to leave it. */
void flow_table_classify(struct flow_table *table, uint32_t handle, enum flow_class class);

/* The flow to evict next, or POOL_NONE in an empty table. */
uint32_t flow_table_victim(struct flow_table *table);

/* So few records stand unpacked that none is packed unasked. */
static inline bool flow_table_is_roomy(const struct flow_table *table)
{
	return table->seats.used <= table->records_max / FLOW_ROOMY_SHARE;
}

/* Another segment was taken. True where it is time to look for an idle record. */
static inline bool flow_table_next_round(struct flow_table *table)
{
	table->round++;
	return table->round % FLOW_ROUNDS_PER_LOOK == 0 && !flow_table_is_roomy(table);
}

/*
 * Looks at a record, and packs it if nobody has asked for it since the last look; where there is no
 * memory for that, it stays. `fresh_ns` is the core time since which copies of frames still matter.
 * To be called between segments: this and the next take the ground from under every struct flow.
 */
void flow_table_pack_idle(struct flow_table *table, int64_t fresh_ns);

/* Sees to it that a few more flows can be unpacked, and packs others if need be. False where there
 * is no memory for it: flows must leave. */
bool flow_table_reserve(struct flow_table *table, int64_t fresh_ns);

/* Unpacks the flow's record, or enters its stretch. */
void flow_table_make_record(struct flow_table *table, uint32_t handle);

/* A copy of the flow's record, however it is kept. */
void flow_table_copy(const struct flow_table *table, uint32_t handle, struct flow *flow);

/* What it takes, by counts of what is in use. */
uint64_t flow_table_bytes(const struct flow_table *table);

static inline struct flow_node *node_at(const struct flow_table *table, uint32_t flow)
{
	return pool_place(&table->nodes, flow, sizeof(struct flow_node));
}

/* Of this flow nothing but a SYN between two IPv4 addresses is kept. */
static inline bool flow_table_is_lone(const struct flow_node *node)
{
	return node->packed_bytes != 0 && node->lone_syn;
}

static inline struct seat *seat_at(const struct flow_table *table, uint32_t record)
{
	return pool_place(&table->seats, record, sizeof(struct seat));
}

/* Of a flow that has had one. */
static inline struct stretch *stretch_at(const struct flow_table *table, const struct seat *seat)
{
	return pool_place(&table->stretches, seat->stretch, sizeof(struct stretch));
}

/* What is packed of the flow. */
static inline void *flow_table_packed(const struct flow_table *table, uint32_t flow)
{
	return byte_store_at(&table->packed, node_at(table, flow)->record);
}

/* The express way does not lead to the flow's stretch any more, if it did: what happened there is
 * entered into its seat. */
static inline void flow_table_end_express(struct flow_table *table, const struct flow_node *node)
{
	struct seat *seat;
	struct stretch *stretch;

	if (node->packed_bytes != 0 || node->steady != IN_STRETCH)
		return;
	seat = seat_at(table, node->record);
	stretch = stretch_at(table, seat);
	if (stretch->express != 0)
		seat->round = stretch->round;
	stretch->express = 0;
}

static inline void flow_table_touch_seat(const struct flow_table *table, struct flow_node *node,
					 struct seat *seat)
{
	node->touched = true;
	seat->recent = true;
	seat->round = table->round;
}

/* A segment of the flow came; its record must stand unpacked. */
static inline void flow_table_touch(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	flow_table_touch_seat(table, node, seat_at(table, node->record));
}

/* The flow's record, until flow_table_pack_idle() or flow_table_reserve(). */
static inline struct flow *flow_at(struct flow_table *table, uint32_t flow)
{
	struct flow_node *node = node_at(table, flow);

	if (node->packed_bytes != 0 || node->steady == IN_STRETCH)
		flow_table_make_record(table, flow);
	return pool_place(&table->records, node->record, sizeof(struct flow));
}

static inline struct flow_name *name_at(const struct flow_table *table, uint32_t name)
{
	return pool_at(&table->names, name);
}

#endif
