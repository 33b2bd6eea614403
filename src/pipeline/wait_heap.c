#include "pipeline/wait_heap.h"

static bool waits_less(const struct waiting *a, const struct waiting *b)
{
	return order_is_before(&a->order, &b->order);
}

static void put(struct wait_heap *heap, unsigned place, struct waiting waiting)
{
	heap->waiting[place] = waiting;
	heap->place[waiting.partition] = (uint8_t)place;
}

static void sift_up(struct wait_heap *heap, unsigned at, struct waiting waiting)
{
	for (; at > 0 && waits_less(&waiting, &heap->waiting[(at - 1) / 2]); at = (at - 1) / 2)
		put(heap, at, heap->waiting[(at - 1) / 2]);
	put(heap, at, waiting);
}

static void sift_down(struct wait_heap *heap, unsigned at, struct waiting waiting)
{
	for (;;) {
		unsigned child = 2 * at + 1;

		if (child + 1 < heap->count &&
		    waits_less(&heap->waiting[child + 1], &heap->waiting[child]))
			child++;
		if (child >= heap->count || !waits_less(&heap->waiting[child], &waiting))
			break;
		put(heap, at, heap->waiting[child]);
		at = child;
	}
	put(heap, at, waiting);
}

void wait_heap_add(struct wait_heap *heap, struct waiting waiting)
{
	put(heap, heap->count++, waiting);
}

void wait_heap_change(struct wait_heap *heap, struct waiting waiting)
{
	unsigned place = heap->place[waiting.partition];

	if (waits_less(&waiting, &heap->waiting[place]))
		sift_up(heap, place, waiting);
	else if (waits_less(&heap->waiting[place], &waiting))
		sift_down(heap, place, waiting);
}
