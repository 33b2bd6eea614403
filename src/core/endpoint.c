#include "core/endpoint.h"

#include "core/seq.h"

static void join_island(struct endpoint *end)
{
	if (end->has_island && seq_geq(end->contiguous, end->island_begin)) {
		end->contiguous = seq_max(end->contiguous, end->island_end);
		end->has_island = false;
	}
}

void endpoint_cover(struct endpoint *end, uint32_t begin, uint32_t until)
{
	if (!end->has_max) {
		end->max = end->contiguous = until;
		end->una = begin;
		end->has_max = true;
		return;
	}
	end->max = seq_max(end->max, until);
	if (seq_leq(begin, end->contiguous)) {
		end->contiguous = seq_max(end->contiguous, until);
	} else if (!end->has_island) {
		end->has_island = true;
		end->island_begin = begin;
		end->island_end = until;
	} else {
		if (seq_lt(begin, end->island_begin))
			end->island_begin = begin;
		end->island_end = seq_max(end->island_end, until);
	}
	join_island(end);
}

bool endpoint_acknowledged(struct endpoint *end, uint32_t ack)
{
	bool skips = seq_gt(ack, end->contiguous);

	end->una = seq_max(end->una, ack);
	if (skips) {
		end->contiguous = ack;
		join_island(end);
	}
	return skips;
}

uint32_t endpoint_outstanding(const struct endpoint *end, uint32_t ack)
{
	uint32_t una = seq_gt(ack, end->una) && seq_leq(ack, end->max) ? ack : end->una;
	uint32_t until = end->has_fin && !end->fin_acked ? end->fin_seq : end->max;
	uint32_t from = end->has_iss && una == end->iss ? end->iss + 1 : una;

	if (!end->has_max || seq_leq(until, from))
		return 0;
	return until - from;
}
