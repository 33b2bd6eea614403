#include "core/kin.h"

#include "core/envelope.h"
#include "core/intake.h"
#include "core/seq.h"

/* What a record tells of a context. */
enum { TOLD = TUPLE_VLAN | TUPLE_TUNNEL };

static bool has_room(const struct flow_table *table, uint32_t handle)
{
	unsigned count = 0;

	for (uint32_t at = node_at(table, handle)->names; at != POOL_NONE;
	     at = name_at(table, at)->next)
		count++;
	return count < FLOW_NAMES_MAX;
}

/* The copy of a SYN that waits to be answered before it opens the tuple again. */
static bool copies_candidate(const struct analyzer *analyzer, const struct flow *flow,
			     const struct segment *segment)
{
	const struct held *held;

	if (flow->candidate == POOL_NONE)
		return false;
	held = pool_at(&analyzer->held, flow->candidate);
	return intake_is_copy(analyzer, &held->segment, segment);
}

/* The SYN-ACK of a side that said nothing so far, by the number of the SYN, which is not to be
 * guessed (RFC 6528). */
static bool answers_syn(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];

	return segment_has(segment, TCP_SYN | TCP_ACK) && !flow->end[segment->from].sent &&
	       peer->has_iss && seq_gt(segment->ack, peer->iss) && seq_leq(segment->ack, peer->max);
}

/* The SYN of a side that said nothing so far, after the SYN-ACK that it caused. */
static bool is_answered(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];

	return (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !end->sent && end->has_iss &&
	       end->iss == segment->seq;
}

uint32_t kin_find(struct analyzer *analyzer, const struct segment *segment)
{
	struct flow_table *table = &analyzer->table;
	uint32_t same[FLOW_SAME_ENDS_MAX];
	unsigned count =
		flow_table_same_ends(table, &segment->tuple, core_hash(analyzer, segment), same);

	for (unsigned i = 0; i < count; i++) {
		const struct flow *flow = flow_at(table, same[i]);

		if (has_room(table, same[i]) &&
		    (intake_is_duplicate(analyzer, flow, segment) ||
		     copies_candidate(analyzer, flow, segment) || answers_syn(flow, segment) ||
		     is_answered(flow, segment)))
			return same[i];
	}
	return POOL_NONE;
}

void kin_note(struct analyzer *analyzer, uint32_t handle, const struct segment *segment)
{
	struct flow_table *table = &analyzer->table;
	unsigned parts = TOLD | analyzer->config.flow_key;
	uint32_t *link = &node_at(table, handle)->names, name;

	if (tuple_same_context(&flow_at(table, handle)->tuple, &segment->tuple, parts))
		return;
	for (; *link != POOL_NONE; link = &name_at(table, *link)->next) {
		if (tuple_same_context(&name_at(table, *link)->tuple, &segment->tuple, parts))
			return;
	}
	if (!has_room(table, handle))
		return;
	name = core_take_item(analyzer, &analyzer->table.names);
	if (name == POOL_NONE)
		return;
	name_at(table, name)->tuple = segment->tuple;
	*link = name;
}

/* Whether a record tells of this name: neither the flow's first context nor an earlier name says
 * the same. */
static bool is_news(struct flow_table *table, uint32_t handle, uint32_t name)
{
	const struct tuple *tuple = &name_at(table, name)->tuple;

	if (tuple_same_context(&flow_at(table, handle)->tuple, tuple, TOLD))
		return false;
	for (uint32_t at = node_at(table, handle)->names; at != name;
	     at = name_at(table, at)->next) {
		if (tuple_same_context(&name_at(table, at)->tuple, tuple, TOLD))
			return false;
	}
	return true;
}

void kin_report(struct analyzer *analyzer, uint32_t handle, struct flow_report *report)
{
	struct flow_table *table = &analyzer->table;

	report->context_count = 0;
	for (uint32_t at = node_at(table, handle)->names; at != POOL_NONE;
	     at = name_at(table, at)->next) {
		if (is_news(table, handle, at))
			envelope_context(&name_at(table, at)->tuple,
					 &report->context[report->context_count++]);
	}
}
