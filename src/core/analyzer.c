#include "core/analyzer.h"

#include "core/context.h"
#include "core/first_syn.h"
#include "core/lifecycle.h"
#include "core/ordinary.h"
#include "core/reuse.h"
#include "core/steady.h"

/* Times end in 2116, durations at 36 years: their sums stay within 64 bits. */
#define LONGEST_NS (INT64_C(1) << 60)

/* Of the memory allowed, as much may be taken by records that stand unpacked. */
enum { UNPACKED_SHARE = 4, UNPACKED_LEAST = 36 };

/* Bits of a hash by which neither partitions are told apart nor places in a small index. */
enum { LATEST_SHIFT = 24 };

void analyzer_config_default(struct analyzer_config *config)
{
	*config = (struct analyzer_config){
		.time_wait_ns = 60 * NS_PER_S,
		.profile = PROFILE_LINUX,
		.idle_timeout_ns = 3 * 3600 * NS_PER_S,
		.syn_timeout_ns = 130 * NS_PER_S,
		.reset_linger_ns = 5 * NS_PER_S,
		.reorder_window_ns = 3 * NS_PER_MS,
		.duplicate_window_ns = 5 * NS_PER_MS,
		.half_close_limit_ns = 60 * NS_PER_S,
		.close_wait_limit_ns = 120 * NS_PER_S,
		.max_flows = 4000000,
		.unpacked_flows = 32768,
		.memcap_bytes = UINT64_C(2) << 30,
		.flow_key = TUPLE_VLAN | TUPLE_TUNNEL,
		.checksum = CHECKSUM_NONE,
		.hash_key = {{UINT64_C(0x7463706279652d31), UINT64_C(0x66696c6573206b65)}},
	};
}

static int64_t within(int64_t value, int64_t most)
{
	if (value < 0)
		return 0;
	return value < most ? value : most;
}

static void limit_durations(struct analyzer_config *config)
{
	int64_t *const duration[] = {
		&config->time_wait_ns,        &config->idle_timeout_ns,
		&config->syn_timeout_ns,      &config->reset_linger_ns,
		&config->reorder_window_ns,   &config->duplicate_window_ns,
		&config->half_close_limit_ns, &config->close_wait_limit_ns,
	};

	for (size_t i = 0; i < sizeof duration / sizeof duration[0]; i++)
		*duration[i] = within(*duration[i], LONGEST_NS);
}

static uint32_t unpacked_bound(const struct analyzer_config *config)
{
	uint64_t by_memory = config->memcap_bytes / UNPACKED_SHARE / FLOW_UNPACKED_BYTES;
	uint64_t bound = config->unpacked_flows < by_memory ? config->unpacked_flows : by_memory;

	return bound < UNPACKED_LEAST ? UNPACKED_LEAST : (uint32_t)bound;
}

struct analyzer_scratch *analyzer_scratch_create(const struct memory *memory)
{
	return memory->allocate(sizeof(struct analyzer_scratch));
}

/* The analyzer, with what it has besides flows; some of that may never have come to be. */
static void release(struct analyzer *analyzer)
{
	if (analyzer->config.scratch == NULL && analyzer->scratch != NULL)
		analyzer->memory->release(analyzer->scratch);
	if (analyzer->learned != NULL)
		analyzer->memory->release(analyzer->learned);
	analyzer->memory->release(analyzer);
}

struct analyzer *analyzer_create(const struct analyzer_config *config, const struct memory *memory,
				 const struct report_sink *sink)
{
	struct analyzer *analyzer = memory->allocate(sizeof *analyzer);

	if (analyzer == NULL)
		return NULL;
	analyzer->config = *config;
	analyzer->config.max_flows = config->max_flows == 0 ? 1 : config->max_flows;
	analyzer->long_way = config->long_way;
	limit_durations(&analyzer->config);
	analyzer->memory = memory;
	analyzer->scratch =
		config->scratch != NULL ? config->scratch : analyzer_scratch_create(memory);
	analyzer->learned = memory->allocate(sizeof *analyzer->learned);
	analyzer->sink = *sink;
	pool_open(&analyzer->steps, memory, sizeof(struct step_block));
	pool_open(&analyzer->anomalies, memory, sizeof(struct anomaly_entry));
	pool_open(&analyzer->held, memory, sizeof(struct held));
	deadlines_open(&analyzer->deadlines, memory, &analyzer->table.nodes);
	if (!flow_table_open(&analyzer->table, memory, &config->hash_key, config->flow_key,
			     unpacked_bound(config)) ||
	    analyzer->scratch == NULL || analyzer->learned == NULL) {
		flow_table_close(&analyzer->table);
		release(analyzer);
		return NULL;
	}
	return analyzer;
}

void analyzer_destroy(struct analyzer *analyzer)
{
	if (analyzer == NULL)
		return;
	flow_table_close(&analyzer->table);
	deadlines_close(&analyzer->deadlines);
	pool_close(&analyzer->steps);
	pool_close(&analyzer->anomalies);
	pool_close(&analyzer->held);
	release(analyzer);
}

void analyzer_trust(struct analyzer *analyzer, const struct ends_knowledge *knowledge)
{
	analyzer->knowledge = *knowledge;
}

void analyzer_move(struct analyzer *analyzer, struct analyzer_scratch *scratch,
		   const struct report_sink *sink)
{
	assert(analyzer->config.scratch != NULL);
	analyzer->config.scratch = analyzer->scratch = scratch;
	analyzer->sink = *sink;
}

/* After the end everything is due, whatever its time. */
static uint32_t first_due(struct analyzer *analyzer, int64_t now_ns)
{
	return deadlines_first(&analyzer->deadlines,
			       analyzer->finishing ? INT64_MAX : analyzer_time_ns(now_ns));
}

bool analyzer_due(struct analyzer *analyzer, int64_t now_ns, struct analyzer_due *due)
{
	const struct ripe *top;

	if (first_due(analyzer, now_ns) == POOL_NONE)
		return false;
	top = deadlines_top(&analyzer->deadlines);
	due->at_ns = top->at_ns;
	due->serial = top->serial;
	return true;
}

int64_t analyzer_idle_until_ns(const struct analyzer *analyzer)
{
	return analyzer->deadlines.due_ns;
}

static void serve(struct analyzer *analyzer, uint32_t handle)
{
	if (analyzer->finishing) {
		lifecycle_report(analyzer, handle, analyzer->finish_reason);
		lifecycle_settle_end(analyzer);
	} else {
		lifecycle_serve(analyzer, handle, deadlines_key(&analyzer->deadlines, handle));
		lifecycle_settle(analyzer);
	}
}

void analyzer_serve(struct analyzer *analyzer, int64_t now_ns)
{
	serve(analyzer, first_due(analyzer, now_ns));
}

void analyzer_set_clock(struct analyzer *analyzer, int64_t now_ns)
{
	now_ns = analyzer_time_ns(now_ns);
	if (!analyzer->started || now_ns > analyzer->now_ns)
		analyzer->now_ns = now_ns;
	analyzer->started = true;
}

void analyzer_advance(struct analyzer *analyzer, int64_t now_ns)
{
	uint32_t due;

	if (!analyzer->started)
		analyzer_set_clock(analyzer, now_ns);
	while ((due = first_due(analyzer, now_ns)) != POOL_NONE)
		serve(analyzer, due);
	analyzer_set_clock(analyzer, now_ns);
}

void analyzer_note_loss(struct analyzer *analyzer, int64_t until_ns)
{
	until_ns = analyzer_time_ns(until_ns);
	if (until_ns > analyzer->lost_until_ns)
		analyzer->lost_until_ns = until_ns;
}

/* True for a segment that its receiver would drop for its checksum. */
static bool fails_checksum(struct analyzer *analyzer, const struct segment *segment)
{
	uint32_t handle;

	if ((segment->marks & SEGMENT_BAD_CHECKSUM) == 0)
		return false;
	if (analyzer->config.checksum != CHECKSUM_AUTO)
		return analyzer->config.checksum == CHECKSUM_ALL;
	handle = flow_table_find(&analyzer->table, &segment->tuple, core_hash(analyzer, segment));
	return handle != POOL_NONE &&
	       flow_at(&analyzer->table, handle)->end[segment->from].good_checksums > 0;
}

static unsigned latest_place(uint64_t hash)
{
	return hash >> LATEST_SHIFT & (FLOWS_LATEST - 1);
}

/* The segment's flow, most likely the one that was met in advance, or else the latest. */
static uint32_t find(struct analyzer *analyzer, const struct segment *segment)
{
	uint64_t hash = core_hash(analyzer, segment);
	uint32_t *latest = &analyzer->latest[latest_place(hash)];
	uint32_t likely = segment->likely != POOL_NONE ? segment->likely : *latest;

	if (likely == POOL_NONE || !flow_table_is_of(&analyzer->table, likely, &segment->tuple))
		likely = flow_table_find(&analyzer->table, &segment->tuple, hash);
	*latest = likely;
	return likely;
}

static void take_of_flow(struct analyzer *analyzer, const struct segment *segment)
{
	uint64_t packed_bytes;
	uint32_t handle = find(analyzer, segment);

	if (handle != POOL_NONE && steady_take(analyzer, handle, segment)) {
		lifecycle_settle_steady(analyzer);
		return;
	}
	packed_bytes = analyzer->table.packed.bytes;
	if (handle != POOL_NONE && ordinary_take(analyzer, handle, segment)) {
		if (analyzer->table.packed.bytes > packed_bytes)
			lifecycle_reserve(analyzer);
		return;
	}
	handle = reuse_route(analyzer, handle, segment);
	if (handle != POOL_NONE)
		lifecycle_process(analyzer, handle, segment);
	lifecycle_settle(analyzer);
}

/* A segment whose time is one that a clock can have shown. */
static void take_sane(struct analyzer *analyzer, const struct segment *segment)
{
	analyzer_advance(analyzer, segment->ts_ns);
	analyzer->segments++;
	if (fails_checksum(analyzer, segment))
		analyzer->ignored++;
	else if (first_syn_take(analyzer, segment))
		lifecycle_settle_opened(analyzer);
	else
		take_of_flow(analyzer, segment);
}

/* True where take_sane() would find nothing due by the segment's time, and neither its checksum nor
 * a SYN would ask anything: of what it does before it looks for the flow, the clock and a count are
 * left. */
static bool goes_straight(const struct analyzer *analyzer, const struct segment *segment)
{
	return segment->ts_ns >= 0 && segment->ts_ns < analyzer->deadlines.due_ns &&
	       segment->ts_ns <= ANALYZER_LATEST_NS && analyzer->started && !analyzer->finishing &&
	       (segment->flags & TCP_SYN) == 0 && (segment->marks & SEGMENT_BAD_CHECKSUM) == 0 &&
	       !analyzer->long_way;
}

/* Stamps that no clock can have shown would overflow every sum: they are taken for the nearest that
 * one can. */
void analyzer_take(struct analyzer *analyzer, const struct segment *segment)
{
	struct segment sane;

	if (goes_straight(analyzer, segment)) {
		if (segment->ts_ns > analyzer->now_ns)
			analyzer->now_ns = segment->ts_ns;
		analyzer->segments++;
		take_of_flow(analyzer, segment);
		return;
	}
	if (segment->ts_ns >= 0 && segment->ts_ns <= ANALYZER_LATEST_NS) {
		take_sane(analyzer, segment);
		return;
	}
	sane = *segment;
	sane.ts_ns = analyzer_time_ns(segment->ts_ns);
	take_sane(analyzer, &sane);
}

struct stretch *analyzer_stretch(const struct analyzer *analyzer, const struct segment *segment)
{
	const struct flow_table *table = &analyzer->table;
	uint32_t handle = analyzer->latest[latest_place(segment->hash)];
	const struct flow_node *node;
	const struct seat *seat;

	if (handle == POOL_NONE || !flow_table_is_of(table, handle, &segment->tuple))
		return NULL;
	node = node_at(table, handle);
	if (node->packed_bytes != 0 || node->steady != IN_STRETCH || !node->touched)
		return NULL;
	seat = seat_at(table, node->record); /* it may have been looked at since */
	return seat->recent ? stretch_at(table, seat) : NULL;
}

void analyzer_pace(const struct analyzer *analyzer, struct analyzer_pace *pace)
{
	pace->round = analyzer->table.round;
	pace->is_roomy = flow_table_is_roomy(&analyzer->table);
}

void analyzer_catch_up(struct analyzer *analyzer, uint64_t segments, int64_t clock_ns)
{
	analyzer->segments += segments;
	analyzer->table.round += (uint32_t)segments;
	analyzer_set_clock(analyzer, clock_ns);
}

void analyzer_prefetch_index(const struct analyzer *analyzer, uint64_t hash)
{
	flow_table_prefetch_index(&analyzer->table, hash);
}

uint32_t analyzer_prefetch_node(const struct analyzer *analyzer, uint64_t hash)
{
	return flow_table_prefetch_node(&analyzer->table, hash);
}

void analyzer_prefetch_flow(const struct analyzer *analyzer, uint32_t likely)
{
	flow_table_prefetch_flow(&analyzer->table, likely);
}

bool analyzer_is_worth_prefetching(const struct analyzer *analyzer)
{
	return !flow_table_is_small(&analyzer->table);
}

void analyzer_end(struct analyzer *analyzer, enum finish_reason reason)
{
	deadlines_forget_times(&analyzer->deadlines);
	analyzer->finishing = true;
	analyzer->finish_reason = reason == FINISH_SHUTDOWN ? REASON_SHUTDOWN : REASON_CAPTURE_END;
}

void analyzer_prefetch_leaving(const struct analyzer *analyzer)
{
	uint32_t next = deadlines_ahead(&analyzer->deadlines, 1);

	flow_table_prefetch_leaving(&analyzer->table, deadlines_ahead(&analyzer->deadlines, 2),
				    next);
	if (next != POOL_NONE)
		lifecycle_announce(analyzer, next, PREFETCH_FIRST);
}

void analyzer_finish(struct analyzer *analyzer, enum finish_reason reason)
{
	uint32_t first;

	analyzer_end(analyzer, reason);
	while ((first = first_due(analyzer, INT64_MAX)) != POOL_NONE)
		serve(analyzer, first);
}

void analyzer_stats(const struct analyzer *analyzer, struct analyzer_stats *stats)
{
	*stats = (struct analyzer_stats){
		.segments = analyzer->segments,
		.ignored = analyzer->ignored,
		.flows_total = analyzer->table.total,
		.flows_active = analyzer->table.nodes.used,
		.flows_evicted = analyzer->evicted,
		.memory_bytes = core_memory_bytes(analyzer),
		.memcap_bytes = analyzer->config.memcap_bytes,
		.time_waits_active = analyzer->time_waits_active,
		.time_waits_peak = analyzer->time_waits_peak,
	};
}
