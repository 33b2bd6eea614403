#include "core/reset.h"

#include "core/close.h"
#include "core/endpoint.h"
#include "core/premature.h"
#include "core/raise.h"
#include "core/reset_cause.h"
#include "core/seq.h"
#include "core/time_wait.h"

enum { TTL_BASELINE = 3, BOTH_DIRECTIONS_MS = 5 };

bool reset_stands(const struct flow *flow)
{
	return flow->reset.accepted && !flow->reset.void_;
}

/* The class of a reset from `end`; RESET_CLASS_NULL where nothing is known to compare with. */
static enum reset_class classify(const struct endpoint *end, uint32_t seq)
{
	if (!end->has_max)
		return RESET_CLASS_NULL;
	if (end->has_fin && seq == end->fin_seq)
		return RESET_CLASS_FIN_MINUS_ONE;
	if (seq == end->una || seq == end->max)
		return RESET_CLASS_EXACT;
	if (end->unseen.by.number != 0 && seq == end->unseen.until)
		return RESET_CLASS_EXACT;
	if (seq_gt(seq, end->una) &&
	    (seq_lt(seq, end->max) || !end->has_edge || seq_lt(seq, end->edge)))
		return RESET_CLASS_IN_WINDOW;
	return RESET_CLASS_OUTSIDE;
}

/*
 * The segment that the reset answers: the latest one of the peer that acknowledges its number, and
 * that the resetting side has not answered otherwise.
 */
static const struct trace *find_trigger(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];
	const struct trace *candidate[] = {&peer->last_payload, &peer->last};
	const struct trace *spoke = &flow->end[segment->from].last;

	for (unsigned i = 0; i < 2; i++) {
		bool unanswered =
			trace_is_later(candidate[i], spoke) ||
			seq_lt(spoke->ack, candidate[i]->seq + candidate[i]->payload_bytes);

		if (candidate[i]->number != 0 && unanswered && candidate[i]->ack == segment->seq &&
		    segment->ts_ns - candidate[i]->ts_ns <= flow_answer_ns(flow))
			return candidate[i];
	}
	return NULL;
}

static enum reset_form form_of(const struct segment *segment, const struct trace *trigger,
			       bool opening)
{
	if (segment_has(segment, TCP_ACK))
		return opening && segment->seq == 0 ? RESET_FORM_REFUSAL : RESET_FORM_ABORT;
	return trigger != NULL ? RESET_FORM_REPLY : RESET_FORM_UNKNOWN;
}

/* The sender's ordinary segments all came from another distance. */
static bool foreign_ttl(const struct endpoint *end, const struct segment *segment)
{
	int difference = (int)segment->ttl - (int)end->ttl;

	return end->ttl_count >= TTL_BASELINE && (difference > 1 || difference < -1);
}

/* A RST after MP_FASTCLOSE is how the whole Multipath TCP connection is told to end. */
static enum multipath_reset multipath_of(const struct flow *flow, const struct segment *segment)
{
	if (flow->fast_close)
		return MULTIPATH_RESET_FASTCLOSE;
	return (segment->marks & SEGMENT_MULTIPATH_RESET) != 0 ? MULTIPATH_RESET_TCPRST
							       : MULTIPATH_RESET_NULL;
}

/* What is sent and not acknowledged when a connection is reset, by `side`. The abort of a host that
 * delays its acknowledgements brings the last one itself (kernel: tcp_send_active_reset). */
static uint32_t unacknowledged_bytes(const struct flow *flow, const struct segment *segment,
				     unsigned side)
{
	const struct endpoint *end = &flow->end[side];
	bool acknowledges = side != segment->from && segment_has(segment, TCP_ACK) &&
			    !foreign_ttl(&flow->end[segment->from], segment);

	return endpoint_outstanding(end, acknowledges ? segment->ack : end->una);
}

static void fill(struct flow *flow, const struct segment *segment, enum reset_class class,
		 bool opening)
{
	const struct trace *trigger = find_trigger(flow, segment);
	const struct trace *payload = &flow->end[other(segment->from)].last_payload;
	struct reset *reset = &flow->reset;

	*reset = (struct reset){
		.seen = true,
		.from = segment->from,
		.class = (uint8_t) class,
		.by = trace_of(segment),
		.form = (uint8_t)form_of(segment, trigger, opening),
		.acceptance = RESET_ACCEPTED_NO,
		.multipath = (uint8_t)multipath_of(flow, segment),
		.multipath_reason = segment->reset_reason,
		.trigger_number = trigger == NULL ? 0 : trigger->number,
		.answers_payload = trigger == payload,
		.challenged = reset->challenged,
		.third_party = foreign_ttl(&flow->end[segment->from], segment),
		.state_before = {flow->end[0].state, flow->end[1].state},
		.after_fin = flow->end[0].has_fin || flow->end[1].has_fin,
		.after_close = flow->end[0].fin_acked && flow->end[1].fin_acked,
	};
	reset->sender_max = flow->end[segment->from].max;
	for (unsigned side = 0; side < 2; side++)
		reset->bytes_lost[side] = opening ? 0 : unacknowledged_bytes(flow, segment, side);
}

static void end_time_waits(struct analyzer *analyzer, struct flow *flow, unsigned from,
			   int64_t ts_ns)
{
	struct time_wait *own = &flow->time_wait[from];

	if (own->active && own->asked.number != 0 && (own->asked.flags & TCP_FIN) != 0) {
		own->absent_ns = ts_ns;
		time_wait_end(analyzer, flow, from, TW_END_ABSENT, ts_ns);
	}
	time_wait_end(analyzer, flow, from, TW_END_OWN_RESET, ts_ns);
	time_wait_end(analyzer, flow, other(from), TW_END_ASSASSINATED, ts_ns);
}

static void accept(struct analyzer *analyzer, struct flow *flow, enum reset_accepted acceptance)
{
	struct reset *reset = &flow->reset;
	unsigned from = reset->from;
	struct moment moment = moment_of(&reset->by);

	reset->accepted = true;
	reset->waiting = false;
	reset->acceptance = (uint8_t)acceptance;
	close_assume_fin_received(analyzer, flow, other(from));
	end_time_waits(analyzer, flow, from, moment.ts_ns);
	if (!reset->third_party)
		path_move(analyzer, flow, from, FSM_SEND_RST,
			  reset->class == RESET_CLASS_IN_WINDOW ? CERTAINTY_ASSUMED
								: CERTAINTY_OBSERVED,
			  moment);
	path_move(analyzer, flow, other(from), FSM_RECV_RST, CERTAINTY_ASSUMED, moment);
	flow->end[other(from)].presumed = false;
}

/* RST while the handshake is under way: in SYN-SENT only one that acknowledges the SYN counts (RFC
 * 9293, 3.10.7.3). */
static bool take_in_syn_sent(struct analyzer *analyzer, struct flow *flow,
			     const struct segment *segment)
{
	const struct endpoint *receiver = &flow->end[other(segment->from)];
	const struct endpoint *sender = &flow->end[segment->from];
	bool right = segment_has(segment, TCP_ACK) && receiver->has_iss &&
		     seq_gt(segment->ack, receiver->iss) && seq_leq(segment->ack, receiver->max);

	if (receiver->state != STATE_SYN_SENT || sender->has_iss)
		return false;
	if (flow->reset.accepted)
		return true;
	fill(flow, segment, right ? RESET_CLASS_EXACT : RESET_CLASS_OUTSIDE, true);
	flow->end[segment->from].sent_reset = true;
	if (!right)
		return true;
	flow->answered = true;
	accept(analyzer, flow, RESET_ACCEPTED_ASSUMED);
	reset_raise_accepted(analyzer, flow, segment);
	return true;
}

static bool both_directions(const struct flow *flow, const struct segment *segment)
{
	const struct reset *first = &flow->reset;

	return first->from != segment->from &&
	       segment->ts_ns - first->by.ts_ns <= BOTH_DIRECTIONS_MS * NS_PER_MS &&
	       first->trigger_number == 0 && !segment_has(segment, TCP_ACK);
}

/* A further reset, after one was accepted. */
static void take_again(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct reset *reset = &flow->reset;
	struct trace by = trace_of(segment);

	if (reset->from == segment->from) {
		reset->replies++;
		if (reset->form == RESET_FORM_REPLY)
			anomaly_note(analyzer, flow, ANOMALY_SEGMENT_AFTER_RST_REPLY,
				     other(segment->from), &by);
		path_move(analyzer, flow, other(segment->from), FSM_RECV_RST, CERTAINTY_ASSUMED,
			  moment_of(&by));
		return;
	}
	if (!both_directions(flow, segment)) {
		path_move(analyzer, flow, segment->from, FSM_SEND_RST, CERTAINTY_OBSERVED,
			  moment_of(&by));
		return;
	}
	if (!reset->third_party) {
		path_refute(analyzer, flow, reset->from);
		anomaly_note(analyzer, flow, ANOMALY_RST_THIRD_PARTY, SIDE_NEITHER, &reset->by);
	}
	reset->third_party = true;
	anomaly_note(analyzer, flow, ANOMALY_RST_BOTH_DIRECTIONS, SIDE_NEITHER, &by);
	path_move(analyzer, flow, reset->from, FSM_RECV_RST, CERTAINTY_ASSUMED, moment_of(&by));
}

/* The answer of a socket that is gone to an old acknowledgement, which came late or once more. */
static bool answers_old_ack(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];

	return flow->end[0].fin_acked && flow->end[1].fin_acked && end->has_iss &&
	       !segment_has(segment, TCP_ACK) && seq_gt(segment->seq, end->iss) &&
	       seq_lt(segment->seq, end->una);
}

static void reject(struct analyzer *analyzer, struct flow *flow, const struct segment *segment,
		   enum reset_class class)
{
	fill(flow, segment, class, false);
	anomaly_raise_as(analyzer, flow,
			 &(struct finding){.id = ANOMALY_RST_OUT_OF_WINDOW,
					   .side = segment->from,
					   .by = trace_of(segment),
					   .expected = evidence_seq(flow->end[segment->from].max),
					   .observed = evidence_seq(segment->seq)},
			 answers_old_ack(flow, segment) ? SEVERITY_NOTICE : SEVERITY_WARNING);
}

/*
 * In the window, but not exact: a challenge ACK is due; what the receiver does decides (RFC
 * 5961, 3.2). TIME-WAIT drops it silently (Linux).
 */
static void wait_for_reaction(struct analyzer *analyzer, struct flow *flow,
			      const struct segment *segment)
{
	fill(flow, segment, RESET_CLASS_IN_WINDOW, false);
	flow->reset.waiting = !flow->time_wait[other(segment->from)].active;
	anomaly_raise(analyzer, flow,
		      &(struct finding){.id = ANOMALY_RST_IN_WINDOW_INEXACT,
					.side = segment->from,
					.by = trace_of(segment),
					.expected = evidence_seq(flow->end[segment->from].una),
					.observed = evidence_seq(segment->seq)});
}

void reset_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *sender = &flow->end[segment->from];
	enum reset_class class;
	bool challenged = flow->reset.challenged;

	if (take_in_syn_sent(analyzer, flow, segment))
		return;
	sender->sent_reset = true;
	if (premature_take_answer(analyzer, flow, segment))
		return;
	if (reset_stands(flow)) {
		take_again(analyzer, flow, segment);
		return;
	}
	if (flow->reset.accepted && sender->state == STATE_CLOSED)
		return; /* the reply of a side that a forged reset had closed */
	if (flow->reset.survived && flow->time_wait[other(segment->from)].active) {
		flow->reset.replies++;
		return;
	}
	class = classify(sender, segment->seq);
	if (class == RESET_CLASS_OUTSIDE) {
		reject(analyzer, flow, segment, class);
		return;
	}
	if (class == RESET_CLASS_IN_WINDOW) {
		wait_for_reaction(analyzer, flow, segment);
		return;
	}
	fill(flow, segment, class, false);
	if (flow->time_wait[other(segment->from)].active && segment->seq != sender->max) {
		anomaly_note(analyzer, flow, ANOMALY_RST_AT_FIN_SEQ, segment->from,
			     &flow->reset.by);
		return; /* TIME-WAIT takes nothing but the exact number (Linux) */
	}
	accept(analyzer, flow, RESET_ACCEPTED_ASSUMED);
	if (challenged)
		anomaly_note(analyzer, flow, ANOMALY_RST_AFTER_CHALLENGE, segment->from,
			     &flow->reset.by);
	reset_raise_accepted(analyzer, flow, segment);
}

int64_t reset_due_ns(const struct flow *flow)
{
	if (!flow->reset.waiting)
		return INT64_MAX;
	return flow->reset.by.ts_ns + (flow_rto_ns(flow) > flow_answer_ns(flow)
					       ? flow_rto_ns(flow)
					       : flow_answer_ns(flow));
}

void reset_decide(struct analyzer *analyzer, struct flow *flow)
{
	accept(analyzer, flow, RESET_ACCEPTED_ASSUMED);
}

static void watch_receiver(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	struct reset *reset = &flow->reset;
	const struct endpoint *end = &flow->end[segment->from];
	bool unchanged = segment->payload_bytes == 0 && segment->seq == end->max &&
			 (segment->flags & (TCP_FIN | TCP_SYN)) == 0 &&
			 segment_has(segment, TCP_ACK);
	bool soon = segment->ts_ns - reset->by.ts_ns <= flow_answer_ns(flow);
	struct trace by = trace_of(segment);

	if (reset->waiting && unchanged && soon && segment->ack == flow->end[reset->from].una) {
		reset->waiting = false;
		reset->challenged = true;
		anomaly_note(analyzer, flow, ANOMALY_RST_CHALLENGED, segment->from, &by);
		return;
	}
	if (segment->ts_ns - reset->by.ts_ns <= flow_rto_ns(flow) &&
	    seq_leq(segment->ack, reset->sender_max))
		return; /* it was under way */
	reset->waiting = false;
	if (!reset->challenged && !flow->time_wait[segment->from].held)
		anomaly_note(analyzer, flow, ANOMALY_RST_IGNORED, segment->from, &by);
}

/* A reset inside the window that only silence had made accepted: it was dropped after all. */
static void take_back(struct analyzer *analyzer, struct flow *flow, const struct trace *by)
{
	struct reset *reset = &flow->reset;

	reset->accepted = false;
	reset->acceptance = RESET_ACCEPTED_NO;
	for (unsigned side = 0; side < 2; side++) {
		if (flow->end[side].state == STATE_CLOSED &&
		    reset->state_before[side] != STATE_CLOSED)
			path_refute(analyzer, flow, side);
	}
	anomaly_note(analyzer, flow, ANOMALY_RST_IGNORED, other(reset->from), by);
}

/* True where the segment says more than its sender had said by the time of the reset. */
static bool says_more(const struct flow *flow, const struct segment *segment)
{
	const struct reset *reset = &flow->reset;
	const struct endpoint *end = &flow->end[segment->from];
	bool acked_in_reset = (reset->by.flags & TCP_ACK) != 0 && reset->from == segment->from;

	if (segment->payload_bytes > 0 || segment_has(segment, TCP_FIN))
		return !end->has_max || seq_gt(segment_end(segment), end->max) ||
		       seq_gt(segment_end(segment), reset->by.seq);
	return segment_has(segment, TCP_ACK) && end->has_last_ack &&
	       seq_gt(segment->ack, end->last_ack) &&
	       (!acked_in_reset || seq_gt(segment->ack, reset->by.ack));
}

/* TIME-WAIT answers after a RST with the right number: its holder takes none (RFC 1337, fix F1). */
static void survive(struct analyzer *analyzer, struct flow *flow, unsigned holder,
		    const struct trace *by)
{
	struct reset *reset = &flow->reset;

	reset->accepted = false;
	reset->acceptance = RESET_ACCEPTED_NO;
	reset->survived = true;
	path_refute(analyzer, flow, holder);
	path_place(analyzer, flow, holder, STATE_TIME_WAIT, CERTAINTY_OBSERVED, moment_of(by),
		   "answers after a RST");
	time_wait_revive(analyzer, flow, holder, by);
	anomaly_withdraw(analyzer, flow, ANOMALY_TIME_WAIT_ASSASSINATED, holder);
}

/* An accepted reset's receiver goes on: the reset did not reach it, or it did not take it. */
static void receiver_goes_on(struct analyzer *analyzer, struct flow *flow,
			     const struct segment *segment)
{
	const struct reset *reset = &flow->reset;
	struct trace by = trace_of(segment);

	if (segment->ts_ns - reset->by.ts_ns <= flow_rto_ns(flow) ||
	    flow->end[segment->from].state != STATE_CLOSED ||
	    reset->state_before[segment->from] == STATE_CLOSED)
		return;
	if (reset->class == RESET_CLASS_IN_WINDOW) {
		take_back(analyzer, flow, &by);
		return;
	}
	if (reset->state_before[segment->from] == STATE_TIME_WAIT) {
		survive(analyzer, flow, segment->from, &by);
		return;
	}
	anomaly_note(analyzer, flow,
		     segment->payload_bytes > 0 && flow->end[reset->from].has_fin
			     ? ANOMALY_DATA_AFTER_CLOSE_WAIT_RST
			     : ANOMALY_RST_IGNORED,
		     segment->from, &by);
	path_refute(analyzer, flow, segment->from);
}

/* Nothing but a FIN: some middleboxes send one behind their RST. What follows decides. */
static bool is_lone_fin(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct trace *reset = &flow->reset.by;
	bool acked = (end->has_last_ack && seq_leq(segment->ack, end->last_ack)) ||
		     ((reset->flags & TCP_ACK) != 0 && seq_leq(segment->ack, reset->ack));

	return segment_has(segment, TCP_FIN | TCP_ACK) && segment->payload_bytes == 0 && acked &&
	       !end->has_fin && !flow->reset.third_party;
}

/* The supposed sender of an accepted reset goes on: it never sent it (RFC 5961, 1). */
static void sender_goes_on(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	struct reset *reset = &flow->reset;
	const struct trace *fin = &flow->close[segment->from].fin;
	struct trace by = trace_of(segment);

	if (reset->class == RESET_CLASS_IN_WINDOW && says_more(flow, segment)) {
		take_back(analyzer, flow, &by);
		return;
	}
	if (seq_lt(segment->seq, reset->by.seq) || reset->class == RESET_CLASS_NULL ||
	    reset->class == RESET_CLASS_IN_WINDOW || !says_more(flow, segment) ||
	    segment->ts_ns - reset->by.ts_ns <= analyzer->config.reorder_window_ns ||
	    time_wait_any(flow) || flow->time_wait[0].held || flow->time_wait[1].held ||
	    is_lone_fin(flow, segment))
		return;
	reset->void_ = true;
	reset->acceptance = RESET_ACCEPTED_ASSUMED;
	if (!reset->third_party) {
		path_refute(analyzer, flow, segment->from);
		if (fin->ts_ns > reset->by.ts_ns) /* which had been left open */
			path_move(analyzer, flow, segment->from, FSM_SEND_FIN, CERTAINTY_OBSERVED,
				  moment_of(fin));
	}
	reset->third_party = true;
	anomaly_note(analyzer, flow, ANOMALY_RST_IGNORED_BY_SENDER, segment->from, &by);
	if (!anomaly_was_raised(analyzer, flow, ANOMALY_RST_THIRD_PARTY))
		anomaly_note(analyzer, flow, ANOMALY_RST_THIRD_PARTY, SIDE_NEITHER, &reset->by);
}

void reset_aftermath(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct reset *reset = &flow->reset;

	if (!reset->seen)
		return;
	if (reset->void_) {
		if (segment->from != reset->from)
			receiver_goes_on(analyzer, flow, segment);
		return;
	}
	if (reset->accepted && segment->from == reset->from)
		sender_goes_on(analyzer, flow, segment);
	else if (reset->accepted)
		receiver_goes_on(analyzer, flow, segment);
	else if (segment->from != reset->from)
		watch_receiver(analyzer, flow, segment);
	else if (says_more(flow, segment))
		reset->waiting = false; /* whoever resets does not go on */
}
