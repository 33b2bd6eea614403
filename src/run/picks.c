#include "run/picks.h"

#include "sink/keymap.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16, TUPLES_MAX = 1 << 30 };

/* One connection in one context. */
struct pick {
	struct tuple tuple;
	uint64_t flow_id;
	uint64_t first_number, last_number;
	int64_t start_ns, end_ns;
	size_t next; /* of the same ends: its place plus 1; 0: none */
};

/* An entry of the key map. */
struct picked_ends {
	struct tuple ends; /* without a context */
	size_t latest;     /* pick: its place plus 1 */
};

struct picks {
	bool has_numbers; /* they tell the order of frames: there is one source */
	unsigned key_parts;
	uint64_t last_number;
	struct keymap ends;
	struct pick *pick;
	size_t count, room;
};

struct picks *picks_create(unsigned source_count, unsigned key_parts)
{
	struct picks *picks = calloc(1, sizeof(*picks));

	if (picks == NULL)
		return NULL;
	picks->has_numbers = source_count == 1;
	picks->key_parts = key_parts & ~(unsigned)TUPLE_INTERFACE; /* which reports do not tell */
	keymap_init(&picks->ends, sizeof(struct tuple), sizeof(struct picked_ends), TUPLES_MAX);
	return picks;
}

void picks_destroy(struct picks *picks)
{
	if (picks == NULL)
		return;
	keymap_release(&picks->ends);
	free(picks->pick);
	free(picks);
}

static struct tuple ends_of(const struct report_envelope *envelope)
{
	struct tuple ends = {.ip_version = envelope->ip_version};

	tuple_set_ends(&ends, envelope->addr[REPORT_CLIENT], envelope->port[REPORT_CLIENT],
		       envelope->addr[REPORT_SERVER], envelope->port[REPORT_SERVER]);
	return ends;
}

static void set_context(struct tuple *tuple, const struct report_context *context)
{
	const struct report_tunnel *tunnel = &context->tunnel;

	tuple->vlan_count = context->vlan_count;
	memcpy(tuple->vlan, context->vlan, sizeof(tuple->vlan));
	tuple->tunnelled = tunnel->present;
	tuple->tunnel_type = tunnel->present ? (uint8_t)tunnel->type : 0;
	tuple->tunnel_has_id = tunnel->has_id;
	tuple->tunnel_id = tunnel->id;
}

static bool make_room(struct picks *picks)
{
	size_t room = picks->room > 0 ? picks->room * 2 : FIRST_ROOM;
	struct pick *larger;

	if (picks->count < picks->room)
		return true;
	larger = realloc(picks->pick, room * sizeof(*larger));
	if (larger == NULL)
		return false;
	picks->pick = larger;
	picks->room = room;
	return true;
}

static bool add_context(struct picks *picks, const struct flow_report *report,
			const struct report_context *context)
{
	struct tuple ends = ends_of(&report->envelope);
	struct picked_ends *picked;
	struct pick *pick;

	if (!make_room(picks) || (picked = keymap_obtain(&picks->ends, &ends)) == NULL)
		return false;
	pick = &picks->pick[picks->count++];
	*pick = (struct pick){
		.tuple = ends,
		.flow_id = report->envelope.flow_id,
		.first_number = report->first_number,
		.last_number = report->envelope.number,
		.start_ns = report->start_ns,
		.end_ns = report->end_ns,
		.next = picked->latest,
	};
	set_context(&pick->tuple, context);
	picked->latest = picks->count;
	return true;
}

bool picks_add(struct picks *picks, const struct flow_report *report)
{
	const struct report_envelope *envelope = &report->envelope;
	struct report_context first = {
		.vlan_count = envelope->vlan_count,
		.tunnel = envelope->tunnel,
	};
	bool added;

	memcpy(first.vlan, envelope->vlan, sizeof(first.vlan));
	added = add_context(picks, report, &first);
	for (unsigned i = 0; i < report->context_count && added; i++)
		added = add_context(picks, report, &report->context[i]);
	if (envelope->number > picks->last_number)
		picks->last_number = envelope->number;
	return added;
}

bool picks_are_empty(const struct picks *picks)
{
	return picks->count == 0;
}

static bool holds(const struct picks *picks, const struct pick *pick, const struct segment *segment)
{
	if (!tuple_same_context(&pick->tuple, &segment->tuple, picks->key_parts))
		return false;
	if (picks->has_numbers)
		return segment->number >= pick->first_number &&
		       segment->number <= pick->last_number;
	return segment->ts_ns >= pick->start_ns && segment->ts_ns <= pick->end_ns;
}

uint64_t picks_find(const struct picks *picks, const struct segment *segment)
{
	struct tuple ends = {.ip_version = segment->tuple.ip_version};
	const struct picked_ends *picked;

	memcpy(ends.addr, segment->tuple.addr, sizeof(ends.addr));
	memcpy(ends.port, segment->tuple.port, sizeof(ends.port));
	picked = keymap_find(&picks->ends, &ends);
	for (size_t at = picked != NULL ? picked->latest : 0; at != 0;) {
		const struct pick *pick = &picks->pick[at - 1];

		if (holds(picks, pick, segment))
			return pick->flow_id;
		at = pick->next;
	}
	return 0;
}

bool picks_end_before(const struct picks *picks, uint64_t number)
{
	return picks->has_numbers && number > picks->last_number;
}
