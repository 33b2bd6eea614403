#include "core/close.h"

#include "core/crossing.h"
#include "core/raise.h"
#include "core/seq.h"
#include "core/time_wait.h"

void close_enter_time_wait(struct analyzer *analyzer, struct flow *flow, unsigned side,
			   enum tw_via via, struct moment moment)
{
	if (flow->end[side].state == STATE_TIME_WAIT && !flow->time_wait[side].held)
		time_wait_begin(analyzer, flow, side, via, moment);
}

void close_presume_ack(struct analyzer *analyzer, struct flow *flow, unsigned side,
		       struct moment moment)
{
	struct endpoint *end = &flow->end[side];

	if (!path_move(analyzer, flow, side, FSM_RECV_ACK_OF_FIN, CERTAINTY_ASSUMED, moment))
		return;
	end->presumed = true;
	end->has_confirm_end = false;
	close_enter_time_wait(analyzer, flow, side, TW_VIA_CLOSING, moment);
}

/*
 * `side` proves that it has the peer's FIN. From ESTABLISHED the step is dated back to the FIN's
 * latest passage, unless the endpoint has spoken since without covering it; closing endpoints
 * answer at once, and their answer is what is observed.
 */
static void prove_fin_received(struct analyzer *analyzer, struct flow *flow, unsigned side,
			       const struct trace *by)
{
	struct endpoint *end = &flow->end[side];
	const struct fin_evidence *peer = &flow->close[other(side)];
	bool closing = end->state == STATE_FIN_WAIT_1 || end->state == STATE_FIN_WAIT_2;
	bool dated_back = !closing && !end->spoke_since_fin && peer->last_fin.number != 0 &&
			  peer->last_fin.ts_ns <= by->ts_ns;
	struct moment moment = moment_of(dated_back ? &peer->last_fin : by);
	bool straight = flow->close[side].ack.number != 0 &&
			trace_is_same(&flow->close[side].ack, &peer->fin);
	/* One number before the answer was not seen: it may be a FIN, sent before or after. */
	bool may_have_closed = end->state == STATE_ESTABLISHED && end->sent &&
			       by->seq == end->max + 1 && by->payload_bytes == 0;
	enum certainty certainty = closing           ? CERTAINTY_OBSERVED
				   : may_have_closed ? CERTAINTY_ASSUMED
						     : CERTAINTY_CONFIRMED;

	end->got_fin = true;
	if (end->state == STATE_FIN_WAIT_2 && straight)
		path_restamp(analyzer, flow, side, STATE_FIN_WAIT_2, moment);
	path_move(analyzer, flow, side, FSM_RECV_FIN, certainty, moment);
	close_enter_time_wait(analyzer, flow, side,
			      straight ? TW_VIA_FIN_WAIT_1 : TW_VIA_FIN_WAIT_2, moment);
}

void close_assume_fin_received(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct endpoint *end = &flow->end[side];
	const struct fin_evidence *peer = &flow->close[other(side)];

	if (end->got_fin || !flow->end[other(side)].has_fin)
		return;
	path_move(analyzer, flow, side, FSM_RECV_FIN, CERTAINTY_ASSUMED,
		  moment_of(&peer->last_fin));
	close_enter_time_wait(analyzer, flow, side, TW_VIA_FIN_WAIT_2, moment_of(&peer->last_fin));
}

/* An ACK of `side`'s FIN had passed while the peer's FIN was on its way: now it is known in what
 * order they came. */
static void settle_waiting_ack(struct analyzer *analyzer, struct flow *flow, unsigned side,
			       const struct trace *not_before)
{
	struct endpoint *end = &flow->end[side];
	struct moment moment = moment_of(&end->waiting_ack);

	if (!end->ack_waiting)
		return;
	end->ack_waiting = false;
	if (not_before != NULL && not_before->ts_ns > moment.ts_ns)
		moment = moment_of(not_before);
	close_presume_ack(analyzer, flow, side, moment);
}

void close_settle_waiting_ack(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	if (flow->close[other(side)].fin_repeats == 0)
		close_assume_fin_received(analyzer, flow, side);
	settle_waiting_ack(analyzer, flow, side, NULL);
}

/* Marks an acknowledgement whose own number does not fit; whether it is wrong is judged in the end.
 */
static void judge_ack_number(struct flow *flow, const struct segment *segment, unsigned closer)
{
	const struct endpoint *sender = &flow->end[segment->from];
	bool early = seq_lt(segment->seq, sender->una);
	bool late = seq_gt(segment->seq, sender->max);

	if (!sender->sent || !sender->has_max || (!early && !late))
		return;
	if (segment->payload_bytes > 0 || segment_has(segment, TCP_FIN))
		return; /* repeated, or behind data that was not captured */
	flow->close[closer].ack_why = WAVE_WHY_SEQ;
}

static void note_first_ack(struct flow *flow, const struct segment *segment)
{
	unsigned closer = other(segment->from);
	struct fin_evidence *fin = &flow->close[closer];

	fin->ack = trace_of(segment);
	fin->ack_expected_seq = flow->end[segment->from].max;
	fin->ack_why = WAVE_WHY_NULL;
	fin->ack_gap = false;
	flow->end[closer].fin_acked = true;
	judge_ack_number(flow, segment, closer);
}

/* The peer's first FIN was lost: the ACK of `side`'s own came before, and is proven with the FIN
 * that was repeated. */
static void settle_crossed(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	settle_waiting_ack(analyzer, flow, side, NULL);
	path_confirm(analyzer, flow, side);
	if (flow->close[other(side)].fin_repeats > 0)
		anomaly_note(analyzer, flow, ANOMALY_CROSSED_FIN_PARTIAL, other(side),
			     &flow->close[other(side)].last_fin);
}

/* The ACK of its FIN, once taken back, came with the peer's FIN at the latest. */
static void take_ack_with_fin(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	close_presume_ack(analyzer, flow, side, moment_of(&flow->close[other(side)].last_fin));
	path_confirm(analyzer, flow, side);
}

/* Of two answers that bear the number behind a FIN not seen yet, the one to the peer's repetition
 * came to the tap first: the other left with the peer's FIN, and its sender's own before it. */
static void note_first_answer(struct flow *flow, const struct segment *segment)
{
	struct endpoint *sender = &flow->end[segment->from];

	if (!sender->has_fin && segment->payload_bytes == 0 &&
	    segment->seq == sender->covering_seq && !crossing_answers_again(flow, segment))
		sender->covered_again = false;
}

static void prove_by_ack(struct analyzer *analyzer, struct flow *flow,
			 const struct segment *segment)
{
	struct endpoint *sender = &flow->end[segment->from];
	struct trace by = trace_of(segment);
	bool earlier_than_fin = sender->has_fin && !sender->got_fin &&
				segment->payload_bytes == 0 && (segment->flags & TCP_FIN) == 0 &&
				seq_leq(segment->seq, sender->fin_seq) &&
				!flow->end[other(segment->from)].passive;

	if (sender->got_fin) {
		note_first_answer(flow, segment);
		return;
	}
	sender->covering_seq = segment->seq;
	sender->covered_again = crossing_answers_again(flow, segment);
	if (!sender->has_fin || earlier_than_fin)
		sender->passive = true;
	if (sender->ack_waiting &&
	    crossing_ack_came_first(flow, segment, analyzer->config.reorder_window_ns))
		settle_crossed(analyzer, flow, segment->from);
	else if (sender->state == STATE_FIN_WAIT_1 && crossing_fin_brings_ack(flow, segment->from))
		take_ack_with_fin(analyzer, flow, segment->from);
	prove_fin_received(analyzer, flow, segment->from, &by);
	settle_waiting_ack(analyzer, flow, segment->from, &by);
}

/*
 * True for an ACK of the peer's FIN without payload that bears the number of its sender's own FIN,
 * which passed just before: it left before that FIN, and the tap shows the two the other way round.
 */
static bool was_overtaken(const struct analyzer *analyzer, const struct flow *flow,
			  const struct segment *segment)
{
	const struct endpoint *sender = &flow->end[segment->from];
	const struct fin_evidence *own = &flow->close[segment->from];
	const struct fin_evidence *peer = &flow->close[other(segment->from)];

	return sender->has_fin && own->fin.number != 0 && trace_is_same(&peer->ack, &own->fin) &&
	       segment->payload_bytes == 0 && !segment_has(segment, TCP_FIN) &&
	       segment->seq == sender->fin_seq &&
	       segment->ts_ns - own->fin.ts_ns <= analyzer->config.reorder_window_ns;
}

/* The wave of its own that an overtaken ACK is. */
static void put_back(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned closer = other(segment->from);
	struct fin_evidence *fin = &flow->close[closer];

	fin->ack = trace_of(segment);
	fin->ack_expected_seq = segment->seq;
	if (flow->time_wait[closer].held && flow->time_wait[closer].via == TW_VIA_FIN_WAIT_1)
		flow->time_wait[closer].via = TW_VIA_FIN_WAIT_2;
	flow->reordered++;
	anomaly_note(analyzer, flow, ANOMALY_CLOSE_ORDER_SWAPPED_AT_TAP, segment->from, &fin->ack);
}

void close_take_ack(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned closer = other(segment->from);
	struct endpoint *end = &flow->end[closer];
	struct fin_evidence *fin = &flow->close[closer];
	struct trace by = trace_of(segment);

	prove_by_ack(analyzer, flow, segment);
	if (fin->ack.number == 0 || fin->ack_why == WAVE_WHY_ACK) {
		note_first_ack(flow, segment);
	} else if (was_overtaken(analyzer, flow, segment)) {
		put_back(analyzer, flow, segment);
	} else if (end->fin_unanswered) {
		fin->ack_repeats++;
	}
	end->fin_unanswered = false;
	time_wait_answer(analyzer, flow, segment->from, &by);
	if (crossing_is_open(flow, segment)) {
		if (!end->ack_waiting)
			end->waiting_ack = by;
		end->ack_waiting = true;
		return;
	}
	close_presume_ack(analyzer, flow, closer, moment_of(&by));
}

void close_take_wrong_ack(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment)
{
	unsigned closer = other(segment->from);
	const struct endpoint *sender = &flow->end[segment->from];
	struct fin_evidence *fin = &flow->close[closer];
	struct finding finding = {
		.id = ANOMALY_ACK_OF_FIN_WRONG,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_ack(flow->end[closer].fin_seq + 1),
		.observed = evidence_ack(segment->ack),
	};

	if (sender->has_fin && seq_gt(segment->seq, sender->fin_seq + 1))
		return; /* of another incarnation */
	anomaly_raise(analyzer, flow, &finding);
	if (fin->ack.number == 0) {
		fin->ack = trace_of(segment);
		fin->ack_expected_seq = flow->end[segment->from].max;
		fin->ack_why = WAVE_WHY_ACK;
	}
	if (!sender->has_fin) {
		flow->end[segment->from].passive = true;
		flow->end[segment->from].covering_seq = segment->seq;
	}
	close_assume_fin_received(analyzer, flow, segment->from);
}
