#include "core/steady.h"

#include "core/exchange.h"
#include "core/intake.h"
#include "core/seq.h"

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
	const struct flow *flow = flow_at(&analyzer->table, handle);
	bool holds = !analyzer->long_way && steady_holds(analyzer, handle, flow);

	node_at(&analyzer->table, handle)->steady = holds ? STEADY : UNSTEADY;
}

void steady_end(struct analyzer *analyzer, uint32_t handle)
{
	struct flow_node *node = node_at(&analyzer->table, handle);

	if (node->steady == IN_STRETCH)
		flow_table_make_record(&analyzer->table, handle);
	node->steady = UNSTEADY;
}

/* The context is one that the flow is known in by its first segment: there is no name to add. */
static bool comes_as_before(const struct analyzer *analyzer, const struct flow_node *node,
			    const struct segment *segment)
{
	const struct flow *flow;

	if (node->plain)
		return tuple_is_plain_ipv4(&segment->tuple);
	flow = pool_place(&analyzer->table.records, node->record, sizeof *flow);
	return tuple_same_context(&flow->tuple, &segment->tuple,
				  TUPLE_VLAN | TUPLE_TUNNEL | analyzer->config.flow_key);
}

/* Bears ACK alone, as its sender's segments do, and begins where the one before ended. */
static bool looks_plain(const struct stretch_end *end, const struct segment *segment)
{
	enum { ASKED = TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK };
	unsigned differs = ((segment->flags & ASKED) ^ TCP_ACK) | (segment->marks ^ end->marks) |
			   (segment->ttl ^ end->ttl) | (segment->link ^ end->link) |
			   (segment->seq ^ end->max);

	return differs == 0 && segment->window != 0;
}

/* Says something that its sender has not said yet, of a kind that it has: it is the copy of no
 * frame (stretch.c). */
static bool says_more(const struct stretch_end *end, const struct segment *segment)
{
	if (segment->payload_bytes == 0)
		return end->may_acknowledge && seq_gt(segment->ack, end->last_ack);
	return end->may_send && segment->payload_bytes <= end->payload_most &&
	       segment->payload_bytes <= end->payload_left;
}

/* Where the segment lets its receiver send to. */
static uint32_t edge_of(const struct stretch_end *end, const struct segment *segment)
{
	return segment->ack + ((uint32_t)segment->window << end->window_scale);
}

/* Acknowledges what the capture holds, and takes nothing back: neither a window nor time. */
static bool goes_on(const struct stretch *stretch, const struct stretch_end *peer,
		    const struct segment *segment, uint32_t edge)
{
	return segment->ts_ns >= stretch->last_ns && seq_geq(segment->ack, peer->una) &&
	       seq_leq(segment->ack, peer->max) && seq_geq(edge, peer->announced);
}

/* What is noted of every segment (intake_count()). */
static void count(struct stretch *stretch, struct stretch_end *end, const struct segment *segment)
{
	stretch->silence_ns = segment->ts_ns - stretch->last_ns;
	stretch->last_ns = segment->ts_ns;
	stretch->last_number = segment->number;
	stretch->source = segment->source;
	end->frame_bytes += segment->frame_bytes;
	end->flags |= segment->flags;
	end->counts_packets |= segment->ip_id != 0;
	stretch->frame[segment->from][end->packets++ % FRAMES_KEPT] = (struct stretch_frame){
		.trace = trace_of(segment),
		.tsval = segment->tsval,
		.window = segment->window,
	};
}

/* What paws_note() does with a segment that bears time stamps. */
static void take_time_stamps(struct stretch_end *end, const struct segment *segment)
{
	if ((segment->marks & SEGMENT_TIMESTAMPS) == 0)
		return;
	if (seq_gt(segment->tsval, end->tsval))
		end->tsval = segment->tsval;
	if (seq_gt(segment->tsecr, end->echoed))
		end->echoed = segment->tsecr;
}

/* As exchange_take() does it. */
static void take_ack(struct stretch_end *end, struct stretch_end *peer,
		     const struct segment *segment, uint32_t edge)
{
	if (end->timed_ns != 0 && seq_geq(segment->ack, end->timed_end)) {
		exchange_note_leg(&end->leg_ns, segment->ts_ns - end->timed_ns);
		end->timed_ns = 0;
	}
	if (seq_gt(segment->ack, end->last_ack)) {
		end->last_ack = segment->ack;
		end->ack_advanced = true;
	}
	peer->una = segment->ack;
	peer->edge = seq_max(peer->edge, edge);
	peer->announced = edge;
}

/* What count_payload() and endpoint_cover() do with payload that is all new. */
static void take_payload(struct stretch *stretch, struct stretch_end *end, struct stretch_end *peer,
			 const struct segment *segment)
{
	end->payload_gap_ns = stretch->silence_ns;
	end->payload_bytes += segment->payload_bytes;
	end->payload_left -= segment->payload_bytes;
	end->max += segment->payload_bytes;
	stretch->payload_ns = segment->ts_ns;
	stretch->last_payload[segment->from] = trace_of(segment);
	if (peer->timed_ns != 0)
		return;
	peer->timed_ns = segment->ts_ns;
	peer->timed_end = end->max;
}

/* The flow's stretch, which begins where there is none; NULL where none can. */
static struct stretch *stretch_of(struct flow_table *table, const struct flow_node *node)
{
	struct seat *seat = seat_at(table, node->record);
	struct stretch *stretch;

	if (node->steady == IN_STRETCH)
		return stretch_at(table, seat);
	if (seat->stretch == POOL_NONE)
		seat->stretch = pool_take(&table->stretches);
	if (seat->stretch == POOL_NONE)
		return NULL;
	stretch = stretch_at(table, seat);
	return stretch_begin(stretch, pool_at(&table->records, node->record)) ? stretch : NULL;
}

/* What is recognised in payload is rare enough to stand in the record alone. */
static void note_look(struct analyzer *analyzer, const struct flow_node *node,
		      const struct segment *segment)
{
	struct flow *flow = pool_place(&analyzer->table.records, node->record, sizeof *flow);

	if (segment->look > PAYLOAD_UNKNOWN)
		intake_remember_look(&flow->end[segment->from], segment);
}

bool steady_take(struct analyzer *analyzer, uint32_t handle, const struct segment *restrict segment)
{
	struct flow_table *table = &analyzer->table;
	struct flow_node *node = node_at(table, handle);
	struct stretch *stretch;
	struct stretch_end *end, *peer;
	uint32_t edge;

	if (node->steady == UNSTEADY || node->packed_bytes != 0)
		return false;
	stretch = stretch_of(table, node);
	if (stretch == NULL)
		return false;
	end = &stretch->end[segment->from];
	peer = &stretch->end[other(segment->from)];
	edge = edge_of(end, segment);
	if (!looks_plain(end, segment) || !says_more(end, segment) ||
	    !goes_on(stretch, peer, segment, edge) || !comes_as_before(analyzer, node, segment))
		return false;
	node->steady = IN_STRETCH;
	flow_table_touch_seat(table, node, seat_at(table, node->record));
	stretch->clock_ns = analyzer->now_ns;
	count(stretch, end, segment);
	take_time_stamps(end, segment);
	take_ack(end, peer, segment, edge);
	if (segment->payload_bytes > 0)
		take_payload(stretch, end, peer, segment);
	note_look(analyzer, node, segment);
	return true;
}
