#include "core/crossing.h"

#include "core/seq.h"

bool crossing_is_open(const struct flow *flow, const struct segment *ack)
{
	const struct endpoint *sender = &flow->end[ack->from];
	const struct endpoint *receiver = &flow->end[other(ack->from)];
	bool in_fin = trace_is_of(&flow->close[ack->from].fin, ack);

	return receiver->state == STATE_FIN_WAIT_1 && sender->has_fin && !sender->fin_inferred &&
	       !receiver->got_fin && seq_geq(ack->seq, sender->fin_seq) && !in_fin;
}

bool crossing_answers_again(const struct flow *flow, const struct segment *ack)
{
	const struct fin_evidence *peer = &flow->close[other(ack->from)];
	int64_t since_ns = ack->ts_ns - peer->last_fin.ts_ns;

	if ((ack->marks & SEGMENT_DSACK) != 0)
		return true;
	if (!peer->last_fin_stamped || (ack->marks & SEGMENT_TIMESTAMPS) == 0)
		return false;
	if (seq_gt(ack->tsecr, peer->last_fin_tsval))
		return true;
	return peer->fin_repeats > 0 && seq_lt(ack->tsecr, peer->last_fin_tsval) &&
	       since_ns >= flow->end[ack->from].leg_ns / 2;
}

/* No full socket of this host sent it: those count their packets. */
static bool from_mini_socket(const struct endpoint *sender, const struct segment *segment)
{
	return segment->ip_id == 0 && sender->counts_packets;
}

bool crossing_fin_brings_ack(const struct flow *flow, unsigned side)
{
	const struct trace *fin = &flow->close[other(side)].fin;

	return fin->number != 0 && fin->ack == flow->end[side].fin_seq + 1;
}

bool crossing_ack_came_first(const struct flow *flow, const struct segment *answer,
			     int64_t reorder_window_ns)
{
	const struct endpoint *end = &flow->end[answer->from];
	const struct fin_evidence *peer = &flow->close[other(answer->from)];

	if (crossing_fin_brings_ack(flow, answer->from))
		return true;
	if (crossing_answers_again(flow, answer)) /* it had the FIN when that first came */
		return peer->fin.ts_ns - end->waiting_ack.ts_ns > reorder_window_ns;
	if (from_mini_socket(end, answer))
		return true;
	/* The FIN was lost on the way, and repeated long enough ago to have been answered. */
	return peer->fin_repeats > 0 && !trace_is_later(&end->waiting_ack, &peer->last_fin) &&
	       answer->ts_ns - peer->last_fin.ts_ns >= end->leg_ns / 2;
}

bool crossing_fin_left_first(const struct flow *flow, unsigned side, int64_t reorder_window_ns)
{
	const struct trace *fin = &flow->close[side].fin;
	const struct trace *ack = &flow->close[other(side)].ack;
	bool counted = fin->ip_id != 0 && ack->ip_id != 0;

	if (counted)
		return (int16_t)(uint16_t)(fin->ip_id - ack->ip_id) < 0;
	return fin->ts_ns - ack->ts_ns <= reorder_window_ns;
}
