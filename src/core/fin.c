#include "core/fin.h"

#include "core/close.h"
#include "core/crossing.h"
#include "core/endpoint.h"
#include "core/infer.h"
#include "core/pending.h"
#include "core/raise.h"
#include "core/seq.h"
#include "core/time_wait.h"

/* A copy of the FIN that passes the tap, the first one or a later one. */
static void note_copy(struct fin_evidence *fin, const struct segment *segment)
{
	fin->last_fin = trace_of(segment);
	fin->last_fin_stamped = (segment->marks & SEGMENT_TIMESTAMPS) != 0;
	fin->last_fin_tsval = segment->tsval;
}

static void reject_fin(struct flow *flow, const struct segment *segment, enum wave_why why)
{
	struct endpoint *end = &flow->end[segment->from];
	struct fin_evidence *fin = &flow->close[segment->from];

	end->fin_rejected = true;
	fin->fin = fin->last_fin = trace_of(segment);
	fin->fin_expected_seq = end->has_max ? end->max : segment->seq;
	fin->fin_why = (uint8_t)why;
}

/* The second FIN shows how long its sender kept its half open, and for what. */
static void judge_half_close(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	const struct fin_evidence *fin = &flow->close[side];
	const struct trace *ack = &flow->close[other(side)].ack;
	int64_t open_ns = fin->fin.ts_ns - ack->ts_ns;
	struct finding finding = {
		.id = ANOMALY_HALF_CLOSE,
		.side = side,
		.by = fin->fin,
		.observed = evidence_duration(open_ns),
	};

	if (!flow->end[side].passive || ack->number == 0 || trace_is_same(ack, &fin->fin))
		return;
	if (flow->half_close_bytes > 0) {
		finding.observed.has |= EVIDENCE_BYTES;
		finding.observed.bytes = flow->half_close_bytes;
		anomaly_raise(analyzer, flow, &finding);
		return;
	}
	finding.id = ANOMALY_HALF_CLOSE_LONG;
	if (open_ns > analyzer->config.half_close_limit_ns)
		anomaly_raise(analyzer, flow, &finding);
	finding.id = ANOMALY_SLOW_CLOSE;
	if (open_ns > core_slow_close_ns(flow->rtt_ns))
		anomaly_raise(analyzer, flow, &finding);
}

/* A window that was shut for long and opened just before the FIN had held it up (RFC
 * 9293, 3.8.6.1). */
static void judge_window(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];
	const struct trace *fin = &flow->close[side].fin;
	int64_t rto_ns = flow_rto_ns(flow);
	struct finding finding = {
		.id = ANOMALY_ZERO_WINDOW_AT_CLOSE,
		.side = other(side),
		.by = *fin,
		.observed = evidence_duration(end->shut_ns),
	};

	if (end->shut_ns > rto_ns && fin->ts_ns - end->reopened_ns < rto_ns)
		anomaly_raise(analyzer, flow, &finding);
}

/* The endpoint's FIN was on its way before it had the peer's: the capture holds them the other way
 * round. */
static void uncross(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct endpoint *peer = &flow->end[other(side)];
	struct moment moment = moment_of(&flow->close[side].fin);

	path_refute(analyzer, flow, side);
	path_move(analyzer, flow, side, FSM_SEND_FIN, CERTAINTY_OBSERVED, moment);
	path_move(analyzer, flow, side, FSM_RECV_FIN, CERTAINTY_OBSERVED, moment);
	if (peer->state != STATE_FIN_WAIT_2 || !peer->presumed ||
	    !crossing_fin_left_first(flow, side, analyzer->config.reorder_window_ns))
		return; /* the FIN was lost and repeated: its ACK did come first */
	path_refute(analyzer, flow, other(side));
	peer->ack_waiting = true;
	peer->waiting_ack = flow->close[other(side)].ack;
}

static void send_fin(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	const struct fin_evidence *fin = &flow->close[side];
	struct endpoint *end = &flow->end[side];
	struct moment moment = moment_of(&fin->fin);
	bool reset = end->state == STATE_CLOSED && flow->reset.accepted &&
		     flow->reset.from == other(side);

	if (end->state == STATE_CLOSE_WAIT && !end->passive) {
		uncross(analyzer, flow, side);
		return;
	}
	if (reset) /* the FIN left before the reset arrived */
		path_refute(analyzer, flow, side);
	if (reset && end->state == STATE_CLOSE_WAIT && !end->got_fin)
		path_refute(analyzer, flow, side); /* and before the peer's FIN did */
	path_move(analyzer, flow, side, FSM_SEND_FIN,
		  fin->doubtful ? CERTAINTY_ASSUMED : CERTAINTY_OBSERVED, moment);
	if (!reset)
		return;
	close_assume_fin_received(analyzer, flow, side);
	path_move(analyzer, flow, side, FSM_RECV_RST, CERTAINTY_ASSUMED, moment);
}

/* An acceptable FIN: what its sender does is observed, what its receiver does is not. */
static void accept_fin(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct endpoint *end = &flow->end[side];
	struct endpoint *peer = &flow->end[other(side)];
	struct fin_evidence *fin = &flow->close[side];
	uint32_t number = fin->fin.seq + fin->fin.payload_bytes;

	end->has_fin = true;
	end->fin_rejected = end->fin_waiting = false;
	end->fin_seq = number;
	end->passive = (end->passive || end->got_fin) &&
		       (seq_leq(end->covering_seq, number) || end->covered_again);
	end->fin_in_order = !end->has_max || seq_leq(fin->fin.seq, end->contiguous);
	endpoint_cover(end, fin->fin.seq, number + 1);
	peer->spoke_since_fin = false;
	fin->idle_ns = fin->fin.ts_ns - (flow->payload_ns == 0 ? flow->first_ns : flow->payload_ns);
	if (fin->fin_why == WAVE_WHY_NULL && end->passive && fin->fin.ack != peer->fin_seq + 1 &&
	    seq_lt(fin->fin.ack, peer->fin_seq + 1)) {
		fin->fin_why = WAVE_WHY_ACK;
		anomaly_raise(analyzer, flow,
			      &(struct finding){.id = ANOMALY_WAVE3_ACK_REGRESS,
						.side = side,
						.by = fin->fin,
						.expected = evidence_ack(peer->fin_seq + 1),
						.observed = evidence_ack(fin->fin.ack)});
	}
	send_fin(analyzer, flow, side);
	judge_half_close(analyzer, flow, side);
	judge_window(analyzer, flow, side);
	pending_judge(analyzer, flow, side, &fin->fin);
}

void fin_settle_waiting(struct analyzer *analyzer, struct flow *flow, unsigned side,
			enum fin_verdict verdict)
{
	struct fin_evidence *fin = &flow->close[side];
	struct finding finding;

	if (!flow->end[side].fin_waiting)
		return;
	flow->end[side].fin_waiting = false;
	if (verdict != FIN_WRONG) {
		fin->fin_why = WAVE_WHY_NULL;
		fin->doubtful = verdict == FIN_UNDECIDED;
		accept_fin(analyzer, flow, side);
		return;
	}
	flow->end[side].fin_rejected = true;
	if (trace_is_same(&flow->end[other(side)].unseen.by, &fin->fin))
		flow->end[other(side)].unseen = (struct unseen){0};
	finding = (struct finding){
		.id = ANOMALY_FIN_ACK_INVALID,
		.side = side,
		.by = fin->fin,
		.expected = evidence_ack(flow->end[other(side)].max),
		.observed = evidence_ack(fin->fin.ack),
	};
	if (fin->fin_why == WAVE_WHY_WINDOW) {
		finding.id = ANOMALY_FIN_BEYOND_WINDOW;
		finding.expected = evidence_seq(flow->end[side].edge);
		finding.observed = evidence_seq(fin->fin.seq);
	}
	anomaly_raise(analyzer, flow, &finding);
}

/* The presumed receipt of the ACK of its FIN is taken back: the endpoint would not repeat it
 * otherwise. */
static void retract_ack(struct analyzer *analyzer, struct flow *flow, unsigned side,
			const struct trace *by)
{
	struct endpoint *end = &flow->end[side];
	enum state back = fsm_retract(end->state);

	if (!end->presumed || back == STATE_NULL)
		return;
	if (end->state == STATE_TIME_WAIT)
		time_wait_void(analyzer, flow, side);
	if (end->state == STATE_CLOSED && flow->close[side].ack.number != 0)
		anomaly_note(analyzer, flow, ANOMALY_LAST_ACK_LOST, side, by);
	path_refute(analyzer, flow, side);
	path_place(analyzer, flow, side, back, CERTAINTY_OBSERVED, moment_of(by),
		   "repeats its FIN");
}

/* The FIN that had been inferred stands in the capture after all, behind its acknowledgement. */
static void find_fin(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned side = segment->from;
	struct endpoint *end = &flow->end[side];
	struct fin_evidence *fin = &flow->close[side];
	struct trace by = trace_of(segment);

	end->fin_inferred = false;
	fin->fin = by;
	note_copy(fin, segment);
	fin->fin_expected_seq = segment->seq;
	flow->loss_at_close = flow->end[other(side)].fin_inferred;
	path_observe(analyzer, flow, side, end->passive ? STATE_LAST_ACK : STATE_FIN_WAIT_1,
		     moment_of(&by));
	if (by.ts_ns - fin->ack.ts_ns > analyzer->config.reorder_window_ns)
		return;
	flow->reordered++;
	anomaly_note(analyzer, flow, ANOMALY_CLOSE_ORDER_SWAPPED_AT_TAP, other(side), &by);
}

/* The last ACK had been inferred from silence; the FIN comes again: it never came. */
static void take_back_gap(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	unsigned holder = other(side);

	flow->close[side].ack_gap = false;
	flow->end[side].fin_acked = false;
	if (flow->end[holder].state != STATE_TIME_WAIT)
		return;
	time_wait_void(analyzer, flow, holder);
	path_refute(analyzer, flow, holder);
}

static void repeat_fin(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned side = segment->from;
	struct endpoint *end = &flow->end[side];
	struct endpoint *peer = &flow->end[other(side)];
	struct fin_evidence *fin = &flow->close[side];
	struct trace by = trace_of(segment);
	struct finding finding = {.id = ANOMALY_FIN_RETRANSMITTED, .side = side, .by = by};

	if (end->fin_inferred) {
		find_fin(analyzer, flow, segment);
		return;
	}
	if (by.ip_id != 0 && by.ip_id == fin->last_fin.ip_id) {
		time_wait_ask(flow, other(side), &by);
		return; /* the network made the copy: its sender repeated nothing */
	}
	fin->fin_repeats++;
	if (seq_lt(by.seq, fin->fin.seq))
		anomaly_note(analyzer, flow, ANOMALY_FIN_RETRANSMIT_WITH_EARLIER_DATA, side, &by);
	anomaly_raise_as(analyzer, flow, &finding,
			 fin->fin_repeats >= 3 ? SEVERITY_NOTICE : SEVERITY_INFO);
	if (fin->ack_gap)
		take_back_gap(analyzer, flow, side);
	note_copy(fin, segment);
	end->fin_unanswered = true;
	peer->spoke_since_fin = false;
	retract_ack(analyzer, flow, side, &by);
	time_wait_ask(flow, other(side), &by);
}

static void another_fin(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	uint32_t number = segment->seq + segment->payload_bytes;
	struct finding finding = {
		.id = ANOMALY_FIN_SEQ_CHANGED,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_seq(end->fin_seq),
		.observed = evidence_seq(number),
	};

	anomaly_raise(analyzer, flow, &finding);
	if (end->fin_acked || end->fin_in_order || seq_lt(number, end->fin_seq))
		return;
	end->fin_seq = number;
	end->max = number + 1;
	flow->close[segment->from].fin = flow->close[segment->from].last_fin = trace_of(segment);
}

static bool beyond_window(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	bool scale_known = flow->end[0].has_iss && flow->end[1].has_iss &&
			   !flow->end[0].scale_unknown && !flow->end[1].scale_unknown;

	return scale_known && end->has_edge && seq_gt(segment->seq, end->edge);
}

/* Receivers ignore a FIN without ACK bit (RFC 9293, 3.10.7.4). */
static void ignore_fin(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct trace by = trace_of(segment);

	reject_fin(flow, segment, WAVE_WHY_NO_ACK_FLAG);
	anomaly_note(analyzer, flow, ANOMALY_FIN_WITHOUT_ACK_FLAG, segment->from, &by);
}

/* A FIN in the midst of what its sender had sent as data: receivers drop it as old. Where the
 * capture lacks the byte in that place, the byte was this FIN. */
static bool drop_old_fin(struct analyzer *analyzer, struct flow *flow,
			 const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	uint32_t number = segment->seq + segment->payload_bytes;
	bool was_unseen = end->unseen.by.number != 0 && end->unseen.until == number + 1;
	struct finding finding = {
		.id = ANOMALY_FIN_SEQ_BELOW_UNA,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_seq(end->max),
		.observed = evidence_seq(number),
	};

	if (!end->has_max || seq_geq(number + 1, end->contiguous) || was_unseen)
		return false;
	reject_fin(flow, segment, WAVE_WHY_SEQ);
	anomaly_raise(analyzer, flow, &finding);
	return true;
}

/* True where the FIN acknowledges more than the capture holds of the peer. */
static bool acknowledges_unseen(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];

	return peer->sent && peer->has_max && seq_gt(segment->ack, peer->max);
}

/*
 * Whoever closes says close_notify before (RFC 5246, 7.2.1); without it nobody can tell the end
 * from a truncation. TLS 1.3 hides the type of its records: there nothing is said.
 */
static void judge_farewell(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	bool old = end->tls_old || flow->end[other(segment->from)].tls_old;
	bool own = segment->payload_bytes > 0;
	unsigned look = own ? segment->look : end->look;
	uint32_t look_end = own ? segment->seq + segment->payload_bytes : end->look_end;
	struct trace by = trace_of(segment);

	if (old && end->has_fin && end->fin_in_order && look_end == end->fin_seq &&
	    look == PAYLOAD_TLS)
		anomaly_note(analyzer, flow, ANOMALY_TLS_CLOSE_WITHOUT_NOTIFY, segment->from, &by);
}

void fin_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct fin_evidence *fin = &flow->close[segment->from];

	if (end->fin_inferred && end->fin_seq != segment->seq + segment->payload_bytes)
		infer_retract(analyzer, flow, segment->from);
	if (end->has_fin || end->fin_waiting) {
		uint32_t number =
			end->has_fin ? end->fin_seq : fin->fin.seq + fin->fin.payload_bytes;

		if (number != segment->seq + segment->payload_bytes)
			another_fin(analyzer, flow, segment);
		else if (end->has_fin)
			repeat_fin(analyzer, flow, segment);
		return;
	}
	if (!segment_has(segment, TCP_ACK)) {
		ignore_fin(analyzer, flow, segment);
		return;
	}
	if (drop_old_fin(analyzer, flow, segment))
		return;
	if (infer_is_possible(flow, other(segment->from)))
		infer_fin(analyzer, flow, other(segment->from));
	fin->fin = trace_of(segment);
	note_copy(fin, segment);
	fin->fin_expected_seq = end->has_max ? end->max : segment->seq;
	fin->fin_why = beyond_window(flow, segment)         ? WAVE_WHY_WINDOW
		       : acknowledges_unseen(flow, segment) ? WAVE_WHY_ACK
							    : WAVE_WHY_NULL;
	end->fin_waiting = fin->fin_why != WAVE_WHY_NULL;
	if (end->fin_waiting)
		return;
	accept_fin(analyzer, flow, segment->from);
	judge_farewell(analyzer, flow, segment);
}
