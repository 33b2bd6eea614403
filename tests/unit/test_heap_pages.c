#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "process/heap_pages.h"

enum { MIB = 1 << 20 };

/* A heap that begins within a page. */
static const uintptr_t begin = (uintptr_t)100 * HEAP_PAGE_BYTES + 12345;

/* Where large pages begin, at the earliest: the first whole one behind what stays small. */
static const uintptr_t large = (uintptr_t)101 * HEAP_PAGE_BYTES + HEAP_SMALL_BYTES;

Test(heap_pages, a_small_heap_stays_as_it_is)
{
	struct heap_pages pages = {.begin = 0};

	for (uintptr_t end = begin; end < large + HEAP_PAGE_BYTES; end += 4096)
		cr_assert_eq(heap_pages_due(&pages, end).bytes, 0);
}

/* However it grows, each page is asked for once, and none that is not the heap's. */
Test(heap_pages, whole_pages_are_asked_for_one_behind_the_other)
{
	static const size_t step_bytes[] = {4096, 132 * 1024, 3 * MIB, 16 * MIB, 100 * MIB};

	for (unsigned i = 0; i < sizeof step_bytes / sizeof step_bytes[0]; i++) {
		struct heap_pages pages = {.begin = 0};
		uintptr_t next = large;

		for (uintptr_t end = begin; end < begin + 500U * MIB; end += step_bytes[i]) {
			struct heap_piece piece = heap_pages_due(&pages, end);

			if (piece.bytes == 0)
				continue;
			cr_assert_eq(piece.at, next);
			cr_assert_eq(piece.bytes % HEAP_PAGE_BYTES, 0);
			next += piece.bytes;
			cr_assert_leq(next, end);
			cr_assert_gt(next + HEAP_PAGE_BYTES, end);
		}
		cr_assert_gt(next, large);
	}
}

/* What was given back has lost its large pages. */
Test(heap_pages, what_is_taken_again_is_asked_for_again)
{
	struct heap_pages pages = {.begin = 0};
	struct heap_piece piece;

	heap_pages_due(&pages, begin);
	heap_pages_due(&pages, large + 20 * HEAP_PAGE_BYTES);
	cr_assert_eq(heap_pages_due(&pages, large + 5 * HEAP_PAGE_BYTES + 1).bytes, 0);
	piece = heap_pages_due(&pages, large + 9 * HEAP_PAGE_BYTES);
	cr_assert_eq(piece.at, large + 6 * HEAP_PAGE_BYTES);
	cr_assert_eq(piece.bytes, 3 * HEAP_PAGE_BYTES);
	cr_assert_eq(heap_pages_due(&pages, begin - MIB).bytes, 0);
	piece = heap_pages_due(&pages, large + HEAP_PAGE_BYTES);
	cr_assert_eq(piece.at, large);
	cr_assert_eq(piece.bytes, HEAP_PAGE_BYTES);
}

/* Where the C library's heap is the one that is followed, and no sanitizer has put its own in its
 * place. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HEAP_IS_FOLLOWED 1
#endif
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#undef HEAP_IS_FOLLOWED
#endif
#endif

/* The heap of this very program: it may be asked, whatever it is. */
Test(heap_pages, asking_changes_nothing_that_is_seen)
{
	struct heap_pages pages = {.begin = 0};
	unsigned char *kept[400] = {NULL};

	heap_pages_follow(&pages);

	for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		kept[i] = malloc(100000);
		cr_assert_not_null(kept[i]);
		memset(kept[i], (int)i & 0xff, 100000);
		heap_pages_follow(&pages);
	}
#ifdef HEAP_IS_FOLLOWED
	cr_assert_gt(pages.asked, pages.begin + HEAP_SMALL_BYTES);
	cr_assert(pages.grows_in_steps);
#endif
	for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		cr_assert_eq(kept[i][0], i & 0xff);
		cr_assert_eq(kept[i][99999], i & 0xff);
		free(kept[i]);
	}
}
