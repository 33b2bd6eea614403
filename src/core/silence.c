#include "core/silence.h"

#include "core/close.h"
#include "core/fin.h"
#include "core/giving_up.h"
#include "core/infer.h"
#include "core/raise.h"
#include "core/reset.h"
#include "core/time_wait.h"

/* The side that waits for the last acknowledgement, and never repeated its FIN; 2: none. */
static unsigned waits_quietly(const struct flow *flow)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct endpoint *end = &flow->end[side];
		const struct endpoint *peer = &flow->end[other(side)];

		if ((end->state == STATE_LAST_ACK || end->state == STATE_CLOSING) && end->has_fin &&
		    !end->fin_acked && !end->fin_inferred && flow->close[side].fin_repeats == 0 &&
		    peer->has_fin && peer->fin_acked && peer->sent &&
		    flow->close[side].ack.number == 0)
			return side;
	}
	return 2;
}

static int64_t gap_due_ns(const struct flow *flow)
{
	unsigned side = waits_quietly(flow);

	return side > 1 ? INT64_MAX : flow->close[side].fin.ts_ns + flow_patience_ns(flow);
}

/* No repetition where one was due: the last ACK came, only the capture does not hold it. */
static void infer_last_ack(struct analyzer *analyzer, struct flow *flow)
{
	unsigned side = waits_quietly(flow);
	struct fin_evidence *fin = &flow->close[side];

	flow->end[side].fin_acked = true;
	fin->ack_gap = true;
	flow->capture_loss = true;
	anomaly_note(analyzer, flow, ANOMALY_CAPTURE_LOSS_EVIDENCE, other(side), &fin->fin);
	close_assume_fin_received(analyzer, flow, other(side));
	if (path_move(analyzer, flow, side, FSM_RECV_ACK_OF_FIN, CERTAINTY_ASSUMED,
		      moment_of(&fin->fin))) {
		flow->end[side].presumed = true;
		if (flow->end[side].state == STATE_TIME_WAIT)
			time_wait_begin(analyzer, flow, side, TW_VIA_CLOSING, moment_of(&fin->fin));
	}
}

/* A FIN of `side` may be missing from the capture, and its peer has closed already. */
static bool may_infer(const struct flow *flow, unsigned side)
{
	const struct endpoint *peer = &flow->end[other(side)];

	return infer_is_possible(flow, side) && peer->has_fin && !peer->fin_inferred &&
	       trace_is_later(&flow->end[side].unseen.by, &flow->close[other(side)].fin);
}

static int64_t inference_due_ns(const struct flow *flow, unsigned side)
{
	if (!may_infer(flow, side) || !flow->end[side].sent)
		return INT64_MAX;
	return flow->end[side].unseen.by.ts_ns + flow_patience_ns(flow);
}

/* The side in CLOSE-WAIT whose application does not close; 2: none. */
static unsigned stuck_side(const struct flow *flow)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct endpoint *end = &flow->end[side];

		if (end->state == STATE_CLOSE_WAIT && end->got_fin && end->sent && !end->has_fin &&
		    !flow->stuck_told)
			return side;
	}
	return 2;
}

static int64_t stuck_since_ns(const struct flow *flow, unsigned side)
{
	int64_t acked_ns = flow->close[other(side)].ack.ts_ns;
	int64_t spoke_ns = flow->end[side].last_payload.ts_ns;

	return spoke_ns > acked_ns ? spoke_ns : acked_ns;
}

static int64_t stuck_due_ns(const struct analyzer *analyzer, const struct flow *flow)
{
	unsigned side = stuck_side(flow);

	if (side > 1 || reset_stands(flow))
		return INT64_MAX;
	return stuck_since_ns(flow, side) + analyzer->config.close_wait_limit_ns;
}

static void tell_stuck(struct analyzer *analyzer, struct flow *flow, int64_t now_ns)
{
	unsigned side = stuck_side(flow);
	const struct trace *ack = &flow->close[other(side)].ack;
	struct finding finding = {
		.id = ANOMALY_CLOSE_WAIT_STUCK,
		.side = side,
		.by = *ack,
		.observed = evidence_duration(now_ns - stuck_since_ns(flow, side)),
	};

	flow->stuck_told = true;
	anomaly_raise_as(analyzer, flow, &finding,
			 side == flow->client ? SEVERITY_NOTICE : SEVERITY_WARNING);
	finding.id = ANOMALY_FIN_WAIT_2_STUCK;
	finding.side = other(side);
	anomaly_raise(analyzer, flow, &finding);
}

static int64_t unanswered_due_ns(const struct flow *flow, unsigned holder)
{
	const struct time_wait *wait = &flow->time_wait[holder];

	if (!wait->active || wait->asked.number == 0 || (wait->asked.flags & TCP_FIN) == 0)
		return INT64_MAX;
	return wait->asked.ts_ns + flow->rtt_ns + 200 * NS_PER_MS;
}

static void tell_unanswered(struct analyzer *analyzer, struct flow *flow, unsigned holder)
{
	anomaly_note(analyzer, flow, ANOMALY_TIME_WAIT_FIN_UNANSWERED, holder,
		     &flow->time_wait[holder].asked);
	flow->time_wait[holder].asked = (struct trace){0};
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t silence_next_ns(const struct analyzer *analyzer, const struct flow *flow)
{
	int64_t next_ns = earliest(reset_due_ns(flow), gap_due_ns(flow));

	next_ns = earliest(next_ns, giving_up_next_ns(flow));

	if (!flow->end[0].has_fin && !flow->end[1].has_fin)
		return next_ns;
	next_ns = earliest(next_ns, stuck_due_ns(analyzer, flow));
	for (unsigned side = 0; side < 2; side++) {
		next_ns = earliest(next_ns, inference_due_ns(flow, side));
		next_ns = earliest(next_ns, unanswered_due_ns(flow, side));
	}
	return next_ns;
}

void silence_decide(struct analyzer *analyzer, struct flow *flow, int64_t now_ns)
{
	if (reset_due_ns(flow) <= now_ns)
		reset_decide(analyzer, flow);
	if (gap_due_ns(flow) <= now_ns)
		infer_last_ack(analyzer, flow);
	for (unsigned side = 0; side < 2; side++) {
		if (inference_due_ns(flow, side) <= now_ns)
			infer_fin(analyzer, flow, side);
		if (unanswered_due_ns(flow, side) <= now_ns)
			tell_unanswered(analyzer, flow, side);
	}
	giving_up_decide(analyzer, flow, now_ns);
	if (stuck_due_ns(analyzer, flow) <= now_ns)
		tell_stuck(analyzer, flow, now_ns);
}

/* Both FINs may be missing: the one that was acknowledged first is inferred first. */
static void infer_finally(struct analyzer *analyzer, struct flow *flow)
{
	unsigned first =
		flow->end[0].unseen.by.number != 0 &&
				(flow->end[1].unseen.by.number == 0 ||
				 trace_is_later(&flow->end[1].unseen.by, &flow->end[0].unseen.by))
			? 0
			: 1;

	for (unsigned i = 0; i < 2; i++) {
		unsigned side = i == 0 ? first : other(first);
		bool one_sided = !flow->end[side].sent;

		if (one_sided ? may_infer(flow, side) : infer_is_possible(flow, side))
			infer_fin(analyzer, flow, side);
	}
}

static void note_unseen(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	const struct unseen *unseen = &flow->end[side].unseen;

	if (unseen->by.number == 0 || !flow->end[side].sent)
		return;
	flow->capture_loss = true;
	anomaly_note(analyzer, flow, ANOMALY_ACK_UNSEEN_SEGMENT, other(side), &unseen->by);
}

/* Of this side nothing was seen, or acknowledged unseen, that silence could decide: it has closed
 * and that was acknowledged, or neither has it closed nor received the other's FIN. */
static bool is_undisputed(const struct endpoint *end)
{
	return !end->fin_waiting && !end->ack_waiting && end->unseen.by.number == 0 &&
	       (end->has_fin ? end->fin_acked : !end->got_fin);
}

static bool is_asked(const struct time_wait *wait)
{
	return wait->asked.number != 0;
}

/* An attempt that was not answered, a connection at rest, or one that is closed in good order:
 * nothing below has anything to decide. */
static bool is_settled(const struct flow *flow)
{
	return !flow->reset.waiting && (!flow->established || giving_up_is_far(flow)) &&
	       is_undisputed(&flow->end[0]) && is_undisputed(&flow->end[1]) &&
	       !is_asked(&flow->time_wait[0]) && !is_asked(&flow->time_wait[1]);
}

void silence_final(struct analyzer *analyzer, struct flow *flow)
{
	if (is_settled(flow))
		return;
	silence_decide(analyzer, flow, flow_now_ns(analyzer, flow));
	for (unsigned side = 0; side < 2; side++)
		fin_settle_waiting(analyzer, flow, side,
				   flow->close[side].fin_why == WAVE_WHY_WINDOW ? FIN_WRONG
										: FIN_UNDECIDED);
	infer_finally(analyzer, flow);
	for (unsigned side = 0; side < 2; side++) {
		note_unseen(analyzer, flow, side);
		if (flow->end[side].ack_waiting)
			close_settle_waiting_ack(analyzer, flow, side);
	}
}
