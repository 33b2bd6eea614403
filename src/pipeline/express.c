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

static bool is_used(const struct express *express, unsigned at)
{
	const struct stretch *stretch = express->place[at].stretch;

	return stretch != NULL && stretch->express == at + 1;
}

void express_lead(struct express *express, const struct segment *segment, struct stretch *stretch)
{
	struct express_ends ends = ends_of(&segment->tuple);
	unsigned at = express_place_of(ends);

	if (is_used(express, at))
		at ^= 1;
	stretch->express = (uint16_t)(at + 1);
	express->place[at] = (struct express_place){
		.ends = ends,
		.stretch = stretch,
		.hash = segment->hash,
		.changes = ends_changes(express->ends),
	};
}
