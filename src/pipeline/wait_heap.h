/*
 * Which of the partitions that are hosted together has something due next: a heap with an entry for
 * each, the earliest first.
 */
#ifndef TCPBYE_PIPELINE_WAIT_HEAP_H
#define TCPBYE_PIPELINE_WAIT_HEAP_H

#include "pipeline/order.h"
#include "pipeline/partitions.h"

/* Where the next thing that is due in a partition will stand, or anything before that. */
struct waiting {
	struct order order;
	uint8_t partition;
};

struct wait_heap {
	unsigned count;
	struct waiting waiting[PARTITIONS];
	uint8_t place[PARTITIONS]; /* of each partition in it */
};

/* A partition that none of those is before that are in it. */
void wait_heap_add(struct wait_heap *heap, struct waiting waiting);

/* From now on this is what its partition waits for. */
void wait_heap_change(struct wait_heap *heap, struct waiting waiting);

static inline const struct waiting *wait_heap_first(const struct wait_heap *heap)
{
	return &heap->waiting[0];
}

static inline const struct waiting *wait_heap_of(const struct wait_heap *heap, unsigned partition)
{
	return &heap->waiting[heap->place[partition]];
}

#endif
