#include "core/lifecycle.h"

#include "core/exchange.h"
#include "core/flow_pack.h"
#include "core/handshake.h"
#include "core/heritage.h"
#include "core/incarnation.h"
#include "core/intake.h"
#include "core/kin.h"
#include "core/lone_report.h"
#include "core/ordinary.h"
#include "core/orient.h"
#include "core/path.h"
#include "core/paws.h"
#include "core/ports.h"
#include "core/raise.h"
#include "core/reset.h"
#include "core/reuse.h"
#include "core/silence.h"
#include "core/steady.h"
#include "core/storm.h"
#include "core/time_wait.h"
#include "core/verdict.h"

/* What a new flow may need before long: its node and index entry, its packed record, anomalies. */
#define FLOW_ALLOWANCE_BYTES                                                                       \
	(sizeof(struct flow_node) + 2 * sizeof(struct index_slot) + FLOW_PACKED_MAX_BYTES +        \
	 2 * sizeof(struct anomaly_entry))

/* 53 bits: more would be corrupted by readers that keep numbers as doubles. */
#define FLOW_ID_MASK ((UINT64_C(1) << 53) - 1)

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

/* The next time at which something happens to the flow: a TIME-WAIT ends, silence decides, the
 * record is final. */
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

static void reclassify(struct analyzer *analyzer, uint32_t handle)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	bool over = reset_stands(flow) || (flow->end[0].fin_acked && flow->end[1].fin_acked);
	enum flow_class class = over || flow->parked ? FLOW_OVER
				: flow->established  ? FLOW_OPEN
						     : FLOW_HALF_OPEN;

	if (node_at(&analyzer->table, handle)->queue != class + 1U)
		flow_table_classify(&analyzer->table, handle, class);
}

/* The key may be earlier than the truth, never later. Of a flow that is over it is the truth, so
 * that nobody unpacks it before its time. */
static void rearm(struct analyzer *analyzer, uint32_t handle)
{
	int64_t next = next_ns(analyzer, flow_at(&analyzer->table, handle));
	int64_t key = deadlines_key(&analyzer->deadlines, handle);
	bool over = node_at(&analyzer->table, handle)->queue == FLOW_OVER + 1U;

	if (next < key || (over && next > key))
		deadlines_update(&analyzer->deadlines, handle, next);
}

static void finish_time_waits(struct analyzer *analyzer, struct flow *flow, enum reason reason)
{
	enum tw_end ended_by = reason == REASON_EVICTED ? TW_END_EVICTED : TW_END_CAPTURE_END;

	for (unsigned side = 0; side < 2; side++)
		time_wait_end(analyzer, flow, side, ended_by, analyzer->now_ns);
}

static void forget(struct analyzer *analyzer, uint32_t handle)
{
	deadlines_remove(&analyzer->deadlines, handle);
	if (analyzer->at_rest)
		flow_table_dismiss(&analyzer->table, handle);
	else
		flow_table_remove(&analyzer->table, handle);
}

static void release_flow(struct analyzer *analyzer, uint32_t handle, struct flow *flow)
{
	path_release(analyzer, flow);
	anomaly_release(analyzer, flow);
	forget(analyzer, handle);
}

/* A candidate that nobody answered or challenged is a connection attempt of its own. */
static void release_candidate(struct analyzer *analyzer, uint32_t candidate)
{
	uint32_t handle = POOL_NONE;

	while (candidate != POOL_NONE) {
		struct held held = *(struct held *)pool_at(&analyzer->held, candidate);

		pool_give(&analyzer->held, candidate);
		candidate = held.next;
		if (handle == POOL_NONE)
			handle = lifecycle_open(analyzer, &held.segment);
		if (handle == POOL_NONE)
			analyzer->ignored++;
		else
			lifecycle_process(analyzer, handle, &held.segment);
	}
}

void lifecycle_announce(const struct analyzer *analyzer, uint32_t handle, enum prefetch_round round)
{
	struct tuple tuple;

	if (analyzer->sink.expect == NULL || !node_at(&analyzer->table, handle)->plain)
		return;
	flow_table_copy_tuple(&analyzer->table, handle, &tuple);
	analyzer->sink.expect(analyzer->sink.context, &tuple, round);
}

/* A record that is needed once more, to be reported: of a diary it is made where it stays in the
 * cache. */
static struct flow *last_record(struct analyzer *analyzer, uint32_t handle)
{
	struct flow *record = &analyzer->scratch->record;

	if (!node_at(&analyzer->table, handle)->diary)
		return flow_at(&analyzer->table, handle);
	lifecycle_announce(analyzer, handle, PREFETCH_FIRST);
	flow_table_copy(&analyzer->table, handle, record);
	lifecycle_announce(analyzer, handle, PREFETCH_SECOND);
	return record;
}

/* No segment will come any more that what is remembered of a connection could be asked about: at
 * the end, none but those that were held. */
static bool is_last_word(const struct analyzer *analyzer)
{
	return analyzer->finishing && analyzer->held.used == 0;
}

/* `flow` is its record, or a copy of that. */
static void report(struct analyzer *analyzer, uint32_t handle, struct flow *flow,
		   enum reason reason)
{
	struct flow_report *scratch = &analyzer->scratch->report;
	uint32_t candidate = flow->candidate;

	flow->candidate = POOL_NONE;
	if (flow->parked)
		reason = REASON_IDLE_TIMEOUT;
	reuse_judge_ignored(analyzer, flow, candidate);
	silence_final(analyzer, flow);
	verdict_judge(analyzer, flow, reason);
	finish_time_waits(analyzer, flow, reason);
	ports_release(analyzer, flow);
	if (analyzer->sink.flow != NULL) {
		verdict_fill(analyzer, flow, reason, scratch);
		kin_report(analyzer, handle, scratch);
		analyzer->sink.flow(analyzer->sink.context, scratch);
	}
	if (flow->established && !is_last_word(analyzer))
		incarnation_remember(analyzer, flow);
	release_flow(analyzer, handle, flow);
	if (candidate != POOL_NONE)
		release_candidate(analyzer, candidate);
}

void lifecycle_report(struct analyzer *analyzer, uint32_t handle, enum reason reason)
{
	if (lone_report_end(analyzer, handle, reason))
		forget(analyzer, handle);
	else
		report(analyzer, handle, last_record(analyzer, handle), reason);
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
 * An idle timeout is the observer's decision, not the connection's: what was open may speak again,
 * and is then still the same incarnation, unless it begins with a SYN. Its record is final, but
 * leaves only when a SYN, the end of the input or the need for room shows that nothing more comes,
 * unless nobody can wait for that (IDLE_LEAVES).
 */
static void park(struct analyzer *analyzer, uint32_t handle)
{
	flow_at(&analyzer->table, handle)->parked = true;
	reclassify(analyzer, handle);
	deadlines_update(&analyzer->deadlines, handle, INT64_MAX);
}

/* The same as lifecycle_serve(), of a flow of which only its SYN is kept: it can but time out. */
static bool serve_lone(struct analyzer *analyzer, uint32_t handle, int64_t at_ns)
{
	struct tuple tuple;
	struct lone_syn syn;
	int64_t final_ns;

	if (!flow_table_is_lone(node_at(&analyzer->table, handle)))
		return false;
	flow_table_copy_lone(&analyzer->table, handle, &tuple, &syn);
	final_ns = syn.ts_ns + analyzer->config.syn_timeout_ns;
	if (final_ns > at_ns) {
		deadlines_update(&analyzer->deadlines, handle, final_ns);
		return true;
	}
	analyzer->now_ns = at_ns > analyzer->now_ns ? at_ns : analyzer->now_ns;
	lifecycle_report(analyzer, handle, REASON_IDLE_TIMEOUT);
	return true;
}

/* The flow is due at `at_ns`, by its key: see what is really due. */
void lifecycle_serve(struct analyzer *analyzer, uint32_t handle, int64_t at_ns)
{
	struct flow *flow;
	int64_t next;

	if (ordinary_postpone(analyzer, handle, at_ns) || serve_lone(analyzer, handle, at_ns))
		return;
	flow = ordinary_is_over(analyzer, handle) ? last_record(analyzer, handle)
						  : flow_at(&analyzer->table, handle);
	next = next_ns(analyzer, flow);
	if (next > at_ns) {
		deadlines_update(&analyzer->deadlines, handle, next);
		return;
	}
	steady_end(analyzer, handle);
	analyzer->now_ns = at_ns > analyzer->now_ns ? at_ns : analyzer->now_ns;
	silence_decide(analyzer, flow, at_ns);
	end_due_time_waits(analyzer, flow, at_ns);
	ports_settle(analyzer, flow);
	if (waited_out(flow)) {
		report(analyzer, handle, flow, REASON_CLOSED);
		return;
	}
	if (final_ns(analyzer, flow) <= at_ns) {
		if (due_reason(flow) == REASON_IDLE_TIMEOUT && flow->established &&
		    analyzer->config.idle == IDLE_WAITS)
			park(analyzer, handle);
		else
			lifecycle_report(analyzer, handle, due_reason(flow));
		return;
	}
	reclassify(analyzer, handle);
	deadlines_update(&analyzer->deadlines, handle, next_ns(analyzer, flow));
}

static void evict(struct analyzer *analyzer)
{
	struct flow_table *table = &analyzer->table;
	uint32_t victim = flow_table_victim(table);
	const struct flow_node *node = node_at(table, victim);

	assert(!analyzer->at_rest);
	analyzer->evicted +=
		node->diary || flow_table_is_lone(node) || !flow_at(table, victim)->parked;
	lifecycle_report(analyzer, victim, REASON_EVICTED);
}

/* However little memory is allowed, a few flows may stay. */
static bool exceeds_memory(const struct analyzer *analyzer, uint64_t more_bytes)
{
	return analyzer->table.nodes.used >= FLOWS_LEAST &&
	       core_bound_bytes(analyzer) + more_bytes > analyzer->config.memcap_bytes;
}

void lifecycle_make_room(struct analyzer *analyzer)
{
	while (analyzer->table.nodes.used >= analyzer->config.max_flows ||
	       exceeds_memory(analyzer, FLOW_ALLOWANCE_BYTES))
		evict(analyzer);
}

static int64_t fresh_ns(const struct analyzer *analyzer)
{
	return analyzer->now_ns - analyzer->config.duplicate_window_ns;
}

void lifecycle_reserve(struct analyzer *analyzer)
{
	while (!flow_table_reserve(&analyzer->table, fresh_ns(analyzer)) ||
	       exceeds_memory(analyzer, 0)) {
		if (analyzer->table.nodes.used == 0)
			return;
		evict(analyzer);
	}
}

void lifecycle_settle(struct analyzer *analyzer)
{
	if (flow_table_next_round(&analyzer->table))
		flow_table_pack_idle(&analyzer->table, fresh_ns(analyzer));
	lifecycle_reserve(analyzer);
}

void lifecycle_settle_end(struct analyzer *analyzer)
{
	if (analyzer->at_rest)
		return;
	lifecycle_reserve(analyzer);
	analyzer->at_rest = analyzer->held.used == 0 && !analyzer->long_way;
}

void lifecycle_settle_steady(struct analyzer *analyzer)
{
	uint32_t unpacked = analyzer->table.records.used;

	if (!flow_table_next_round(&analyzer->table))
		return;
	flow_table_pack_idle(&analyzer->table, fresh_ns(analyzer));
	if (analyzer->table.records.used != unpacked)
		lifecycle_reserve(analyzer);
}

void lifecycle_settle_opened(struct analyzer *analyzer)
{
	if (analyzer->table.nodes.used <= FLOWS_LEAST)
		lifecycle_settle(analyzer);
	else
		lifecycle_settle_steady(analyzer);
}

uint64_t lifecycle_flow_id(const struct segment *segment)
{
	static const struct hash_key key = {{UINT64_C(0x666c6f775f69645f), 1}};
	struct {
		struct tuple tuple;
		uint32_t source;
		int64_t ts_ns;
		uint64_t number;
	} what = {segment->tuple, segment->source, segment->ts_ns, segment->number};
	uint64_t id;

	what.tuple.interface = 0; /* the frame's number tells enough */
	id = siphash_1_3(&what, sizeof what, &key) & FLOW_ID_MASK;
	return id == 0 ? 1 : id;
}

uint32_t lifecycle_open(struct analyzer *analyzer, const struct segment *segment)
{
	uint32_t handle;
	struct flow *flow;
	bool syn = (segment->flags & (TCP_SYN | TCP_RST | TCP_FIN)) == TCP_SYN;

	lifecycle_make_room(analyzer);
	handle = flow_table_add(&analyzer->table, &segment->tuple, core_hash(analyzer, segment));
	if (handle == POOL_NONE)
		return POOL_NONE;
	if (!deadlines_reserve(&analyzer->deadlines, analyzer->table.nodes.used)) {
		flow_table_remove(&analyzer->table, handle);
		return POOL_NONE;
	}
	if (segment->ordinal != 0)
		node_at(&analyzer->table, handle)->due.serial = segment->ordinal;
	flow = flow_at(&analyzer->table, handle);
	flow->id = lifecycle_flow_id(segment);
	flow->origin = syn ? ORIGIN_HANDSHAKE : ORIGIN_MIDSTREAM;
	flow->clock_ns = analyzer->now_ns;
	for (unsigned side = 0; side < 2; side++) {
		struct endpoint *end = &flow->end[side];
		bool listens = syn && (side == segment->from) == segment_has(segment, TCP_ACK);

		end->state = end->proven = listens ? STATE_LISTEN : STATE_CLOSED;
		end->window_scale = SEGMENT_NO_WINDOW_SCALE;
		flow->close[side].fin_why = flow->close[side].ack_why = WAVE_WHY_NULL;
	}
	if (syn)
		flow->client = (uint8_t)(segment_has(segment, TCP_ACK) ? other(segment->from)
								       : segment->from);
	else
		orient_midstream(analyzer, flow, segment);
	return handle;
}

/* Control bits that no TCP sends together, or not where no connection is known. */
static bool is_odd(const struct flow *flow, unsigned control)
{
	bool known = flow->established || flow->end[0].has_iss || flow->end[1].has_iss;

	return control == 0 || (control & (TCP_SYN | TCP_RST)) == (TCP_SYN | TCP_RST) ||
	       (control == TCP_FIN && !known);
}

/* False for a segment that is none of this connection's. */
static bool judge(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned control = segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);
	struct trace by = trace_of(segment);

	if (is_odd(flow, control))
		anomaly_raise(analyzer, flow,
			      &(struct finding){.id = ANOMALY_HANDSHAKE_FLAGS_ODD,
						.side = segment->from,
						.by = by,
						.observed = {.has = EVIDENCE_FLAGS,
							     .flags = segment->flags}});
	else if (segment_has(segment, TCP_RST))
		reset_take(analyzer, flow, segment);
	else if (segment_has(segment, TCP_SYN))
		handshake_take(analyzer, flow, segment);
	else
		return exchange_take(analyzer, flow, segment);
	return true;
}

/* A segment that is no copy of one. */
static void feed(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	intake_count(analyzer, flow, segment);
	storm_note(analyzer, flow, segment);
	intake_note_link(analyzer, flow, segment);
	if (judge(analyzer, flow, segment))
		intake_remember(flow, segment);
	else
		intake_remember_frame(flow, segment);
}

/* One segment of this incarnation. */
void lifecycle_process(struct analyzer *analyzer, uint32_t handle, const struct segment *segment)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	struct endpoint *end = &flow->end[segment->from];
	bool duplicate = intake_is_duplicate(analyzer, flow, segment);
	uint64_t repeated = end->retransmissions;

	flow->parked = false;
	flow_table_touch(&analyzer->table, handle);
	kin_note(analyzer, handle, segment);
	if (duplicate) {
		struct trace by = trace_of(segment);

		intake_count(analyzer, flow, segment);
		flow->duplicates++;
		anomaly_note(analyzer, flow, ANOMALY_FRAME_DUPLICATE, SIDE_NEITHER, &by);
	} else {
		feed(analyzer, flow, segment);
	}
	if (end->retransmissions != repeated)
		heritage_note_retransmission(flow, segment->from);
	if (flow->orientation == ORIENTATION_UNKNOWN && flow->origin == ORIGIN_MIDSTREAM &&
	    segment->payload_bytes > 0) {
		flow->client = segment->from;
		flow->orientation = ORIENTATION_PAYLOAD;
	}
	ports_settle(analyzer, flow);
	reclassify(analyzer, handle);
	rearm(analyzer, handle);
	steady_settle(analyzer, handle);
}
