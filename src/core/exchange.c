#include "core/exchange.h"

#include "core/close.h"
#include "core/endpoint.h"
#include "core/fin.h"
#include "core/handshake.h"
#include "core/incarnation.h"
#include "core/infer.h"
#include "core/paws.h"
#include "core/premature.h"
#include "core/raise.h"
#include "core/reset.h"
#include "core/seq.h"
#include "core/time_wait.h"
#include "core/window.h"

/* No sender repeats sooner for want of an answer (Linux; RFC 6298 says 1 s). */
#define LEAST_RTO_NS (200 * NS_PER_MS)

/* No receiver holds back an acknowledgement longer (Linux; RFC 1122, 4.2.3.2 says 500 ms). */
#define DELAYED_ACK_NS (200 * NS_PER_MS)

/* Numbers farther apart than this belong to another connection or to nobody. */
#define FAR_OFF (INT32_C(1) << 30)

/* One more than the peer is known to have sent was acknowledged: bytes that the capture does not
 * hold, or a forgery. */
static void acknowledge_unseen(struct flow *flow, const struct segment *segment)
{
	struct endpoint *peer = &flow->end[other(segment->from)];
	struct unseen *unseen = &peer->unseen;
	bool one = segment->ack - peer->max == 1;

	if (!peer->sent) { /* one direction only: all of it is unseen, and nothing contradicts */
		*unseen = (struct unseen){0};
		if (one)
			*unseen = (struct unseen){trace_of(segment), peer->max, segment->ack};
		peer->max = peer->una = peer->contiguous = segment->ack;
		return;
	}
	if (unseen->by.number == 0)
		*unseen = (struct unseen){trace_of(segment), peer->max, segment->ack};
	else if (seq_gt(segment->ack, unseen->until))
		*unseen = (struct unseen){trace_of(segment), unseen->from, segment->ack};
}

static void note_loss(struct analyzer *analyzer, struct flow *flow, const struct trace *by,
		      unsigned side)
{
	flow->capture_loss = true;
	flow->loss_at_close |= flow->end[0].has_fin || flow->end[1].has_fin;
	anomaly_note(analyzer, flow, ANOMALY_ACK_UNSEEN_SEGMENT, side, by);
}

static void note_swapped(struct analyzer *analyzer, struct flow *flow, const struct trace *by,
			 unsigned side, bool close)
{
	flow->reordered++;
	anomaly_note(analyzer, flow,
		     close ? ANOMALY_CLOSE_ORDER_SWAPPED_AT_TAP : ANOMALY_TAP_REORDERED, side, by);
}

static void advance_una(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *peer = &flow->end[other(segment->from)];
	struct trace by = trace_of(segment);

	if (seq_lt(segment->ack, peer->una))
		return;
	if (!endpoint_acknowledged(peer, segment->ack))
		return;
	note_loss(analyzer, flow, &by, segment->from);
	if (peer->has_fin && seq_gt(peer->contiguous, peer->fin_seq))
		peer->fin_in_order = true; /* what precedes it only the capture lacks */
}

/* The receipt that was presumed is proven where the sender acknowledges what travelled with it, or
 * behind it. */
static void confirm_presumed(struct analyzer *analyzer, struct flow *flow,
			     const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	bool acts = segment->payload_bytes > 0 || segment_has(segment, TCP_FIN);
	bool opened = end->state == STATE_ESTABLISHED && !end->fast_open &&
		      !flow->end[other(segment->from)].fast_open && acts;

	if (!end->presumed)
		return;
	if (opened || (end->has_confirm_end && seq_geq(segment->ack, end->confirm_end)))
		path_confirm(analyzer, flow, segment->from);
}

/* A FIN that lies beyond the window or acknowledges unseen bytes is taken by the peer's word for
 * it. */
static void acknowledge_waiting_fin(struct analyzer *analyzer, struct flow *flow,
				    const struct segment *segment)
{
	unsigned closer = other(segment->from);
	const struct trace *fin = &flow->close[closer].fin;

	if (flow->end[closer].fin_waiting && segment->ack == fin->seq + fin->payload_bytes + 1)
		fin_settle_waiting(analyzer, flow, closer, FIN_RIGHT);
}

/* The receiver of a FIN goes on without covering it: not yet, or because it is lost on the way. */
static void stop_short_of_fin(struct analyzer *analyzer, struct flow *flow,
			      const struct segment *segment)
{
	unsigned closer = other(segment->from);
	struct endpoint *end = &flow->end[segment->from];
	const struct trace *fin = &flow->close[closer].last_fin;
	bool advances = end->has_last_ack && seq_gt(segment->ack, end->last_ack);
	struct finding finding = {
		.id = ANOMALY_ACK_STOPS_SHORT_OF_FIN,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_ack(flow->end[closer].fin_seq + 1),
		.observed = evidence_ack(segment->ack),
	};

	end->spoke_since_fin = true;
	if (advances && flow->end[closer].fin_in_order &&
	    segment->ts_ns - fin->ts_ns > flow->rtt_ns + DELAYED_ACK_NS)
		anomaly_raise(analyzer, flow, &finding);
}

void exchange_time_answer(struct endpoint *end, const struct segment *segment)
{
	if (end->timed_ns == 0 || seq_lt(segment->ack, end->timed_end))
		return;
	exchange_note_leg(&end->leg_ns, segment->ts_ns - end->timed_ns);
	end->timed_ns = 0;
}

static void take_ack(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *peer = &flow->end[other(segment->from)];

	exchange_time_answer(end, segment);
	confirm_presumed(analyzer, flow, segment);
	acknowledge_waiting_fin(analyzer, flow, segment);
	if (peer->fin_inferred && seq_gt(segment->ack, peer->fin_seq + 1))
		infer_retract(analyzer, flow, other(segment->from));
	if (!peer->has_max) {
		endpoint_cover(peer, segment->ack, segment->ack);
		peer->una = segment->ack;
	} else if (seq_leq(segment->ack, peer->max)) {
		advance_una(analyzer, flow, segment);
	} else if (peer->has_fin && peer->fin_in_order) {
		close_take_wrong_ack(analyzer, flow, segment);
	} else if (seq_diff(segment->ack, peer->max) < FAR_OFF) {
		acknowledge_unseen(flow, segment);
	}
	window_take(analyzer, flow, segment);
	if (peer->has_fin && segment->ack == peer->fin_seq + 1)
		close_take_ack(analyzer, flow, segment);
	else if (peer->has_fin && !end->got_fin)
		stop_short_of_fin(analyzer, flow, segment);
}

/* The sender's own numbers say whether the bytes that were acknowledged unseen had really been
 * sent. */
static void settle_unseen(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct unseen *unseen = &end->unseen;
	bool may_be_fin = unseen->until - unseen->from == 1 && segment->payload_bytes == 0 &&
			  segment->seq == unseen->until && !segment_has(segment, TCP_FIN);

	if (unseen->by.number == 0)
		return;
	if (seq_geq(segment->seq, unseen->until)) {
		endpoint_cover(end, unseen->from, unseen->until);
		endpoint_acknowledged(end, unseen->until);
		if (may_be_fin)
			return;
		note_loss(analyzer, flow, &unseen->by, other(segment->from));
		*unseen = (struct unseen){0};
	} else if (segment->seq == end->max && segment->payload_bytes == 0 &&
		   unseen->until - unseen->from > 1 && !segment_has(segment, TCP_FIN) &&
		   segment->ts_ns - unseen->by.ts_ns > analyzer->config.reorder_window_ns) {
		anomaly_raise(analyzer, flow,
			      &(struct finding){.id = ANOMALY_ACK_OF_NEVER_SENT,
						.side = other(segment->from),
						.by = unseen->by,
						.expected = evidence_ack(end->max),
						.observed = evidence_ack(unseen->until)});
		*unseen = (struct unseen){0};
	}
}

/* The peer's FIN acknowledged more than was seen from this sender: its next number decides. */
static void settle_peer_fin(struct analyzer *analyzer, struct flow *flow,
			    const struct segment *segment)
{
	unsigned closer = other(segment->from);
	const struct endpoint *end = &flow->end[segment->from];
	const struct trace *fin = &flow->close[closer].fin;

	if (!flow->end[closer].fin_waiting || flow->close[closer].fin_why != WAVE_WHY_ACK)
		return;
	if (seq_geq(segment->seq, fin->ack))
		fin_settle_waiting(analyzer, flow, closer, FIN_RIGHT);
	else if (segment->seq == end->max && segment->payload_bytes == 0 &&
		 segment->ts_ns - fin->ts_ns > analyzer->config.reorder_window_ns)
		fin_settle_waiting(analyzer, flow, closer, FIN_WRONG);
}

/* A keep-alive or zero-window probe: one number below what was sent, at most one byte (RFC
 * 1122, 4.2.3.6). */
static bool is_probe(const struct endpoint *end, const struct segment *segment)
{
	return end->has_max && segment->payload_bytes <= 1 && !segment_has(segment, TCP_FIN) &&
	       segment->seq == end->max - 1 && end->contiguous == end->max;
}

static void take_probe(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct trace by = trace_of(segment);

	end->keepalives++;
	if (end->zero_window && flow->end[other(segment->from)].has_fin)
		anomaly_note(analyzer, flow, ANOMALY_PERSIST_AFTER_FIN, segment->from, &by);
	if (end->has_fin && segment->seq == end->fin_seq)
		anomaly_note(analyzer, flow, ANOMALY_KEEPALIVE_AFTER_FIN, segment->from, &by);
}

/* How many of the segment's payload bytes are new. */
static uint32_t fresh_bytes(const struct endpoint *end, const struct segment *segment)
{
	uint32_t until = segment->seq + segment->payload_bytes;

	if (!end->has_max || seq_geq(segment->seq, end->max))
		return segment->payload_bytes;
	return seq_gt(until, end->max) ? until - end->max : 0;
}

static bool fills_hole(const struct endpoint *end, const struct segment *segment)
{
	return end->has_island && seq_leq(segment->seq, end->contiguous) &&
	       seq_gt(segment->seq + segment->payload_bytes, end->contiguous);
}

static void beyond_own_fin(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	struct finding finding = {
		.id = ANOMALY_DATA_BEYOND_FIN,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_seq(end->fin_seq + 1),
		.observed = evidence_seq(segment->seq),
	};

	anomaly_raise(analyzer, flow, &finding);
}

/* What lay before the FIN has come: lost and repeated, or only shown behind it by the tap. */
static void note_gap_filled(struct analyzer *analyzer, struct flow *flow,
			    const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	const struct trace *fin = &flow->close[segment->from].fin;

	if (!end->has_fin || end->fin_in_order || seq_leq(end->contiguous, end->fin_seq))
		return;
	end->fin_in_order = true;
	if (segment->ts_ns - fin->ts_ns <= analyzer->config.reorder_window_ns)
		note_swapped(analyzer, flow, fin, segment->from, true);
	else
		anomaly_note(analyzer, flow, ANOMALY_FIN_AFTER_GAP, segment->from, fin);
}

/* What a segment's payload adds to what its sender had sent, measured before its FIN is taken. */
struct addition {
	uint32_t fresh_bytes;
	bool fills_hole;
	bool half_closed; /* the peer's FIN had been acknowledged by an earlier segment */
};

static struct addition measure(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct trace *ack = &flow->close[other(segment->from)].ack;

	return (struct addition){
		.fresh_bytes = fresh_bytes(end, segment),
		.fills_hole = fills_hole(end, segment),
		.half_closed = end->got_fin && !trace_is_of(ack, segment) &&
			       (!end->has_fin || seq_lt(segment->seq, end->fin_seq)) &&
			       !flow->reset.accepted,
	};
}

/* Retransmissions count as backing off only where a timeout lies between them, not in a burst. */
static void count_backoff(struct endpoint *end, const struct segment *segment)
{
	int64_t since_ns = end->backoffs == 0 ? end->last_payload.ts_ns : end->backoff_ns;

	if (segment->ts_ns - since_ns < LEAST_RTO_NS)
		return;
	end->backoffs++;
	end->backoff_ns = segment->ts_ns;
	end->backoff_wait_ns = segment->ts_ns - since_ns;
}

static void count_payload(struct flow *flow, const struct segment *segment,
			  const struct addition *addition)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *peer = &flow->end[other(segment->from)];

	if (addition->fresh_bytes == 0 && !addition->fills_hole) {
		end->retransmissions++;
		count_backoff(end, segment);
		peer->timed_ns = 0; /* nobody knows which copy would be answered */
		return;
	}
	if (addition->half_closed) {
		flow->half_close_seen = true;
		flow->half_close_bytes +=
			addition->fills_hole ? segment->payload_bytes : addition->fresh_bytes;
		flow->half_close_last_ns = segment->ts_ns;
	}
	if (addition->fresh_bytes == 0)
		return;
	end->payload_gap_ns = flow->silence_ns;
	end->backoffs = 0;
	if (peer->timed_ns == 0) {
		peer->timed_ns = segment->ts_ns;
		peer->timed_end = segment->seq + segment->payload_bytes;
	}
}

/* True for payload that cannot be this connection's: too far off, or beyond its sender's FIN. */
static bool foreign_payload(struct analyzer *analyzer, struct flow *flow,
			    const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	uint32_t until = segment->seq + segment->payload_bytes;
	int32_t distance = end->has_max ? seq_diff(segment->seq, end->max) : 0;

	if (distance > FAR_OFF || distance < -FAR_OFF)
		return true;
	if (end->has_fin && end->fin_inferred && segment->payload_bytes > 0 &&
	    seq_gt(until, end->fin_seq))
		infer_retract(analyzer, flow, segment->from);
	if (!end->has_fin || segment->payload_bytes == 0 || seq_leq(until, end->fin_seq + 1))
		return false;
	beyond_own_fin(analyzer, flow, segment);
	return true;
}

static void take_payload(struct analyzer *analyzer, struct flow *flow,
			 const struct segment *segment, const struct addition *addition)
{
	struct endpoint *end = &flow->end[segment->from];
	uint32_t until = segment->seq + segment->payload_bytes;

	if (foreign_payload(analyzer, flow, segment))
		return;
	if (segment->payload_bytes > 0)
		count_payload(flow, segment, addition);
	if (segment->payload_bytes > 0 || !end->has_max || seq_gt(segment->seq, end->max))
		endpoint_cover(end, segment->seq, until);
	note_gap_filled(analyzer, flow, segment);
}

/* What the sender carries may confirm, once acknowledged, what its peer is presumed to have
 * received. */
static void offer_confirmation(struct flow *flow, const struct segment *segment, uint32_t old_max)
{
	struct endpoint *peer = &flow->end[other(segment->from)];
	uint32_t needed = peer->has_fin ? peer->fin_seq + 1 : peer->iss + 1;

	if (!peer->presumed || peer->has_confirm_end || !segment_has(segment, TCP_ACK) ||
	    seq_leq(segment_end(segment), old_max) || seq_lt(segment->ack, needed))
		return;
	peer->confirm_end = segment_end(segment);
	peer->has_confirm_end = true;
}

/*
 * What was acknowledged unseen has now been seen: the tap saw effect before cause, or the first
 * transmission is not in the capture. An acknowledgement of the FIN is taken as if it came only
 * now.
 */
static void settle_early_ack(struct analyzer *analyzer, struct flow *flow,
			     const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct trace by = end->unseen.by;
	bool of_fin = end->has_fin && end->unseen.until == end->fin_seq + 1;
	bool swapped = segment->ts_ns - by.ts_ns <= analyzer->config.reorder_window_ns;
	struct segment early;

	if (by.number == 0 || seq_gt(end->unseen.until, end->max) ||
	    seq_geq(segment->seq, end->unseen.until))
		return;
	end->unseen = (struct unseen){0};
	if (swapped)
		note_swapped(analyzer, flow, &by, other(segment->from), of_fin);
	else
		note_loss(analyzer, flow, &by, other(segment->from));
	early = (struct segment){
		.ts_ns = by.ts_ns,
		.number = by.number,
		.seq = by.seq,
		.ack = by.ack,
		.payload_bytes = by.payload_bytes,
		.flags = (uint8_t)(by.flags & ~(unsigned)TCP_FIN),
		.from = (uint8_t)other(segment->from),
		.marks = SEGMENT_CUT, /* its window has been looked at */
	};
	take_ack(analyzer, flow, &early);
}

static void take_sends(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	uint32_t old_max = end->has_max ? end->max : segment->seq;
	struct addition addition;

	settle_peer_fin(analyzer, flow, segment);
	settle_unseen(analyzer, flow, segment);
	if (is_probe(end, segment) && (segment->payload_bytes == 0 || end->zero_window ||
				       end->has_fin || end->una == end->max)) {
		take_probe(analyzer, flow, segment);
		return;
	}
	addition = measure(flow, segment);
	if (segment_has(segment, TCP_FIN)) {
		fin_take(analyzer, flow, segment);
		if (!end->has_fin)
			return; /* ignored, or not decided yet */
	}
	take_payload(analyzer, flow, segment, &addition);
	offer_confirmation(flow, segment, old_max);
	settle_early_ack(analyzer, flow, segment);
}

/*
 * In TIME-WAIT, old data asks for an answer as a repeated FIN does (RFC 9293, 3.10.7.4). Linux
 * restarts the timer for a bare ACK with the right number too, and answers nothing.
 */
static void ask_time_wait(const struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment)
{
	unsigned holder = other(segment->from);
	struct time_wait *wait = &flow->time_wait[holder];
	struct trace by = trace_of(segment);

	if (!wait->active || segment_has(segment, TCP_FIN))
		return;
	if (segment->payload_bytes > 0)
		time_wait_ask(flow, holder, &by);
	else if (analyzer->config.profile == PROFILE_LINUX && segment_has(segment, TCP_ACK) &&
		 segment->seq == flow->end[segment->from].max &&
		 segment->ts_ns - wait->restart_ns > flow_rto_ns(flow))
		time_wait_restart(flow, holder, segment->ts_ns);
}

bool exchange_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	if (premature_take(analyzer, flow, segment) ||
	    incarnation_take_stale(analyzer, flow, segment))
		return false;
	paws_judge(analyzer, flow, segment);
	handshake_settle(analyzer, flow, segment);
	reset_aftermath(analyzer, flow, segment);
	if (segment_has(segment, TCP_ACK))
		take_ack(analyzer, flow, segment);
	take_sends(analyzer, flow, segment);
	ask_time_wait(analyzer, flow, segment);
	flow->end[other(segment->from)].keepalives = 0;
	flow->end[other(segment->from)].backoffs = 0;
	if (segment->payload_bytes > 0)
		flow->payload_ns = segment->ts_ns;
	return true;
}
