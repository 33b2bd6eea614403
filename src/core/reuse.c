#include "core/reuse.h"

#include "core/handshake.h"
#include "core/intake.h"
#include "core/kin.h"
#include "core/lifecycle.h"
#include "core/path.h"
#include "core/paws.h"
#include "core/raise.h"
#include "core/seq.h"
#include "core/steady.h"
#include "core/time_wait.h"

/* The SYN is kept beside the flow until an answer tells what it is; its repetitions are kept behind
 * it. */
static bool hold_candidate(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	uint32_t handle = core_take_item(analyzer, &analyzer->held);
	uint32_t *link = &flow->candidate;
	struct held *held;

	if (handle == POOL_NONE)
		return false;
	held = pool_at(&analyzer->held, handle);
	held->segment = *segment;
	while (*link != POOL_NONE)
		link = &((struct held *)pool_at(&analyzer->held, *link))->next;
	*link = handle;
	return true;
}

/* The candidate was no new connection: its packets belong to the old one. */
static void drop_candidate(struct analyzer *analyzer, struct flow *flow)
{
	while (flow->candidate != POOL_NONE) {
		uint32_t handle = flow->candidate;
		struct held *held = pool_at(&analyzer->held, handle);

		intake_count(analyzer, flow, &held->segment);
		flow->candidate = held->next;
		pool_give(&analyzer->held, handle);
	}
}

static void note_challenge(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	const struct held *held = pool_at(&analyzer->held, flow->candidate);
	struct trace by = trace_of(&held->segment);
	unsigned holder = segment->from;

	if (segment_has(&held->segment, TCP_ACK)) {
		anomaly_note(analyzer, flow, ANOMALY_SYNACK_UNSOLICITED, other(holder), &by);
	} else if (flow->time_wait[holder].active) {
		flow->time_wait[holder].alive_ns = segment->ts_ns;
		anomaly_note(analyzer, flow, ANOMALY_SYN_HITS_TIME_WAIT_ACKED, holder, &by);
		if (flow->challenged_syn.number == 0)
			flow->challenged_syn = by;
	} else if (flow->established) {
		anomaly_note(analyzer, flow, ANOMALY_SYN_IN_ESTABLISHED, other(holder), &by);
	}
	drop_candidate(analyzer, flow);
}

/*
 * The holder of TIME-WAIT took a SYN. It may where number or time stamp show it to be newer (RFC
 * 1122, 4.2.2.13; RFC 6191); where neither does, it held none.
 */
static void note_recycled(struct analyzer *analyzer, struct flow *flow, const struct segment *syn,
			  const struct segment *answer)
{
	unsigned holder = other(syn->from);
	struct trace by = trace_of(syn);
	uint32_t expected = flow->end[syn->from].max;
	struct finding unacceptable = {
		.id = ANOMALY_REUSE_SYN_UNACCEPTABLE_BUT_ACCEPTED,
		.side = holder,
		.by = by,
		.expected = evidence_seq(expected),
		.observed = evidence_seq(syn->seq),
	};

	if (!segment_has(answer, TCP_SYN))
		return;
	if (!seq_gt(syn->seq, expected) && !paws_is_newer(flow, syn)) {
		anomaly_raise(analyzer, flow, &unacceptable);
		return;
	}
	anomaly_note(analyzer, flow, ANOMALY_TIME_WAIT_RECYCLED_BY_SYN, holder, &by);
	if (answer->seq != flow->end[holder].max + 65537)
		return;
	flow->time_wait[holder].alive_ns = by.ts_ns;
	anomaly_note(analyzer, flow, ANOMALY_TIME_WAIT_RECYCLED_LINUX_ISN, holder, &by);
}

static void note_reuse(struct analyzer *analyzer, struct flow *flow, const struct segment *answer)
{
	const struct held *held = pool_at(&analyzer->held, flow->candidate);
	struct trace by = trace_of(&held->segment);
	unsigned opener = held->segment.from;
	bool reset = flow->reset.accepted;

	if (flow->challenged_syn.number != 0 && flow->challenged_syn.seq == by.seq)
		anomaly_raise(analyzer, flow,
			      &(struct finding){.id = ANOMALY_SYN_TIME_WAIT_STALL,
						.side = opener,
						.by = by,
						.observed = evidence_duration(
							by.ts_ns - flow->challenged_syn.ts_ns)});
	if (flow->time_wait[other(opener)].active)
		note_recycled(analyzer, flow, &held->segment, answer);
	if (flow->time_wait[opener].active)
		anomaly_note(analyzer, flow, ANOMALY_REUSE_BEFORE_2MSL, opener, &by);
	if (!reset && flow->established && !(flow->end[0].fin_acked && flow->end[1].fin_acked))
		anomaly_note(analyzer, flow, ANOMALY_REUSE_AFTER_UNSEEN_CLOSE, opener, &by);
}

/* The segment that opens the tuple again ends what was left of the old connection. */
static void end_time_waits_by_reuse(struct analyzer *analyzer, struct flow *flow,
				    const struct segment *segment)
{
	struct trace by = trace_of(segment);

	for (unsigned side = 0; side < 2; side++) {
		if (!flow->time_wait[side].active)
			continue;
		time_wait_end(analyzer, flow, side, TW_END_REUSE, segment->ts_ns);
		path_place(analyzer, flow, side, STATE_CLOSED, CERTAINTY_OBSERVED, moment_of(&by),
			   "opened again");
	}
}

/* The candidate is answered: the old incarnation is over, and the new one begins with the SYN. */
static void commit_candidate(struct analyzer *analyzer, uint32_t handle,
			     const struct segment *answer)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	const struct held *held = pool_at(&analyzer->held, flow->candidate);

	note_reuse(analyzer, flow, answer);
	end_time_waits_by_reuse(analyzer, flow, &held->segment);
	lifecycle_report(analyzer, handle, REASON_REUSED);
}

/* An attempt that nobody answered is over when the next one begins with another number. */
static bool replaces_attempt(const struct flow *flow, const struct segment *segment)
{
	return !segment_has(segment, TCP_ACK) && !flow->answered && !flow->established &&
	       flow->origin == ORIGIN_HANDSHAKE && flow->end[segment->from].has_iss &&
	       segment->ts_ns - flow->last_ns >= NS_PER_S;
}

static void note_other_number(struct analyzer *analyzer, struct flow *flow,
			      const struct segment *segment)
{
	struct finding finding = {
		.id = ANOMALY_SYN_SEQ_CHANGED,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_seq(flow->end[segment->from].iss),
		.observed = evidence_seq(segment->seq),
	};

	if (flow->end[segment->from].has_iss && !flow->reset.accepted)
		anomaly_raise(analyzer, flow, &finding);
}

/* An ACK so soon after the SYN may have left before the SYN came; TIME-WAIT sends none unasked. */
static bool may_have_crossed(const struct analyzer *analyzer, const struct flow *flow,
			     const struct held *held, const struct segment *segment)
{
	return !flow->time_wait[segment->from].active &&
	       segment->ts_ns - held->segment.ts_ns <= analyzer->config.reorder_window_ns;
}

/* What a segment means to a flow with a candidate. Returns the flow that it belongs to. */
static uint32_t consult_candidate(struct analyzer *analyzer, uint32_t handle,
				  const struct segment *segment, bool *taken)
{
	struct flow *flow = flow_at(&analyzer->table, handle);
	struct held *held = pool_at(&analyzer->held, flow->candidate);

	switch (handshake_judge_candidate(held, segment)) {
	case CANDIDATE_REPEATED:
		*taken = hold_candidate(analyzer, flow, segment);
		if (!*taken)
			drop_candidate(analyzer, flow); /* no room to keep it */
		return handle;
	case CANDIDATE_COMMITTED:
		commit_candidate(analyzer, handle, segment);
		return flow_table_find(&analyzer->table, &segment->tuple,
				       core_hash(analyzer, segment));
	case CANDIDATE_CHALLENGED:
		if (may_have_crossed(analyzer, flow, held, segment))
			break;
		note_challenge(analyzer, flow, segment);
		return handle;
	case CANDIDATE_UNTOUCHED:
		break;
	}
	return handle;
}

uint32_t reuse_route(struct analyzer *analyzer, uint32_t handle, const struct segment *segment)
{
	bool taken = false;

	if (handle == POOL_NONE)
		handle = kin_find(analyzer, segment);
	if (handle != POOL_NONE && flow_at(&analyzer->table, handle)->candidate != POOL_NONE) {
		handle = consult_candidate(analyzer, handle, segment, &taken);
		if (taken)
			return POOL_NONE;
	}
	if (handle != POOL_NONE &&
	    handshake_is_new_attempt(flow_at(&analyzer->table, handle), segment)) {
		struct flow *flow = flow_at(&analyzer->table, handle);

		if (replaces_attempt(flow, segment)) {
			lifecycle_report(analyzer, handle, REASON_REUSED);
			handle = POOL_NONE;
		} else {
			if (flow->candidate != POOL_NONE)
				drop_candidate(analyzer, flow);
			steady_end(analyzer, handle);
			if (!flow->established)
				note_other_number(analyzer, flow, segment);
			if (hold_candidate(analyzer, flow, segment))
				return POOL_NONE;
		}
	}
	if (handle != POOL_NONE &&
	    handshake_is_unseen_attempt(flow_at(&analyzer->table, handle), segment)) {
		end_time_waits_by_reuse(analyzer, flow_at(&analyzer->table, handle), segment);
		lifecycle_report(analyzer, handle, REASON_REUSED);
		handle = POOL_NONE;
	}
	if (handle == POOL_NONE) {
		handle = lifecycle_open(analyzer, segment);
		if (handle == POOL_NONE)
			analyzer->ignored++;
	}
	return handle;
}

/* How many SYNs met the holder's TIME-WAIT; the first and the last of them. */
static unsigned count_syns(const struct analyzer *analyzer, const struct flow *flow,
			   uint32_t candidate, struct trace *first, struct trace *last)
{
	unsigned count = 0;

	for (uint32_t at = candidate; at != POOL_NONE;) {
		const struct held *held = pool_at(&analyzer->held, at);
		const struct time_wait *wait = &flow->time_wait[other(held->segment.from)];
		int64_t end_ns = wait->active ? INT64_MAX : wait->end_ns;

		if (wait->held && !segment_has(&held->segment, TCP_ACK) &&
		    held->segment.ts_ns <= end_ns) {
			*last = trace_of(&held->segment);
			if (count++ == 0)
				*first = *last;
		}
		at = held->next;
	}
	return count;
}

void reuse_judge_ignored(struct analyzer *analyzer, struct flow *flow, uint32_t candidate)
{
	struct trace first = {0}, last = {0};
	unsigned count = count_syns(analyzer, flow, candidate, &first, &last);
	struct finding finding;

	if (count < 2 || last.ts_ns - first.ts_ns < NS_PER_S || flow->last_ns > first.ts_ns ||
	    analyzer->now_ns - last.ts_ns < flow_patience_ns(flow))
		return;
	finding = (struct finding){
		.id = ANOMALY_SYN_TIME_WAIT_IGNORED,
		.side = other(((struct held *)pool_at(&analyzer->held, candidate))->segment.from),
		.by = last,
		.count = count,
		.observed = evidence_duration(last.ts_ns - first.ts_ns),
	};
	if (flow->end[finding.side].sent)
		anomaly_raise(analyzer, flow, &finding);
}
