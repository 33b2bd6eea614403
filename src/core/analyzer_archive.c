#include "core/analyzer_archive.h"

#include <string.h>

#include "core/context.h"
#include "core/flow_archive.h"
#include "core/flow_table_archive.h"
#include "core/pool_archive.h"
#include "core/report_archive.h"
#include "core/segment_archive.h"
#include "core/steady.h"

static void sociable_archive(struct archive *archive, struct sociable *sociable)
{
	ARCHIVE(archive, sociable->print);
	ARCHIVE(archive, sociable->peers);
}

static void ended_archive(struct archive *archive, struct ended *ended)
{
	ARCHIVE(archive, ended->print);
	for (unsigned side = 0; side < 2; side++) {
		ARCHIVE(archive, ended->iss[side]);
		ARCHIVE(archive, ended->max[side]);
	}
	ARCHIVE_UPTO(archive, ended->client, 1);
}

/* The next place from `at` on that is not free; while reading, wherever the archive says. `count`:
 * there is none. */
static unsigned next_place(struct archive *archive, unsigned at, unsigned count,
			   bool (*is_free)(const struct analyzer *analyzer, unsigned at),
			   const struct analyzer *analyzer)
{
	while (archive->way == ARCHIVE_WRITES && at < count && is_free(analyzer, at))
		at++;
	return (unsigned)archive_value(archive, "place", at, count);
}

static bool no_listener(const struct analyzer *analyzer, unsigned at)
{
	return analyzer->learned->listener[at] == 0;
}

static bool no_sociable(const struct analyzer *analyzer, unsigned at)
{
	return analyzer->learned->sociable[at].print == 0;
}

static bool no_ended(const struct analyzer *analyzer, unsigned at)
{
	return analyzer->learned->ended[at].print == 0;
}

/* Once the archive is wrong, every place reads as 0. */
static void learned_archive(struct archive *archive, struct analyzer *analyzer)
{
	unsigned at = 0;

	for (; (at = next_place(archive, at, LISTENERS, no_listener, analyzer)) < LISTENERS; at++) {
		ARCHIVE(archive, analyzer->learned->listener[at]);
		if (!archive_is_well(archive))
			return;
	}
	for (at = 0;
	     (at = next_place(archive, at, SOCIABLE_ENDS, no_sociable, analyzer)) < SOCIABLE_ENDS;
	     at++) {
		sociable_archive(archive, &analyzer->learned->sociable[at]);
		if (!archive_is_well(archive))
			return;
	}
	for (at = 0;
	     (at = next_place(archive, at, ENDED_TUPLES, no_ended, analyzer)) < ENDED_TUPLES;
	     at++) {
		ended_archive(archive, &analyzer->learned->ended[at]);
		if (!archive_is_well(archive))
			return;
	}
}

/* The steps that have no room in the record. A block may have been taken for a step that is not
 * there. */
static void steps_archive(struct archive *archive, struct analyzer *analyzer, struct flow *flow)
{
	unsigned index = FLOW_STEPS;

	for (uint32_t *link = &flow->more_steps;
	     archive_present(archive, "block", *link != POOL_NONE);) {
		struct step_block *block;

		*link = pool_archive_item(archive, &analyzer->steps, *link);
		if (*link == POOL_NONE)
			return;
		block = pool_at(&analyzer->steps, *link);
		for (unsigned i = 0; i < STEPS_PER_BLOCK && index < flow->step_count; i++, index++)
			step_archive(archive, &block->step[i]);
		link = &block->next;
	}
	if (index < flow->step_count)
		archive_refuse(archive, "flow->step_count");
}

/* Every step is one of the two paths, which are bounded. */
static void check_paths(struct archive *archive, const struct analyzer *analyzer,
			const struct flow *flow)
{
	unsigned count[2] = {0, 0};
	const struct step_block *block = NULL;
	uint32_t next = flow->more_steps;

	for (unsigned i = 0; i < flow->step_count; i++) {
		unsigned beyond = i - FLOW_STEPS;

		if (i < FLOW_STEPS) {
			count[flow->step[i].side]++;
			continue;
		}
		if (beyond % STEPS_PER_BLOCK == 0) {
			block = pool_at(&analyzer->steps, next);
			next = block->next;
		}
		count[block->step[beyond % STEPS_PER_BLOCK].side]++;
	}
	if (count[0] != flow->end[0].path_count || count[1] != flow->end[1].path_count)
		archive_refuse(archive, "end->path_count");
}

static void anomalies_archive(struct archive *archive, struct analyzer *analyzer, struct flow *flow)
{
	uint32_t *link = &flow->anomalies;

	while (archive_present(archive, "anomaly", *link != POOL_NONE)) {
		struct anomaly_entry *entry;

		*link = pool_archive_item(archive, &analyzer->anomalies, *link);
		if (*link == POOL_NONE)
			return;
		entry = pool_at(&analyzer->anomalies, *link);
		ARCHIVE_UPTO(archive, entry->side, FLOW_SERVER_UNKNOWN);
		report_anomaly_archive(archive, &entry->body);
		link = &entry->next;
	}
}

static void candidate_archive(struct archive *archive, struct analyzer *analyzer, struct flow *flow)
{
	uint32_t *link = &flow->candidate;

	while (archive_present(archive, "held", *link != POOL_NONE)) {
		struct held *held;

		*link = pool_archive_item(archive, &analyzer->held, *link);
		if (*link == POOL_NONE)
			return;
		held = pool_at(&analyzer->held, *link);
		segment_archive(archive, &held->segment);
		if (held->segment.ts_ns != analyzer_time_ns(held->segment.ts_ns))
			archive_refuse(archive, "held->segment.ts_ns");
		link = &held->next;
	}
}

static void deadline_archive(struct archive *archive, struct analyzer *analyzer, uint32_t handle)
{
	int64_t at_ns = 0;

	if (archive->way == ARCHIVE_WRITES)
		at_ns = deadlines_key(&analyzer->deadlines, handle);
	ARCHIVE_UPTO(archive, at_ns, INT64_MAX);
	if (archive->way != ARCHIVE_READS || !archive_is_well(archive))
		return;
	if (deadlines_reserve(&analyzer->deadlines, analyzer->table.nodes.used))
		deadlines_update(&analyzer->deadlines, handle, at_ns);
	else
		archive_refuse(archive, "no memory");
}

static void flow_with_chains(struct archive *archive, struct analyzer *analyzer,
			     enum flow_class class, uint32_t handle)
{
	struct flow flow = {.id = 0};

	if (archive->way == ARCHIVE_WRITES)
		flow_table_copy(&analyzer->table, handle, &flow);
	handle = flow_table_archive_flow(archive, &analyzer->table, handle, &flow);
	if (handle == POOL_NONE)
		return;
	steps_archive(archive, analyzer, &flow);
	anomalies_archive(archive, analyzer, &flow);
	candidate_archive(archive, analyzer, &flow);
	deadline_archive(archive, analyzer, handle);
	if (archive->way != ARCHIVE_READS || !archive_is_well(archive))
		return;
	check_paths(archive, analyzer, &flow);
	flow_table_settle_flow(archive, &analyzer->table, handle, class, &flow);
	if (node_at(&analyzer->table, handle)->steady && !steady_holds(analyzer, handle, &flow))
		archive_refuse(archive, "node->steady");
}

static void flows_archive(struct archive *archive, struct analyzer *analyzer)
{
	struct flow_table *table = &analyzer->table;

	for (unsigned class = 0; class < FLOW_CLASSES; class ++) {
		uint32_t handle = table->oldest[class];

		while (archive_flag(archive, "flow", handle != POOL_NONE)) {
			flow_with_chains(archive, analyzer, class, handle);
			if (!archive_is_well(archive))
				return;
			handle = archive->way == ARCHIVE_WRITES ? node_at(table, handle)->newer
								: POOL_NONE;
		}
	}
}

static void counters_archive(struct archive *archive, struct analyzer *analyzer)
{
	ARCHIVE_TIME(archive, analyzer->now_ns);
	ARCHIVE_FLAG(archive, analyzer->started);
	ARCHIVE_TIME(archive, analyzer->lost_until_ns);
	ARCHIVE(archive, analyzer->segments);
	ARCHIVE(archive, analyzer->ignored);
	ARCHIVE(archive, analyzer->evicted);
	ARCHIVE(archive, analyzer->time_waits_active);
	ARCHIVE(archive, analyzer->time_waits_peak);
}

void analyzer_archive(struct archive *archive, struct analyzer *analyzer)
{
	uint64_t most_bytes = analyzer->config.memcap_bytes;

	archive->origin_ns = 0;
	counters_archive(archive, analyzer);
	if (archive->way == ARCHIVE_READS)
		deadlines_begin_at(&analyzer->deadlines, analyzer->now_ns);
	pool_archive(archive, &analyzer->steps, most_bytes);
	pool_archive(archive, &analyzer->anomalies, most_bytes);
	pool_archive(archive, &analyzer->held, most_bytes);
	flow_table_archive_shape(archive, &analyzer->table, analyzer->config.max_flows);
	flows_archive(archive, analyzer);
	archive->origin_ns = 0;
	pool_archive_end(archive, &analyzer->steps);
	pool_archive_end(archive, &analyzer->anomalies);
	pool_archive_end(archive, &analyzer->held);
	flow_table_archive_end(archive, &analyzer->table);
	learned_archive(archive, analyzer);
}

void analyzer_archive_describe(struct archive *archive)
{
	struct flow flow = {.tuple.ip_version = 6, .tuple.vlan_count = 1, .step_count = 1};
	struct report_anomaly anomaly = {.frame_count = 1};
	struct sociable sociable = {.print = 0};
	struct ended ended = {.print = 0};
	struct segment segment = {.tuple = flow.tuple};

	flow_archive(archive, &flow);
	segment_archive(archive, &segment);
	report_anomaly_archive(archive, &anomaly);
	sociable_archive(archive, &sociable);
	ended_archive(archive, &ended);
	for (unsigned id = 0; id < ANOMALY_COUNT; id++)
		archive_flag(archive, anomaly_row(id)->id, false);
}
