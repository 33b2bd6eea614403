#include "core/steady.h"

#include "core/intake.h"
#include "core/stretch_take.h"

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

	if (node->steady == UNSTEADY || node->packed_bytes != 0)
		return false;
	stretch = stretch_of(table, node);
	if (stretch == NULL || !comes_as_before(analyzer, node, segment) ||
	    !stretch_take(stretch, segment->from, segment, analyzer->now_ns))
		return false;
	node->steady = IN_STRETCH;
	stretch->express = 0;
	stretch->round = table->round;
	flow_table_touch_seat(table, node, seat_at(table, node->record));
	note_look(analyzer, node, segment);
	return true;
}
