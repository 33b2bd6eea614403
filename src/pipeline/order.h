/*
 * Where in a run something was told: what makes the records of many partitions one sequence, the
 * same however the partitions are spread over threads.
 *
 * A run is a sequence of segments, and its clock is the latest time that any of them bore. What
 * becomes due happens when the clock reaches it, before the segments of that time. Where stamps go
 * back, something may become due at a time that the clock has already passed. That waits for the
 * clock to go on, or for a segment of the same partition that bears such a time.
 */
#ifndef TCPBYE_PIPELINE_ORDER_H
#define TCPBYE_PIPELINE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct order {
	int64_t at_ns;    /* of the run's clock */
	uint64_t ordinal; /* the segment's; 0: before all segments of that time, UINT64_MAX: behind
			   */
	int64_t due_ns;   /* INT64_MAX: told by the segment itself */
	uint64_t serial;  /* of the flow that was due */
};

static inline bool order_is_before(const struct order *a, const struct order *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	if (a->ordinal != b->ordinal)
		return a->ordinal < b->ordinal;
	if (a->due_ns != b->due_ns)
		return a->due_ns < b->due_ns;
	return a->serial < b->serial;
}

#endif
