#include "core/verdict.h"

#include <stddef.h>
#include <string.h>

#include "core/envelope.h"
#include "core/explain.h"
#include "core/giving_up.h"
#include "core/heritage.h"
#include "core/path.h"
#include "core/raise.h"
#include "core/reset.h"
#include "core/seq.h"
#include "core/vantage.h"
#include "core/waves.h"

static bool both_acked(const struct flow *flow)
{
	return flow->end[0].fin_acked && flow->end[1].fin_acked;
}

static enum teardown orderly_type(const struct flow *flow)
{
	unsigned second = flow->end[0].passive ? 0 : 1;

	if (!flow->end[0].passive && !flow->end[1].passive)
		return TEARDOWN_SIMULTANEOUS;
	if (flow->close[other(second)].ack.number != 0 &&
	    trace_is_same(&flow->close[other(second)].ack, &flow->close[second].fin))
		return TEARDOWN_THREE_SEGMENT;
	return TEARDOWN_FOUR_WAY;
}

static enum teardown reset_type(const struct flow *flow)
{
	if (flow->reset.after_fin)
		return TEARDOWN_FIN_THEN_RST;
	if (flow->established || flow->origin == ORIGIN_MIDSTREAM)
		return TEARDOWN_RST_ABORT;
	if (flow->reset.state_before[other(flow->reset.from)] == STATE_SYN_SENT &&
	    !flow->end[flow->reset.from].has_iss)
		return TEARDOWN_REFUSED;
	return TEARDOWN_HANDSHAKE_ABANDONED;
}

static enum teardown opening_type(const struct flow *flow)
{
	if (flow->established || flow->origin == ORIGIN_MIDSTREAM)
		return TEARDOWN_NONE;
	if (!flow->answered)
		return TEARDOWN_CONNECT_TIMEOUT;
	return flow->overdue ? TEARDOWN_HANDSHAKE_ABANDONED : TEARDOWN_NONE;
}

enum teardown verdict_teardown(const struct flow *flow)
{
	bool fin[2] = {flow->end[0].has_fin, flow->end[1].has_fin};

	if (reset_stands(flow) && !flow->reset.after_close)
		return reset_type(flow);
	if (both_acked(flow) || (fin[0] && fin[1] && !(flow->end[0].sent && flow->end[1].sent)))
		return orderly_type(flow);
	if (fin[0] && fin[1])
		return TEARDOWN_FOUR_WAY_INCOMPLETE;
	if (fin[0] || fin[1])
		return flow->end[fin[0] ? 0 : 1].fin_acked ? TEARDOWN_HALF_CLOSED
							   : TEARDOWN_ONE_SIDED_FIN;
	return opening_type(flow);
}

static void judge_opening(struct analyzer *analyzer, struct flow *flow)
{
	int64_t since_ns = flow_now_ns(analyzer, flow) - flow->last_ns;
	const struct endpoint *client = &flow->end[flow->client];
	const struct endpoint *server = &flow->end[other(flow->client)];

	if (flow->established || flow->origin == ORIGIN_MIDSTREAM || flow->reset.accepted)
		return;
	if (flow->answered && (client->flags & TCP_SYN) == 0)
		anomaly_note(analyzer, flow, ANOMALY_SYNACK_UNSOLICITED, other(flow->client),
			     &server->last);
	flow->overdue =
		since_ns >= flow_patience_ns(flow) || (flow->syn_repeated && !flow->answered);
	if (!flow->overdue)
		return;
	if (!flow->answered && client->sent)
		anomaly_note(analyzer, flow, ANOMALY_CONNECT_TIMEOUT, flow->client, &client->last);
	else if (flow->answered && client->sent)
		anomaly_note(analyzer, flow, ANOMALY_HANDSHAKE_ABANDONED, flow->client,
			     &server->last);
}

/* A FIN without acknowledgement: nothing came although it was due, or was asked for again. */
static void judge_unacked(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];
	const struct endpoint *peer = &flow->end[other(side)];
	const struct fin_evidence *fin = &flow->close[side];
	int64_t waited_ns = flow_now_ns(analyzer, flow) - fin->fin.ts_ns;
	struct finding finding;

	if (!end->has_fin || end->fin_acked || end->fin_inferred || !peer->sent ||
	    reset_stands(flow) || fin->ack.number != 0 || waited_ns < flow_patience_ns(flow))
		return;
	finding = (struct finding){
		.side = side,
		.by = fin->last_fin,
		.expected = evidence_ack(end->fin_seq + 1),
		.observed = evidence_ack(peer->last_ack),
	};
	if (end->passive && fin->fin_repeats > 0) {
		finding.id = ANOMALY_WAVE4_MISSING;
		finding.side = other(side);
		anomaly_raise(analyzer, flow, &finding);
	} else {
		finding.id = ANOMALY_FIN_UNACKED;
		anomaly_raise(analyzer, flow, &finding);
	}
}

/* An acknowledgement of a FIN with a number of its own that its sender never reached, or had long
 * passed. */
static void judge_ack_number(struct analyzer *analyzer, struct flow *flow, unsigned closer)
{
	struct fin_evidence *fin = &flow->close[closer];
	const struct endpoint *sender = &flow->end[other(closer)];
	struct finding finding;

	if (fin->ack_why != WAVE_WHY_SEQ)
		return;
	finding = (struct finding){
		.id = sender->passive ? ANOMALY_WAVE2_SEQ_MISMATCH : ANOMALY_WAVE4_SEQ_WRONG,
		.side = other(closer),
		.by = fin->ack,
		.expected = evidence_seq(fin->ack_expected_seq),
		.observed = evidence_seq(fin->ack.seq),
	};
	if (seq_gt(fin->ack.seq, fin->ack_expected_seq) && seq_leq(fin->ack.seq, sender->max))
		fin->ack_why = WAVE_WHY_NULL; /* what lies before it came behind it */
	else
		anomaly_raise(analyzer, flow, &finding);
}

/* A FIN that is still only inferred is missing from the capture. */
static void judge_inferred(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	if (!flow->end[side].fin_inferred)
		return;
	flow->capture_loss = true;
	if (flow->end[side].sent)
		anomaly_note(analyzer, flow, ANOMALY_FIN_NOT_CAPTURED, side,
			     &flow->close[side].ack);
}

/* A FIN behind its sender's own RST, and nothing after it that would show the RST to be another's.
 */
static void judge_fin_after_reset(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	const struct trace *fin = &flow->close[side].fin;

	if (reset_stands(flow) && !flow->reset.third_party && flow->reset.from == side &&
	    flow->end[side].has_fin && !flow->end[side].fin_inferred &&
	    fin->ts_ns - flow->reset.by.ts_ns > analyzer->config.reorder_window_ns)
		anomaly_raise(analyzer, flow,
			      &(struct finding){
				      .id = ANOMALY_FIN_AFTER_RST,
				      .side = side,
				      .by = *fin,
				      .expected = evidence_seq(flow->reset.by.seq),
				      .observed = evidence_seq(fin->seq),
			      });
}

static bool one_direction(const struct flow *flow)
{
	return (!flow->end[0].sent && flow->end[1].ack_advanced) ||
	       (!flow->end[1].sent && flow->end[0].ack_advanced);
}

void verdict_judge(struct analyzer *analyzer, struct flow *flow, enum reason reason)
{
	struct trace last = {.ts_ns = flow->last_ns, .number = flow->last_number};

	judge_opening(analyzer, flow);
	if (!flow->established) /* the client took none of them */
		anomaly_worsen(analyzer, flow, ANOMALY_SYNACK_SEQ_CHANGED, other(flow->client),
			       SEVERITY_WARNING);
	giving_up_final(analyzer, flow);
	for (unsigned i = 0; i < 2; i++) {
		unsigned side = i == 0 ? flow->client : other(flow->client);

		judge_unacked(analyzer, flow, side);
		judge_inferred(analyzer, flow, side);
		judge_ack_number(analyzer, flow, side);
		judge_fin_after_reset(analyzer, flow, side);
	}
	if (flow->end[0].has_fin && flow->end[1].has_fin && !flow->end[0].passive &&
	    !flow->end[1].passive)
		anomaly_note(analyzer, flow, ANOMALY_SIMULTANEOUS_CLOSE, SIDE_NEITHER,
			     &flow->close[waves_first_closer(flow)].fin);
	if (one_direction(flow))
		anomaly_note(analyzer, flow, ANOMALY_ONE_DIRECTION_ONLY, SIDE_NEITHER, &last);
	if (reason == REASON_EVICTED)
		anomaly_note(analyzer, flow, ANOMALY_EVICTED, SIDE_NEITHER, &last);
}

static void fill_counts(const struct flow *flow, struct flow_report *report)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct endpoint *end =
			&flow->end[i == 0 ? flow->client : other(flow->client)];

		report->packets[i] = end->packets;
		report->frame_bytes[i] = end->frame_bytes;
		report->payload_bytes[i] = end->payload_bytes;
		report->retransmissions[i] = end->retransmissions;
		report->tcp_flags[i] = end->flags;
	}
}

static void fill_endpoint(const struct flow *flow, unsigned side, struct report_endpoint *report)
{
	const struct endpoint *end = &flow->end[side];

	report->state = end->state;
	report->state_proven = end->proven;
	report->has_iss = end->has_iss;
	report->iss = end->iss;
	report->has_fin_seq = end->has_fin;
	report->fin_seq = end->fin_seq;
}

static enum reason final_reason(const struct flow *flow, enum reason reason)
{
	if (reason == REASON_EVICTED)
		return reason;
	if (reset_stands(flow) && !flow->reset.after_close)
		return REASON_RESET;
	return both_acked(flow) ? REASON_CLOSED : reason;
}

static enum flow_state flow_state(const struct flow *flow)
{
	if (both_acked(flow) || reset_stands(flow) || flow->end[0].has_fin || flow->end[1].has_fin)
		return FLOW_STATE_CLOSED;
	return flow->established ? FLOW_STATE_ESTABLISHED : FLOW_STATE_NEW;
}

static void fill_closer(const struct flow *flow, struct flow_report *report)
{
	bool aborted = reset_stands(flow) && !flow->reset.after_fin;
	bool fin[2] = {flow->end[0].has_fin && !aborted, flow->end[1].has_fin && !aborted};
	unsigned first = waves_first_closer(flow);

	report->closer = WHO_NULL;
	report->closer_by = CLOSER_BY_NULL;
	if (fin[0] && fin[1] && !flow->end[0].passive && !flow->end[1].passive) {
		report->closer = WHO_BOTH;
		report->closer_by = CLOSER_BY_ACK_COVERAGE;
	} else if (fin[0] || fin[1]) {
		report->closer = envelope_who(flow, first);
		report->closer_by = !(fin[0] && fin[1])             ? CLOSER_BY_ONLY_FIN
				    : flow->end[first].fin_inferred ? CLOSER_BY_INFERRED_GAP
				    : !flow->end[other(first)].sent || flow->close[first].ack_gap
					    ? CLOSER_BY_ORDER_ASSUMED
					    : CLOSER_BY_ACK_COVERAGE;
	} else if (reset_stands(flow)) {
		report->closer =
			flow->reset.third_party ? WHO_NULL : envelope_who(flow, flow->reset.from);
		report->closer_by = CLOSER_BY_RESET;
	}
}

static void fill_reset(const struct flow *flow, struct report_reset *report)
{
	const struct reset *reset = &flow->reset;

	report->present = reset->seen;
	if (!reset->seen)
		return;
	report->by = reset->third_party ? WHO_THIRD_PARTY : envelope_who(flow, reset->from);
	report->ts_ns = reset->by.ts_ns;
	report->number = reset->by.number;
	report->form = reset->form;
	report->class = reset->class;
	report->accepted = reset->acceptance;
	report->multipath = reset->multipath;
	report->multipath_reason = reset->multipath_reason;
	report->trigger_number = reset->trigger_number;
	report->bytes_lost[0] = reset->bytes_lost[flow->client];
	report->bytes_lost[1] = reset->bytes_lost[other(flow->client)];
}

/* The holder had sent its ACK of the peer's FIN before it passed the tap. */
static bool began_by_own_ack(const struct flow *flow, unsigned holder)
{
	const struct fin_evidence *peer = &flow->close[other(holder)];

	return flow->time_wait[holder].via != TW_VIA_CLOSING && peer->ack.number != 0 &&
	       !peer->ack_gap;
}

static void fill_time_wait(const struct analyzer *analyzer, const struct flow *flow, unsigned side,
			   struct flow_report *report)
{
	const struct time_wait *wait = &flow->time_wait[side];
	struct report_time_wait *out = &report->time_wait[report->time_wait_count];

	if (!wait->held)
		return;
	report->time_wait_count++;
	*out = (struct report_time_wait){
		.side = envelope_who(flow, side),
		.via = wait->via,
		.start_ns = wait->start_ns,
		.has_lead = began_by_own_ack(flow, side) && report->vantage.has_legs,
		.lead_ns = flow->end[side].leg_ns / 2,
		.nominal_ns = analyzer->config.time_wait_ns,
		.profile = analyzer->config.profile,
		.restarts = wait->restarts,
		.has_end = wait->ended_by != TW_END_CAPTURE_END && wait->ended_by != TW_END_EVICTED,
		.end_ns = wait->end_ns,
		.duration_ns = wait->end_ns > wait->start_ns ? wait->end_ns - wait->start_ns : 0,
		.evidence_min_ns =
			wait->alive_ns > wait->start_ns ? wait->alive_ns - wait->start_ns : 0,
		.has_evidence_max =
			wait->ended_by == TW_END_ASSASSINATED || wait->ended_by == TW_END_ABSENT ||
			wait->ended_by == TW_END_REUSE || wait->ended_by == TW_END_OWN_RESET,
		.evidence_max_ns =
			wait->end_ns > wait->start_ns ? wait->end_ns - wait->start_ns : 0,
		.ended_by = wait->ended_by,
	};
}

static void fill_time_waits(const struct analyzer *analyzer, const struct flow *flow,
			    struct flow_report *report)
{
	unsigned first = flow->client;

	if (flow->time_wait[other(first)].held && flow->time_wait[first].held &&
	    flow->time_wait[other(first)].start_ns < flow->time_wait[first].start_ns)
		first = other(first);
	report->time_wait_count = 0;
	fill_time_wait(analyzer, flow, first, report);
	fill_time_wait(analyzer, flow, other(first), report);
}

static enum doubt capture_doubt(const struct analyzer *analyzer, const struct flow *flow)
{
	if (flow->loss_at_close || flow_may_lack_frames(analyzer, flow))
		return DOUBT_LIKELY;
	return flow->capture_loss || one_direction(flow) ? DOUBT_POSSIBLE : DOUBT_NONE;
}

static void fill_quality(const struct analyzer *analyzer, const struct flow *flow,
			 struct report_quality *quality)
{
	*quality = (struct report_quality){
		.capture_loss = flow->capture_loss,
		.one_direction = one_direction(flow),
		.reordered_at_tap = flow->reordered,
		.frame_duplicates = flow->duplicates,
		.truncated_headers = flow->truncated,
		.fragments = flow->fragments,
		.path_truncated = flow->path_truncated,
		.anomalies_truncated = flow->anomalies_truncated,
		.capture_doubt = capture_doubt(analyzer, flow),
	};
}

static void fill_teardown(const struct analyzer *analyzer, const struct flow *flow,
			  enum reason reason, struct flow_report *report)
{
	report->teardown = verdict_teardown(flow);
	fill_closer(flow, report);
	report->complete = both_acked(flow) && flow->end[0].sent && flow->end[1].sent;
	waves_report(analyzer, flow, reason, report);
	fill_reset(flow, &report->reset);
	explain_end(analyzer, flow, report);
}

void verdict_clear(struct flow_report *report)
{
	const size_t close = offsetof(struct flow_report, teardown);

	memset(report, 0, offsetof(struct flow_report, endpoint));
	memset((char *)report + close, 0, offsetof(struct flow_report, explanation) - close);
}

void verdict_fill(const struct analyzer *analyzer, const struct flow *flow, enum reason reason,
		  struct flow_report *report)
{
	verdict_clear(report);
	envelope_fill(flow, flow->last_ns, flow->last_number, &report->envelope);
	report->start_ns = flow->first_ns;
	report->end_ns = flow->last_ns > flow->first_ns ? flow->last_ns : flow->first_ns;
	report->first_number = flow->first_number;
	report->flow_state = flow_state(flow);
	report->reason = final_reason(flow, reason);
	report->origin = flow->origin;
	report->orientation = flow->orientation;
	report->conn_state = heritage_conn_state(flow);
	report->completeness = flow->completeness;
	heritage_history(flow, report->history);
	fill_counts(flow, report);
	fill_endpoint(flow, flow->client, &report->endpoint[REPORT_CLIENT]);
	fill_endpoint(flow, other(flow->client), &report->endpoint[REPORT_SERVER]);
	path_report(analyzer, flow, report->endpoint);
	fill_teardown(analyzer, flow, reason, report);
	vantage_fill(flow, &report->vantage);
	fill_time_waits(analyzer, flow, report);
	fill_quality(analyzer, flow, &report->quality);
	anomaly_report_all(analyzer, flow, report);
}
