#include "core/analyzer.h"

#include <string.h>

#include "core/close.h"
#include "core/context.h"
#include "core/envelope.h"
#include "core/exchange.h"
#include "core/handshake.h"
#include "core/heritage.h"
#include "core/intake.h"
#include "core/path.h"
#include "core/raise.h"
#include "core/reset.h"
#include "core/silence.h"
#include "core/time_wait.h"
#include "core/verdict.h"

/* 53 bits: more would be corrupted by readers that keep numbers as doubles. */
#define FLOW_ID_MASK ((UINT64_C(1) << 53) - 1)

/* Times end in 2116, durations at 36 years: their sums stay within 64 bits. */
#define LATEST_NS          (INT64_C(1) << 62)
#define LONGEST_NS         (INT64_C(1) << 60)

enum { FLOW_GRANULARITY = 64 };

/* What a full record may need besides itself: steps, anomalies, a held SYN, index and deadline. */
#define FLOW_ALLOWANCE_BYTES                                                                       \
	(sizeof(struct flow) + 2 * sizeof(struct step_block) + 2 * sizeof(struct anomaly_entry) + 64)

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
		.memcap_bytes = UINT64_C(2) << 30,
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
		&config->time_wait_ns,       &config->idle_timeout_ns,     &config->syn_timeout_ns,
		&config->reset_linger_ns,    &config->reorder_window_ns,   &config->duplicate_window_ns,
		&config->half_close_limit_ns, &config->close_wait_limit_ns,
	};

	for (size_t i = 0; i < sizeof duration / sizeof duration[0]; i++)
		*duration[i] = within(*duration[i], LONGEST_NS);
}

/* The bound on flows that both limits leave, at least one group. */
static uint64_t flow_bound(const struct analyzer_config *config)
{
	uint64_t by_memory = config->memcap_bytes / FLOW_ALLOWANCE_BYTES;
	uint64_t bound = config->max_flows < by_memory ? config->max_flows : by_memory;

	bound = (bound + FLOW_GRANULARITY - 1) / FLOW_GRANULARITY * FLOW_GRANULARITY;
	return bound == 0 ? FLOW_GRANULARITY : bound;
}

struct analyzer *analyzer_create(const struct analyzer_config *config, const struct memory *memory,
				 const struct report_sink *sink)
{
	struct analyzer *analyzer = memory->allocate(sizeof *analyzer);

	if (analyzer == NULL)
		return NULL;
	analyzer->config = *config;
	analyzer->config.max_flows = flow_bound(config);
	limit_durations(&analyzer->config);
	analyzer->memory = memory;
	analyzer->sink = *sink;
	pool_open(&analyzer->steps, memory, sizeof(struct step_block));
	pool_open(&analyzer->anomalies, memory, sizeof(struct anomaly_entry));
	pool_open(&analyzer->held, memory, sizeof(struct held));
	deadlines_open(&analyzer->deadlines, memory);
	if (!flow_table_open(&analyzer->table, memory, &config->hash_key)) {
		memory->release(analyzer);
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
	analyzer->memory->release(analyzer);
}

/* When the flow's record is final, unless something comes before (records.md, flow). */
static int64_t final_ns(const struct analyzer *analyzer, const struct flow *flow)
{
	const struct analyzer_config *config = &analyzer->config;
	int64_t latest_ns = 0;
	bool over = flow->end[0].fin_acked && flow->end[1].fin_acked;

	for (unsigned side = 0; side < 2; side++) {
		const struct time_wait *wait = &flow->time_wait[side];

		if (wait->active && time_wait_deadline_ns(analyzer, wait) > latest_ns)
			latest_ns = time_wait_deadline_ns(analyzer, wait);
	}
	if (latest_ns != 0)
		return latest_ns;
	if (reset_stands(flow) || over)
		return flow->clock_ns + config->reset_linger_ns;
	if (!flow->established && flow->origin == ORIGIN_HANDSHAKE)
		return flow->clock_ns + config->syn_timeout_ns;
	return flow->clock_ns + config->idle_timeout_ns;
}

/* The next time at which something happens to the flow: a TIME-WAIT ends, silence decides, the record is final. */
static int64_t next_ns(const struct analyzer *analyzer, const struct flow *flow)
{
	int64_t next = final_ns(analyzer, flow);
	int64_t decision = silence_next_ns(analyzer, flow);

	if (flow->parked)
		return INT64_MAX;
	for (unsigned side = 0; side < 2; side++) {
		const struct time_wait *wait = &flow->time_wait[side];

		if (wait->active && time_wait_deadline_ns(analyzer, wait) < next)
			next = time_wait_deadline_ns(analyzer, wait);
	}
	return decision < next ? decision : next;
}

/* The heap's key may be earlier than the truth, never later. */
static void rearm(struct analyzer *analyzer, uint32_t handle)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	int64_t next = next_ns(analyzer, flow);

	if (next < deadlines_key(&analyzer->deadlines, handle))
		deadlines_update(&analyzer->deadlines, handle, flow->serial, next);
}

static void reclassify(struct analyzer *analyzer, uint32_t handle)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	bool over = reset_stands(flow) || (flow->end[0].fin_acked && flow->end[1].fin_acked);
	enum flow_class class = over || flow->parked ? FLOW_OVER
				: flow->established  ? FLOW_OPEN
						     : FLOW_HALF_OPEN;

	if (flow->queue != class + 1U)
		flow_table_classify(&analyzer->table, handle, class);
}

static void finish_time_waits(struct analyzer *analyzer, struct flow *flow, enum reason reason)
{
	enum tw_end ended_by = reason == REASON_EVICTED ? TW_END_EVICTED : TW_END_CAPTURE_END;

	for (unsigned side = 0; side < 2; side++)
		time_wait_end(analyzer, flow, side, ended_by, analyzer->now_ns);
}

static void release_flow(struct analyzer *analyzer, uint32_t handle)
{
	struct flow *flow = flow_at(&analyzer->table, handle);

	path_release(analyzer, flow);
	anomaly_release(analyzer, flow);
	deadlines_remove(&analyzer->deadlines, handle);
	flow_table_remove(&analyzer->table, handle);
}

static uint32_t open_flow(struct analyzer *analyzer, const struct segment *segment);
static void process(struct analyzer *analyzer, uint32_t handle, const struct segment *segment);

/* A candidate that nobody answered or challenged is a connection attempt of its own. */
static void release_candidate(struct analyzer *analyzer, uint32_t candidate)
{
	struct held held = *(struct held *)pool_at(&analyzer->held, candidate);
	uint32_t handle;

	pool_give(&analyzer->held, candidate);
	handle = open_flow(analyzer, &held.segment);
	if (handle == POOL_NONE) {
		analyzer->ignored += held.count;
		return;
	}
	process(analyzer, handle, &held.segment);
	for (uint32_t i = 1; i < held.count; i++) {
		struct flow *flow = flow_at(&analyzer->table, handle);

		intake_count(analyzer, flow, &held.segment);
		flow->end[held.segment.from].retransmissions++;
		flow->syn_repeated = true;
	}
}

static void report_flow(struct analyzer *analyzer, uint32_t handle, enum reason reason)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	uint32_t candidate = flow->candidate;

	flow->candidate = POOL_NONE;
	if (flow->parked)
		reason = REASON_IDLE_TIMEOUT;
	silence_final(analyzer, flow);
	verdict_judge(analyzer, flow, reason);
	finish_time_waits(analyzer, flow, reason);
	if (analyzer->sink.flow != NULL) {
		verdict_fill(analyzer, flow, reason, &analyzer->report);
		analyzer->sink.flow(analyzer->sink.context, &analyzer->report);
	}
	if (flow->established)
		handshake_remember_ended(analyzer, flow);
	release_flow(analyzer, handle);
	if (candidate != POOL_NONE)
		release_candidate(analyzer, candidate);
}

static void end_due_time_waits(struct analyzer *analyzer, struct flow *flow, int64_t now_ns)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct time_wait *wait = &flow->time_wait[side];
		int64_t deadline_ns = time_wait_deadline_ns(analyzer, wait);

		if (wait->active && deadline_ns <= now_ns)
			time_wait_end(analyzer, flow, side, TW_END_TIMER, deadline_ns);
	}
}

static enum reason due_reason(const struct flow *flow)
{
	if (flow->end[0].fin_acked && flow->end[1].fin_acked)
		return REASON_CLOSED;
	return reset_stands(flow) ? REASON_RESET : REASON_IDLE_TIMEOUT;
}

/* True once the last TIME-WAIT has run its time: nothing can come any more. */
static bool waited_out(const struct flow *flow)
{
	bool by_timer = false;

	for (unsigned side = 0; side < 2; side++) {
		if (flow->time_wait[side].active)
			return false;
		by_timer |= flow->time_wait[side].held &&
			    flow->time_wait[side].ended_by == TW_END_TIMER;
	}
	return by_timer;
}

/*
 * An idle timeout is the observer's decision, not the connection's: what was open may speak again, and is then still the
 * same incarnation, unless it begins with a SYN. Its record is final, but leaves only when a SYN, the end of the input
 * or the need for room shows that nothing more comes.
 */
static void park(struct analyzer *analyzer, uint32_t handle)
{
	flow_at(&analyzer->table, handle)->parked = true;
	reclassify(analyzer, handle);
	deadlines_update(&analyzer->deadlines, handle, flow_at(&analyzer->table, handle)->serial,
			 INT64_MAX);
}

/* The flow at the top of the heap is due at `at_ns`, by its key: see what is really due. */
static void serve_deadline(struct analyzer *analyzer, uint32_t handle, int64_t at_ns)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	int64_t next = next_ns(analyzer, flow);

	if (next > at_ns) {
		deadlines_update(&analyzer->deadlines, handle, flow->serial, next);
		return;
	}
	analyzer->now_ns = at_ns > analyzer->now_ns ? at_ns : analyzer->now_ns;
	silence_decide(analyzer, flow, at_ns);
	end_due_time_waits(analyzer, flow, at_ns);
	if (waited_out(flow)) {
		report_flow(analyzer, handle, REASON_CLOSED);
		return;
	}
	if (final_ns(analyzer, flow) <= at_ns) {
		if (due_reason(flow) == REASON_IDLE_TIMEOUT && flow->established)
			park(analyzer, handle);
		else
			report_flow(analyzer, handle, due_reason(flow));
		return;
	}
	reclassify(analyzer, handle);
	deadlines_update(&analyzer->deadlines, handle, flow->serial, next_ns(analyzer, flow));
}

void analyzer_advance(struct analyzer *analyzer, int64_t now_ns)
{
	const struct deadline *first;

	now_ns = within(now_ns, LATEST_NS);
	if (!analyzer->started) {
		analyzer->now_ns = now_ns;
		analyzer->started = true;
	}
	while ((first = deadlines_first(&analyzer->deadlines)) != NULL && first->at_ns <= now_ns)
		serve_deadline(analyzer, first->flow, first->at_ns);
	if (now_ns > analyzer->now_ns)
		analyzer->now_ns = now_ns;
}

static void evict_for_room(struct analyzer *analyzer)
{
	while (analyzer->table.flows.used >= analyzer->config.max_flows) {
		uint32_t victim = flow_table_victim(&analyzer->table);

		analyzer->evicted += !flow_at(&analyzer->table, victim)->parked;
		report_flow(analyzer, victim, REASON_EVICTED);
	}
}

/* Stable: depends on the connection and its first packet alone. */
static uint64_t flow_id(const struct segment *segment)
{
	static const struct hash_key key = {{UINT64_C(0x666c6f775f69645f), 1}};
	struct {
		struct tuple tuple;
		uint32_t source;
		int64_t ts_ns;
		uint64_t number;
	} what = {segment->tuple, segment->source, segment->ts_ns, segment->number};
	uint64_t id = siphash_1_3(&what, sizeof what, &key) & FLOW_ID_MASK;

	return id == 0 ? 1 : id;
}

static uint32_t open_flow(struct analyzer *analyzer, const struct segment *segment)
{
	uint32_t handle;
	struct flow *flow;
	bool syn = (segment->flags & (TCP_SYN | TCP_RST | TCP_FIN)) == TCP_SYN;

	evict_for_room(analyzer);
	handle = flow_table_add(&analyzer->table, &segment->tuple,
				tuple_hash(&segment->tuple, &analyzer->config.hash_key));
	if (handle == POOL_NONE)
		return POOL_NONE;
	if (!deadlines_reserve(&analyzer->deadlines, handle)) {
		flow_table_remove(&analyzer->table, handle);
		return POOL_NONE;
	}
	flow = flow_at(&analyzer->table, handle);
	flow->id = flow_id(segment);
	flow->serial = ++analyzer->serial;
	flow->origin = syn ? ORIGIN_HANDSHAKE : ORIGIN_MIDSTREAM;
	flow->clock_ns = analyzer->now_ns;
	for (unsigned side = 0; side < 2; side++) {
		struct endpoint *end = &flow->end[side];
		bool listens = syn && (side == segment->from) == segment_has(segment, TCP_ACK);

		end->state = end->proven = listens ? STATE_LISTEN : STATE_CLOSED;
		end->window_scale = SEGMENT_NO_WINDOW_SCALE;
		flow->close[side].fin_why = flow->close[side].ack_why = WAVE_WHY_NULL;
	}
	if (!syn)
		handshake_orient(analyzer, flow, segment);
	return handle;
}

static void judge(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned control = segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);
	struct trace by = trace_of(segment);

	if (control == 0 || (segment_has(segment, TCP_SYN | TCP_RST))) {
		anomaly_note(analyzer, flow, ANOMALY_HANDSHAKE_FLAGS_ODD, segment->from, &by);
		return;
	}
	if (segment_has(segment, TCP_RST))
		reset_take(analyzer, flow, segment);
	else if (segment_has(segment, TCP_SYN))
		handshake_take(analyzer, flow, segment);
	else
		exchange_take(analyzer, flow, segment);
}

/* One segment of this incarnation. */
static void process(struct analyzer *analyzer, uint32_t handle, const struct segment *segment)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	struct endpoint *end = &flow->end[segment->from];
	bool duplicate = intake_is_duplicate(analyzer, flow, segment);
	uint64_t repeated = end->retransmissions;

	flow->parked = false;
	intake_count(analyzer, flow, segment);
	if (duplicate) {
		struct trace by = trace_of(segment);

		flow->duplicates++;
		anomaly_note(analyzer, flow, ANOMALY_FRAME_DUPLICATE, SIDE_NEITHER, &by);
	} else {
		judge(analyzer, flow, segment);
		intake_remember(flow, segment);
	}
	if (end->retransmissions != repeated)
		heritage_note_retransmission(flow, segment->from);
	if (flow->orientation == ORIENTATION_UNKNOWN && flow->origin == ORIGIN_MIDSTREAM &&
	    segment->payload_bytes > 0) {
		flow->client = segment->from;
		flow->orientation = ORIENTATION_PAYLOAD;
	}
	reclassify(analyzer, handle);
	rearm(analyzer, handle);
}

/* The SYN is kept beside the flow until an answer tells what it is (inference: 3.16). */
static bool hold_candidate(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	struct held *held;

	flow->candidate = pool_take(&analyzer->held);
	if (flow->candidate == POOL_NONE)
		return false;
	held = pool_at(&analyzer->held, flow->candidate);
	held->segment = *segment;
	held->count = 1;
	held->clock_ns = analyzer->now_ns;
	return true;
}

/* The candidate was no new connection: its packets belong to the old one. */
static void drop_candidate(struct analyzer *analyzer, struct flow *flow)
{
	struct held *held = pool_at(&analyzer->held, flow->candidate);

	for (uint32_t i = 0; i < held->count; i++)
		intake_count(analyzer, flow, &held->segment);
	pool_give(&analyzer->held, flow->candidate);
	flow->candidate = POOL_NONE;
}

static void note_challenge(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	const struct held *held = pool_at(&analyzer->held, flow->candidate);
	struct trace by = trace_of(&held->segment);
	unsigned holder = segment->from;

	if (flow->time_wait[holder].active) {
		flow->time_wait[holder].alive_ns = segment->ts_ns;
		anomaly_note(analyzer, flow, ANOMALY_SYN_HITS_TIME_WAIT_ACKED, holder, &by);
	} else if (flow->established) {
		anomaly_note(analyzer, flow, ANOMALY_SYN_IN_ESTABLISHED, other(holder), &by);
	}
	drop_candidate(analyzer, flow);
}

static void note_reuse(struct analyzer *analyzer, struct flow *flow, const struct segment *answer)
{
	const struct held *held = pool_at(&analyzer->held, flow->candidate);
	struct trace by = trace_of(&held->segment);
	unsigned opener = held->segment.from;
	bool reset = flow->reset.accepted;

	if (flow->time_wait[other(opener)].active) {
		anomaly_note(analyzer, flow, ANOMALY_TIME_WAIT_RECYCLED_BY_SYN, other(opener), &by);
		if (segment_has(answer, TCP_SYN) && answer->seq == flow->end[other(opener)].max + 65537)
			anomaly_note(analyzer, flow, ANOMALY_TIME_WAIT_RECYCLED_LINUX_ISN,
				     other(opener), &by);
	}
	if (flow->time_wait[opener].active)
		anomaly_note(analyzer, flow, ANOMALY_REUSE_BEFORE_2MSL, opener, &by);
	if (!reset && flow->established && !(flow->end[0].fin_acked && flow->end[1].fin_acked))
		anomaly_note(analyzer, flow, ANOMALY_REUSE_AFTER_UNSEEN_CLOSE, opener, &by);
}

/* The candidate is answered: the old incarnation is over, and the new one begins with the SYN. */
static void commit_candidate(struct analyzer *analyzer, uint32_t handle,
			     const struct segment *answer)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	const struct held *held = pool_at(&analyzer->held, flow->candidate);

	note_reuse(analyzer, flow, answer);
	for (unsigned side = 0; side < 2; side++)
		time_wait_end(analyzer, flow, side, TW_END_REUSE, held->segment.ts_ns);
	report_flow(analyzer, handle, REASON_REUSED);
}

/* An attempt that nobody answered is over when the next one begins with another number. */
static bool replaces_attempt(const struct flow *flow, const struct segment *segment)
{
	return !flow->answered && !flow->established && flow->origin == ORIGIN_HANDSHAKE &&
	       flow->end[segment->from].has_iss && segment->ts_ns - flow->last_ns >= NS_PER_S;
}

/* What a segment means to a flow with a candidate. Returns the flow that it belongs to. */
static uint32_t consult_candidate(struct analyzer *analyzer, uint32_t handle,
				  const struct segment *segment, bool *taken)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	struct held *held = pool_at(&analyzer->held, flow->candidate);
	struct tuple tuple = flow->tuple;

	switch (handshake_judge_candidate(held, segment)) {
	case CANDIDATE_REPEATED:
		held->count++;
		*taken = true;
		return handle;
	case CANDIDATE_COMMITTED:
		commit_candidate(analyzer, handle, segment);
		return flow_table_find(&analyzer->table, &tuple,
				       tuple_hash(&tuple, &analyzer->config.hash_key));
	case CANDIDATE_CHALLENGED:
		note_challenge(analyzer, flow, segment);
		return handle;
	case CANDIDATE_UNTOUCHED:
		break;
	}
	return handle;
}

/* Finds or opens the flow that the segment belongs to; POOL_NONE: it was taken care of, or there is no memory. */
static uint32_t route(struct analyzer *analyzer, const struct segment *segment)
{
	uint32_t handle = flow_table_find(&analyzer->table, &segment->tuple,
					  tuple_hash(&segment->tuple, &analyzer->config.hash_key));
	bool taken = false;

	if (handle != POOL_NONE && flow_at(&analyzer->table, handle)->candidate != POOL_NONE) {
		handle = consult_candidate(analyzer, handle, segment, &taken);
		if (taken)
			return POOL_NONE;
	}
	if (handle != POOL_NONE && handshake_is_new_attempt(flow_at(&analyzer->table, handle), segment)) {
		struct flow *flow = flow_at(&analyzer->table, handle);

		if (replaces_attempt(flow, segment)) {
			report_flow(analyzer, handle, REASON_REUSED);
			handle = POOL_NONE;
		} else {
			if (flow->candidate != POOL_NONE)
				drop_candidate(analyzer, flow);
			if (hold_candidate(analyzer, flow, segment))
				return POOL_NONE;
		}
	}
	if (handle == POOL_NONE) {
		handle = open_flow(analyzer, segment);
		if (handle == POOL_NONE)
			analyzer->ignored++;
	}
	return handle;
}

/* True for a segment that its receiver would drop for its checksum. */
static bool fails_checksum(const struct analyzer *analyzer, const struct segment *segment)
{
	uint32_t handle;

	if ((segment->marks & SEGMENT_BAD_CHECKSUM) == 0)
		return false;
	if (analyzer->config.checksum != CHECKSUM_AUTO)
		return analyzer->config.checksum == CHECKSUM_ALL;
	handle = flow_table_find(&analyzer->table, &segment->tuple,
				 tuple_hash(&segment->tuple, &analyzer->config.hash_key));
	return handle != POOL_NONE &&
	       flow_at(&analyzer->table, handle)->end[segment->from].good_checksums > 0;
}

/* Stamps that no clock can have shown would overflow every sum: they are taken for the nearest that one can. */
static void take_sane(struct analyzer *analyzer, const struct segment *segment)
{
	uint32_t handle;

	analyzer_advance(analyzer, segment->ts_ns);
	analyzer->segments++;
	if (fails_checksum(analyzer, segment)) {
		analyzer->ignored++;
		return;
	}
	handle = route(analyzer, segment);
	if (handle != POOL_NONE)
		process(analyzer, handle, segment);
}

void analyzer_take(struct analyzer *analyzer, const struct segment *segment)
{
	struct segment sane;

	if (segment->ts_ns >= 0 && segment->ts_ns <= LATEST_NS) {
		take_sane(analyzer, segment);
		return;
	}
	sane = *segment;
	sane.ts_ns = within(segment->ts_ns, LATEST_NS);
	take_sane(analyzer, &sane);
}

void analyzer_finish(struct analyzer *analyzer, enum finish_reason reason)
{
	const struct deadline *first;

	deadlines_forget_times(&analyzer->deadlines);
	while ((first = deadlines_first(&analyzer->deadlines)) != NULL)
		report_flow(analyzer, first->flow,
			    reason == FINISH_SHUTDOWN ? REASON_SHUTDOWN : REASON_CAPTURE_END);
}

void analyzer_stats(const struct analyzer *analyzer, struct analyzer_stats *stats)
{
	*stats = (struct analyzer_stats){
		.segments = analyzer->segments,
		.ignored = analyzer->ignored,
		.flows_total = analyzer->table.total,
		.flows_active = analyzer->table.flows.used,
		.flows_evicted = analyzer->evicted,
		.memory_bytes = analyzer->table.flows.used * sizeof(struct flow) +
				analyzer->steps.used * sizeof(struct step_block) +
				analyzer->anomalies.used * sizeof(struct anomaly_entry) +
				analyzer->held.used * sizeof(struct held),
		.memcap_bytes = analyzer->config.memcap_bytes,
		.time_waits_active = analyzer->time_waits_active,
		.time_waits_peak = analyzer->time_waits_peak,
	};
}
