#include "pipeline/leaving.h"

/* A partition that flows leave at the end, and the serial of the next; NO_MORE: none does. */
struct leaving {
	uint64_t serial;
	struct analyzer *analyzer;
};

#define NO_MORE UINT64_MAX

static uint64_t next_leaving(struct analyzer *analyzer)
{
	struct analyzer_due due;

	analyzer_prefetch_leaving(analyzer);
	return analyzer_due(analyzer, INT64_MAX, &due) && due.at_ns == INT64_MIN ? due.serial
										 : NO_MORE;
}

/* What stands at that place of the heap finds its own below. Behind the last of all stands NO_MORE,
 * so that each has two children or none. */
static void settle(struct leaving heap[PARTITIONS + 1], unsigned at)
{
	struct leaving entry = heap[at];
	unsigned child;

	while ((child = 2 * at + 1) < PARTITIONS) {
		child += heap[child + 1].serial < heap[child].serial;
		if (entry.serial <= heap[child].serial)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = entry;
}

/* By the serials alone: the times of all are the same. */
void leaving_report(struct analyzer *const analyzer[PARTITIONS], struct order *order)
{
	struct leaving heap[PARTITIONS + 1];

	for (unsigned i = 0; i <= PARTITIONS; i++) {
		heap[i] = (struct leaving){NO_MORE, i < PARTITIONS ? analyzer[i] : NULL};
		if (heap[i].analyzer != NULL)
			heap[i].serial = next_leaving(heap[i].analyzer);
	}
	for (unsigned i = PARTITIONS / 2; i > 0; i--)
		settle(heap, i - 1);
	while (heap[0].serial != NO_MORE) {
		*order = (struct order){INT64_MAX, UINT64_MAX, INT64_MIN, heap[0].serial};
		analyzer_serve(heap[0].analyzer, INT64_MAX);
		heap[0].serial = next_leaving(heap[0].analyzer);
		settle(heap, 0);
	}
}
