#include "pipeline/express.h"

#include <string.h>

/* As endpoint 0 sends them. */
static struct express_ends ends_of(const struct tuple *tuple)
{
	uint8_t addresses[8];
	uint8_t ports[4] = {(uint8_t)(tuple->port[0] >> 8), (uint8_t)tuple->port[0],
			    (uint8_t)(tuple->port[1] >> 8), (uint8_t)tuple->port[1]};
	struct express_ends ends;

	memcpy(addresses, tuple->addr[0], 4);
	memcpy(addresses + 4, tuple->addr[1], 4);
	memcpy(&ends.addresses, addresses, sizeof ends.addresses);
	memcpy(&ends.ports, ports, sizeof ends.ports);
	return ends;
}

/* The same in the other direction. */
static struct express_ends back(struct express_ends ends)
{
	return (struct express_ends){ends.addresses << 32 | ends.addresses >> 32,
				     ends.ports << 16 | ends.ports >> 16};
}

static bool is_used(const struct express *express, unsigned at)
{
	const struct stretch *stretch = express->pair[at][0].stretch;

	return stretch != NULL && stretch->express == at + 1;
}

static enum plain_form form_of(const struct stretch_end *end)
{
	return (end->marks & SEGMENT_TIMESTAMPS) != 0 ? PLAIN_STAMPED : PLAIN_BARE;
}

/* A place for the frames of one endpoint of the stretch. */
static struct express_place place_of(const struct express *express, const struct segment *segment,
				     struct stretch *stretch, unsigned side)
{
	const struct stretch_end *end = &stretch->end[side];
	struct express_ends ends = ends_of(&segment->tuple);

	return (struct express_place){
		.ends = side == 0 ? ends : back(ends),
		.kind = plain_kind(end->link, end->ttl, form_of(end)),
		.stretch = stretch,
		.pace = &express->pace[segment->hash % PARTITIONS],
		.changes = ends_changes(express->ends),
	};
}

/* Segments of a plain frame bear no other mark. */
static bool may_lead(const struct stretch *stretch)
{
	return ((stretch->end[0].marks | stretch->end[1].marks) & ~SEGMENT_TIMESTAMPS) == 0;
}

void express_lead(struct express *express, const struct segment *segment, struct stretch *stretch)
{
	unsigned at = express_pair_of(ends_of(&segment->tuple));

	if (!may_lead(stretch))
		return;
	if (is_used(express, at))
		at ^= 1;
	stretch->express = (uint16_t)(at + 1);
	express->hash[at] = segment->hash;
	for (unsigned side = 0; side < 2; side++)
		express->pair[at][side] = place_of(express, segment, stretch, side);
}
