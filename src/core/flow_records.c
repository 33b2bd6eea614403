#include "core/flow_records.h"

#include <assert.h>
#include <string.h>

#include "core/diary_seal.h"

enum {
	/* More than one segment or deadline can need: some of its own, and all with its ends. */
	SEATS_SPARE = 8 + FLOW_SAME_ENDS_MAX,
	/* Where the clock jumps back and forth, copies of frames may still come when they are old.
	 */
	FRAME_ROUNDS = 4096,
};

bool flow_record_reserve_seats(struct flow_table *table)
{
	return pool_reserve(&table->records, SEATS_SPARE) &&
	       pool_reserve(&table->seats, SEATS_SPARE);
}

/* Both pools are always used in step. */
bool flow_record_take_seat(struct flow_table *table, uint32_t handle)
{
	uint32_t record = pool_take(&table->records);
	uint32_t seat = record == POOL_NONE ? POOL_NONE : pool_take(&table->seats);

	if (seat == POOL_NONE) {
		if (record != POOL_NONE)
			pool_give(&table->records, record);
		return false;
	}
	assert(seat == record);
	node_at(table, handle)->record = record;
	seat_at(table, record)->flow = handle;
	return true;
}

void flow_record_leave_seat(struct flow_table *table, uint32_t record)
{
	uint32_t stretch = seat_at(table, record)->stretch;

	if (stretch != POOL_NONE)
		pool_give(&table->stretches, stretch);
	pool_give(&table->records, record);
	pool_give(&table->seats, record);
}

bool flow_record_keep_bytes(struct flow_table *table, struct flow_node *node, const uint8_t *bytes,
			    size_t count)
{
	uint32_t record = byte_store_put(&table->packed, bytes, count);

	if (record == POOL_NONE)
		return false;
	node->record = record;
	node->packed_bytes = (uint16_t)count;
	return true;
}

bool flow_table_keep_packed(struct flow_table *table, uint32_t handle, const struct flow *flow,
			    enum flow_part part)
{
	struct flow_node *node = node_at(table, handle);
	uint8_t packed[FLOW_PACKED_MAX_BYTES];
	struct lone_syn syn;
	bool is_lone = node->plain && lone_syn_pack(flow, part, &syn);
	size_t bytes = is_lone ? sizeof syn : flow_pack(flow, part, packed);

	static_assert((size_t)FLOW_PACKED_MAX_BYTES <= (size_t)BYTE_STORE_MAX_BYTES,
		      "every record can be packed");
	if (!flow_record_keep_bytes(table, node, is_lone ? (const uint8_t *)&syn : packed, bytes))
		return false;
	node->lone_syn = is_lone;
	node->diary = node->sealed = false;
	return true;
}

bool flow_table_keep_diary(struct flow_table *table, uint32_t handle, const struct diary *diary,
			   size_t bytes)
{
	struct flow_node *node = node_at(table, handle);
	const struct flow_node before = *node;

	if (!flow_record_keep_bytes(table, node, (const uint8_t *)diary, bytes))
		return false;
	byte_store_give(&table->packed, before.record, before.packed_bytes);
	node->lone_syn = false;
	node->diary = true;
	return true;
}

void flow_table_seal_diary(struct flow_table *table, uint32_t handle)
{
	uint8_t sealed[DIARY_SEALED_MAX_BYTES];
	struct flow_node *node = node_at(table, handle);
	const struct flow_node before = *node;

	static_assert((size_t)DIARY_SEALED_MAX_BYTES <= (size_t)BYTE_STORE_MAX_BYTES,
		      "every diary can be sealed");
	if (!flow_record_keep_bytes(table, node, sealed,
				    diary_seal(flow_table_packed(table, handle), sealed)))
		return;
	byte_store_give(&table->packed, before.record, before.packed_bytes);
	node->sealed = true;
}

static bool pack(struct flow_table *table, uint32_t handle, int64_t fresh_ns)
{
	const struct flow *flow = flow_at(table, handle);
	uint32_t record = node_at(table, handle)->record;
	uint32_t rounds = table->round - seat_at(table, record)->round;
	bool stale = flow->clock_ns < fresh_ns && rounds > FRAME_ROUNDS;

	if (!flow_table_keep_packed(table, handle, flow, stale ? FLOW_WITHOUT_FRAMES : FLOW_WHOLE))
		return false;
	flow_record_leave_seat(table, record);
	return true;
}

/* The ends, which are not packed, stand in the node or in its first name. */
static void restore_ends(const struct flow_table *table, const struct flow_node *node,
			 struct tuple *tuple)
{
	if (!node->plain) {
		*tuple = name_at(table, node->names)->tuple;
		return;
	}
	memcpy(tuple->addr[0], node->key.addr[0], sizeof node->key.addr[0]);
	memcpy(tuple->addr[1], node->key.addr[1], sizeof node->key.addr[1]);
	memcpy(tuple->port, node->key.port, sizeof tuple->port);
}

void flow_table_copy_tuple(const struct flow_table *table, uint32_t handle, struct tuple *tuple)
{
	*tuple = (struct tuple){.ip_version = 4};
	restore_ends(table, node_at(table, handle), tuple);
}

void flow_table_copy_lone(const struct flow_table *table, uint32_t handle, struct tuple *tuple,
			  struct lone_syn *syn)
{
	const struct flow_node *node = node_at(table, handle);

	assert(flow_table_is_lone(node));
	flow_table_copy_tuple(table, handle, tuple);
	memcpy(syn, byte_store_at(&table->packed, node->record), sizeof *syn);
}

static void unpack_diary(const struct flow_node *node, const uint8_t *packed, struct flow *flow)
{
	const struct diary *diary = (const struct diary *)(const void *)packed;
	struct diary unsealed;

	if (node->sealed)
		diary_unpack(&unsealed, diary_unseal(packed, node->packed_bytes, &unsealed), flow);
	else
		diary_unpack(diary, (const uint8_t *)(diary + 1), flow);
}

static void unpack(const struct flow_table *table, const struct flow_node *node, struct flow *flow)
{
	const uint8_t *packed = byte_store_at(&table->packed, node->record);
	struct lone_syn syn;

	if (node->diary) {
		unpack_diary(node, packed, flow);
	} else if (node->lone_syn) {
		memcpy(&syn, packed, sizeof syn);
		lone_syn_unpack(&syn, flow);
	} else {
		flow_unpack(packed, flow);
	}
	restore_ends(table, node, &flow->tuple);
}

static void unpack_record(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);
	const struct flow_node packed = *node;
	bool seated = flow_record_take_seat(table, handle);

	assert(seated); /* flow_table_reserve() saw to it */
	(void)seated;
	node->packed_bytes = 0;
	node->diary = node->sealed = node->lone_syn = false;
	unpack(table, &packed, pool_at(&table->records, node->record));
	seat_at(table, node->record)->idle = node->queue != FLOW_OPEN + 1;
	byte_store_give(&table->packed, packed.record, packed.packed_bytes);
}

static void enter_stretch(struct flow_table *table, struct flow_node *node)
{
	flow_table_end_express(table, node);
	stretch_enter(stretch_at(table, seat_at(table, node->record)),
		      pool_at(&table->records, node->record));
	node->steady = STEADY;
}

void flow_table_make_record(struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);

	if (node->packed_bytes != 0)
		unpack_record(table, handle);
	else
		enter_stretch(table, node);
}

void flow_table_copy(const struct flow_table *table, uint32_t handle, struct flow *flow)
{
	const struct flow_node *node = node_at(table, handle);

	memset(flow, 0, sizeof *flow);
	if (node->packed_bytes != 0) {
		unpack(table, node, flow);
		return;
	}
	memcpy(flow, pool_at(&table->records, node->record), sizeof *flow);
	if (node->steady == IN_STRETCH)
		stretch_enter(stretch_at(table, seat_at(table, node->record)), flow);
}

/* Looks at the next seat; false where its flow should be packed and there is no memory to. */
static bool look(struct flow_table *table, int64_t fresh_ns, bool crowded)
{
	struct seat *seat;

	table->hand = table->hand >= table->seats.ever ? 1 : table->hand + 1;
	seat = seat_at(table, table->hand);
	if (seat->flow == POOL_NONE)
		return true;
	if (seat->recent) {
		flow_table_end_express(table, node_at(table, seat->flow));
		seat->recent = false;
		return true;
	}
	return (!seat->idle && !crowded) || pack(table, seat->flow, fresh_ns);
}

bool flow_table_reserve(struct flow_table *table, int64_t fresh_ns)
{
	uint32_t looks = 2 * table->seats.ever;

	while (table->records.used + SEATS_SPARE > table->records_max && looks-- > 0) {
		if (!look(table, fresh_ns, true))
			return false;
	}
	return flow_record_reserve_seats(table);
}

void flow_table_pack_idle(struct flow_table *table, int64_t fresh_ns)
{
	look(table, fresh_ns, false);
}
