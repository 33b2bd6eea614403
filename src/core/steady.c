#include "core/steady.h"

#include "core/exchange.h"
#include "core/heritage.h"
#include "core/intake.h"
#include "core/seq.h"
#include "core/window.h"

/* Marks that ask nothing more than to be counted. */
enum { PLAIN_MARKS = SEGMENT_TIMESTAMPS | SEGMENT_GOOD_CHECKSUM };

/* What it sent is all there, its peer lets it send, and no end of it has begun. */
static bool is_at_rest(const struct endpoint *end)
{
	return end->state == STATE_ESTABLISHED && end->sent && end->has_max && end->has_edge &&
	       end->has_last_ack && end->contiguous == end->max && !end->has_island &&
	       !end->zero_window && !end->presumed && !end->has_fin && !end->fin_waiting &&
	       !end->got_fin && !end->ack_waiting && end->unseen.by.number == 0;
}

/*
 * With this, of what lifecycle_process() calls: premature_take(), handshake_settle(),
 * reset_aftermath(), ask_time_wait(), and all that settles what was presumed, unseen or
 * acknowledged early, return at once; ports and class are what they were settled to be; and the
 * next deadline can only move later, for which the one that is entered may stay.
 */
bool steady_holds(const struct analyzer *analyzer, uint32_t handle, const struct flow *flow)
{
	return node_at(&analyzer->table, handle)->queue == FLOW_OPEN + 1 && flow->established &&
	       !flow->parked && !flow->reset.seen && flow->candidate == POOL_NONE &&
	       !flow->time_wait[0].active && !flow->time_wait[1].active &&
	       (flow->orientation != ORIENTATION_UNKNOWN || flow->origin != ORIGIN_MIDSTREAM) &&
	       is_at_rest(&flow->end[0]) && is_at_rest(&flow->end[1]);
}

void steady_settle(struct analyzer *analyzer, uint32_t handle)
{
	struct flow_node *node = node_at(&analyzer->table, handle);
	const struct flow *flow = flow_at(&analyzer->table, handle);
	struct seat *seat = seat_at(&analyzer->table, node->record);

	node->steady = !analyzer->config.long_way && steady_holds(analyzer, handle, flow);
	if (!node->steady)
		return;
	seat->settled = true;
	for (unsigned side = 0; side < 2; side++)
		seat->window_scale[side] = (uint8_t)window_scale(flow, side);
}

void steady_end(struct analyzer *analyzer, uint32_t handle)
{
	node_at(&analyzer->table, handle)->steady = false;
}

/* The context is one that the flow is known in by its first segment: there is no name to add. */
static bool comes_as_before(const struct analyzer *analyzer, const struct flow_node *node,
			    const struct flow *flow, const struct segment *segment)
{
	if (node->plain)
		return tuple_is_plain_ipv4(&segment->tuple);
	return tuple_same_context(&flow->tuple, &segment->tuple,
				  TUPLE_VLAN | TUPLE_TUNNEL | analyzer->config.flow_key);
}

/* Data or a bare acknowledgement, by a clock that did not go back, of a sender seen before. */
static bool looks_plain(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct endpoint *peer = &flow->end[other(segment->from)];

	return (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK &&
	       (segment->marks & ~(unsigned)PLAIN_MARKS) == 0 && segment->ts_ns >= flow->last_ns &&
	       (segment->link == 0 || segment->link == end->link) &&
	       (peer->mss == 0 || segment->payload_bytes <= peer->mss) &&
	       heritage_is_noted(flow, segment);
}

/* Follows what was sent before, and acknowledges what the capture holds: neither a repetition nor a
 * probe, and no number of an older incarnation. */
static bool is_in_order(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct endpoint *peer = &flow->end[other(segment->from)];

	return segment->seq == end->max && (!end->has_iss || seq_geq(segment->seq, end->iss)) &&
	       seq_geq(segment->ack, peer->una) && seq_leq(segment->ack, peer->max);
}

/* What count_payload() and endpoint_cover() do with payload that is all new. */
static void take_payload(struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *peer = &flow->end[other(segment->from)];

	if (segment->payload_bytes == 0)
		return;
	end->payload_gap_ns = flow->silence_ns;
	end->backoffs = 0;
	end->max = end->contiguous = segment->seq + segment->payload_bytes;
	flow->payload_ns = segment->ts_ns;
	if (peer->timed_ns != 0)
		return;
	peer->timed_ns = segment->ts_ns;
	peer->timed_end = end->max;
}

bool steady_take(struct analyzer *analyzer, uint32_t handle, const struct segment *restrict segment)
{
	struct flow_table *table = &analyzer->table;
	struct flow_node *node = node_at(table, handle);
	struct seat *seat;
	struct flow *flow;
	struct endpoint *end, *peer;
	uint32_t edge;

	if (!node->steady || node->packed_bytes != 0)
		return false;
	seat = seat_at(table, node->record);
	if (!seat->settled)
		return false;
	flow = pool_place(&table->records, node->record, sizeof *flow);
	end = &flow->end[segment->from];
	peer = &flow->end[other(segment->from)];
	edge = segment->ack + ((uint32_t)segment->window << seat->window_scale[segment->from]);
	if (!looks_plain(flow, segment) || !is_in_order(flow, segment) || segment->window == 0 ||
	    seq_lt(edge, peer->announced) || !comes_as_before(analyzer, node, flow, segment) ||
	    intake_is_duplicate(analyzer, flow, segment))
		return false;
	flow_table_touch_seat(table, node, seat);
	intake_count_plain(analyzer, flow, segment);
	end->row = 0;
	end->link_count += segment->link != 0;
	exchange_time_answer(end, segment);
	peer->una = segment->ack;
	peer->edge = seq_max(peer->edge, edge);
	peer->announced = edge;
	take_payload(flow, segment);
	peer->keepalives = peer->backoffs = 0;
	intake_remember_plain(flow, end, segment);
	return true;
}
