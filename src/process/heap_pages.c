#define _DEFAULT_SOURCE /* sbrk(), madvise() */

#include "process/heap_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)

#include <malloc.h>

/* So much more is taken from the kernel than is needed at once. From then on glibc no longer adapts
 * by itself from which size on it maps what it allocates. */
enum { STEP_BYTES = 8 * HEAP_PAGE_BYTES };

void heap_pages_follow(struct heap_pages *pages)
{
	void *end = sbrk(0);
	struct heap_piece piece = {.bytes = 0};

	if (end != (void *)-1)
		piece = heap_pages_due(pages, (uintptr_t)end);
	if (piece.bytes == 0)
		return;
	if (!pages->grows_in_steps)
		pages->grows_in_steps = mallopt(M_TOP_PAD, STEP_BYTES) == 1;
	madvise((void *)piece.at, piece.bytes,
		MADV_HUGEPAGE); /* a wish: refused, it is as before */
}

#else

void heap_pages_follow(struct heap_pages *pages)
{
	(void)pages;
}

#endif

static uintptr_t round_down(uintptr_t at)
{
	return at - at % HEAP_PAGE_BYTES;
}

static uintptr_t round_up(uintptr_t at)
{
	return round_down(at + HEAP_PAGE_BYTES - 1);
}

/* What the heap has given back and takes again is asked for again. */
struct heap_piece heap_pages_due(struct heap_pages *pages, uintptr_t end)
{
	struct heap_piece piece = {.bytes = 0};
	uintptr_t first;

	if (pages->begin == 0)
		pages->begin = end;
	first = round_up(pages->begin + HEAP_SMALL_BYTES);
	if (pages->asked > end)
		pages->asked = round_up(end);
	if (pages->asked < first)
		pages->asked = first;
	piece.at = pages->asked;
	if (round_down(end) > pages->asked)
		piece.bytes = round_down(end) - pages->asked;
	pages->asked += piece.bytes;
	return piece;
}
