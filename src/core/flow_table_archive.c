#include "core/flow_table_archive.h"

#include "core/flow_archive.h"
#include "core/pool_archive.h"
#include "core/segment_archive.h"

/* More records stand unpacked than should only while a segment is looked at. */
enum { RECORDS_BEYOND = 1024, INDEX_BITS_MOST = 28 };

void flow_table_archive_shape(struct archive *archive, struct flow_table *table,
			      uint64_t most_flows)
{
	uint64_t records = (uint64_t)table->records_max + RECORDS_BEYOND;

	ARCHIVE(archive, table->total);
	ARCHIVE_FLAG(archive, table->crowded);
	ARCHIVE(archive, table->hand);
	ARCHIVE(archive, table->round);
	pool_archive(archive, &table->nodes, most_flows * sizeof(struct flow_node));
	pool_archive(archive, &table->records, records * sizeof(struct flow));
	pool_archive(archive, &table->seats, records * sizeof(struct seat));
}

/* A seat and the record that belongs to it, which have the same handle. Of a stretch, which has
 * been entered into the record, there is only the place; without memory for it, it will have none.
 */
static void seat_archive(struct archive *archive, struct flow_table *table, uint32_t handle,
			 struct flow_node *node)
{
	struct seat *seat;

	node->record = pool_archive_item(archive, &table->records, node->record);
	if (pool_archive_item(archive, &table->seats, node->record) != node->record)
		archive_refuse(archive, "seat");
	if (!archive_is_well(archive))
		return;
	flow_table_end_express(table, node);
	seat = seat_at(table, node->record);
	seat->flow = handle;
	if (archive_flag(archive, "seat->stretch", seat->stretch != POOL_NONE) &&
	    archive->way == ARCHIVE_READS)
		seat->stretch = pool_take(&table->stretches);
	ARCHIVE_FLAG(archive, seat->recent);
	ARCHIVE(archive, seat->round);
}

/* A flow that was met in further contexts: the first name of a tuple that is not plain is its key.
 */
static void names_archive(struct archive *archive, struct flow_table *table, struct flow_node *node)
{
	uint32_t *link = node->plain ? &node->names : &name_at(table, node->names)->next;

	while (archive_present(archive, "name", *link != POOL_NONE)) {
		uint32_t count = 0;

		if (archive->way == ARCHIVE_READS)
			*link = pool_take(&table->names);
		for (uint32_t at = node->names; at != POOL_NONE; at = name_at(table, at)->next)
			count++;
		if (*link == POOL_NONE || count > FLOW_NAMES_MAX) {
			archive_refuse(archive, "name");
			return;
		}
		tuple_archive(archive, &name_at(table, *link)->tuple);
		link = &name_at(table, *link)->next;
	}
}

static void node_archive(struct archive *archive, struct flow_table *table, uint32_t handle)
{
	struct flow_node *node = node_at(table, handle);
	bool packed = archive_flag(archive, "packed", node->packed_bytes != 0);

	ARCHIVE(archive, node->due.serial);
	ARCHIVE(archive, node->print);
	names_archive(archive, table, node);
	if (!packed)
		seat_archive(archive, table, handle, node);
	ARCHIVE_FLAG(archive, node->touched);
	ARCHIVE_FLAG(archive, node->shares_ends);
	if (archive_flag(archive, "node->steady", node->steady != UNSTEADY) &&
	    archive->way == ARCHIVE_READS)
		node->steady = STEADY;
}

uint32_t flow_table_archive_flow(struct archive *archive, struct flow_table *table, uint32_t handle,
				 struct flow *flow)
{
	flow_archive(archive, flow);
	handle = pool_archive_item(archive, &table->nodes, handle);
	if (!archive_is_well(archive))
		return POOL_NONE;
	if (archive->way == ARCHIVE_READS &&
	    !flow_table_set_key(table, node_at(table, handle), &flow->tuple))
		archive_refuse(archive, "no memory");
	else
		node_archive(archive, table, handle);
	return archive_is_well(archive) ? handle : POOL_NONE;
}

void flow_table_settle_flow(struct archive *archive, struct flow_table *table, uint32_t handle,
			    enum flow_class class, const struct flow *flow)
{
	struct flow_node *node = node_at(table, handle);
	bool touched = node->touched;

	if (node->record != POOL_NONE)
		*(struct flow *)pool_at(&table->records, node->record) = *flow;
	else if (!flow_table_keep_packed(table, handle, flow, FLOW_WHOLE))
		archive_refuse(archive, "no memory");
	if (!archive_is_well(archive))
		return;
	flow_table_classify(table, handle, class);
	node->touched = touched;
}

/* In the order of searches: from behind a free slot on. */
static void write_array(struct archive *archive, const struct index_array *array)
{
	uint32_t mask = array->slots - 1, free = 0;

	if (array->slots == 0)
		return;
	while (array->slot[free].flow != POOL_NONE)
		free++;
	for (uint32_t i = 1; i < array->slots; i++) {
		uint32_t flow = array->slot[(free + i) & mask].flow;

		if (flow != POOL_NONE)
			archive_value(archive, "indexed", flow, UINT32_MAX);
	}
}

static bool is_indexed(const struct flow_table *table, uint32_t handle)
{
	struct index_search search =
		flow_index_search(&table->index, node_at(table, handle)->print);
	uint32_t found;

	while ((found = flow_index_next(&table->index, &search)) != POOL_NONE) {
		if (found == handle)
			return true;
	}
	return false;
}

/* A handle that a flow has, and that is not there yet. */
static void read_index(struct archive *archive, struct flow_table *table)
{
	uint32_t handle;

	while ((handle = (uint32_t)archive_value(archive, "indexed", 0, UINT32_MAX)) != POOL_NONE) {
		if (handle > table->nodes.ever || node_at(table, handle)->queue == 0 ||
		    is_indexed(table, handle)) {
			archive_refuse(archive, "indexed");
			return;
		}
		if (!flow_index_add(&table->index, node_at(table, handle)->print, handle)) {
			archive_refuse(archive, "no memory");
			return;
		}
	}
	if (table->index.now.used != table->nodes.used)
		archive_refuse(archive, "index");
}

/* Wide enough for the flows there are, and no wider than for the most that there ever were. */
static bool fits(const struct flow_table *table, uint64_t slots)
{
	return slots / 4 * 3 >= table->nodes.used && slots >= table->index.now.slots &&
	       (slots == table->index.now.slots || slots <= 4 * (uint64_t)table->nodes.ever);
}

/* As wide as it was, so that it need not grow while it is read: flows with the same ends keep their
 * order. */
static void index_archive(struct archive *archive, struct flow_table *table)
{
	unsigned bits = 0;

	while (UINT32_C(1) << bits < table->index.now.slots)
		bits++;
	bits = (unsigned)archive_value(archive, "slots", bits, INDEX_BITS_MOST);
	if (archive->way == ARCHIVE_WRITES) {
		write_array(archive, &table->index.now);
		write_array(archive, &table->index.old);
		archive_value(archive, "indexed", POOL_NONE, UINT32_MAX);
	}
	if (archive->way != ARCHIVE_READS || !archive_is_well(archive))
		return;
	if (!fits(table, UINT64_C(1) << bits))
		archive_refuse(archive, "slots");
	else if (!flow_index_reopen(&table->index, UINT32_C(1) << bits))
		archive_refuse(archive, "no memory");
	else
		read_index(archive, table);
}

void flow_table_archive_end(struct archive *archive, struct flow_table *table)
{
	if (archive_is_well(archive))
		index_archive(archive, table);
	pool_archive_end(archive, &table->nodes);
	pool_archive_end(archive, &table->records);
	pool_archive_end(archive, &table->seats);
}
