#include "source/merge.h"

#include <assert.h>
#include <stdlib.h>

struct place {
	struct source *source;
	enum source_status status; /* SOURCE_FRAME while it may have more */
	struct source_error error;
	struct frame frame; /* the next one; for places in the heap */
};

/*
 * The heap holds the places that have a frame ready, the earliest first. A place is in the queue
 * instead while its source must be asked: at the start all of them, later the one whose frame was
 * lent, since asking ends that.
 */
struct merge {
	enum merge_order order;
	unsigned count;
	unsigned heap_count, queue_begin, queue_count;
	unsigned *heap, *queue;
	struct place places[];
};

struct merge *merge_create(struct source *const *sources, unsigned count, enum merge_order order)
{
	struct merge *merge = calloc(1, sizeof(*merge) + count * sizeof(struct place));
	unsigned *indices = calloc(2 * (size_t)count + 1, sizeof(*indices));

	if (!merge || !indices) {
		free(merge);
		free(indices);
		return NULL;
	}
	merge->order = order;
	merge->count = count;
	merge->heap = indices;
	merge->queue = indices + count;
	merge->queue_count = count;
	for (unsigned i = 0; i < count; i++) {
		merge->places[i].source = sources[i];
		merge->places[i].status = SOURCE_FRAME;
		merge->queue[i] = i;
	}
	return merge;
}

void merge_destroy(struct merge *merge)
{
	if (!merge)
		return;
	free(merge->heap);
	free(merge);
}

static bool comes_before(const struct merge *merge, unsigned a, unsigned b)
{
	int64_t a_ns = merge->places[a].frame.ts_ns;
	int64_t b_ns = merge->places[b].frame.ts_ns;

	return a_ns != b_ns ? a_ns < b_ns : a < b;
}

static void heap_push(struct merge *merge, unsigned place)
{
	unsigned at = merge->heap_count++;

	while (at > 0 && comes_before(merge, place, merge->heap[(at - 1) / 2])) {
		merge->heap[at] = merge->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	merge->heap[at] = place;
}

static unsigned heap_pop(struct merge *merge)
{
	unsigned first = merge->heap[0];
	unsigned last = merge->heap[--merge->heap_count];
	unsigned at = 0;

	for (;;) {
		unsigned child = 2 * at + 1;

		if (child + 1 < merge->heap_count &&
		    comes_before(merge, merge->heap[child + 1], merge->heap[child]))
			child++;
		if (child >= merge->heap_count || comes_before(merge, last, merge->heap[child]))
			break;
		merge->heap[at] = merge->heap[child];
		at = child;
	}
	merge->heap[at] = last;
	return first;
}

/* Asks the sources that are waiting to be asked; false if a signal came. */
static bool refill(struct merge *merge)
{
	while (merge->queue_count) {
		unsigned index = merge->queue[merge->queue_begin];
		struct place *place = &merge->places[index];
		enum source_status status =
			source_next(place->source, &place->frame, &place->error);

		if (status == SOURCE_INTERRUPTED)
			return false;
		merge->queue_begin++;
		merge->queue_count--;
		place->status = status;
		if (status == SOURCE_FRAME)
			heap_push(merge, index);
	}
	merge->queue_begin = 0;
	return true;
}

static enum source_status next_by_time(struct merge *merge, struct frame *frame)
{
	if (!refill(merge))
		return SOURCE_INTERRUPTED;
	if (!merge->heap_count)
		return SOURCE_END;

	unsigned first = heap_pop(merge);
	merge->queue[0] = first;
	merge->queue_count = 1;
	*frame = merge->places[first].frame;
	return SOURCE_FRAME;
}

/* One after the other; also the short way for a single source. */
static enum source_status next_as_given(struct merge *merge, struct frame *frame)
{
	while (merge->queue_begin < merge->count) {
		struct place *place = &merge->places[merge->queue_begin];
		enum source_status status = source_next(place->source, frame, &place->error);

		if (status == SOURCE_FRAME || status == SOURCE_INTERRUPTED)
			return status;
		place->status = status;
		merge->queue_begin++;
	}
	return SOURCE_END;
}

enum source_status merge_next(struct merge *merge, struct frame *frame)
{
	if (merge->order == MERGE_AS_GIVEN || merge->count == 1)
		return next_as_given(merge, frame);
	return next_by_time(merge, frame);
}

unsigned merge_more(struct merge *merge, struct frame *frames, unsigned room)
{
	if (merge->order != MERGE_AS_GIVEN && merge->count != 1)
		return 0;
	return source_more(merge->places[merge->queue_begin].source, frames, room);
}

enum source_status merge_status(const struct merge *merge, unsigned place,
				struct source_error *error)
{
	assert(place < merge->count);
	enum source_status status = merge->places[place].status;

	if (status == SOURCE_FAILED || status == SOURCE_CORRUPT)
		*error = merge->places[place].error;
	return status;
}
