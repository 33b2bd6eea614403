/*
 * Pages of 2 MiB for a heap that has become large.
 *
 * Of what lies in pages of 4 KiB all over a large heap, the processor must first look up where each
 * page is, and asking for it in advance waits for that, too. What the heap grows by behind its
 * first megabytes is therefore wished to be in large pages before most of it is used; a small run
 * takes as little memory as ever. Where the kernel grants none, nothing changes.
 *
 * It is the heap of the main thread that is meant: other threads have others, and large pieces
 * stand apart. What a state file brings back stands there before it is wished for. It is for runs
 * that read captures: a live one is not to wait until the kernel has made a large page.
 */
#ifndef TCPBYE_HEAP_PAGES_H
#define TCPBYE_HEAP_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HEAP_PAGE_BYTES = 2 << 20,
	HEAP_SMALL_BYTES = 24 << 20, /* so much stays in small pages */
};

/* All zero: nothing is known of the heap yet. */
struct heap_pages {
	uintptr_t begin; /* where the heap ended when it was first looked at */
	uintptr_t asked; /* where that ends which large pages were asked for */
	bool grows_in_steps;
};

/* To be called at the beginning, and now and then: asks for what the heap has grown by, and has it
 * grow in such steps that little of that is in use yet. */
void heap_pages_follow(struct heap_pages *pages);

/* What is to be asked for when the heap ends at `end`, in whole pages, which count as asked for
 * from then on; no bytes: nothing. */
struct heap_piece {
	uintptr_t at;
	size_t bytes;
};

struct heap_piece heap_pages_due(struct heap_pages *pages, uintptr_t end);

#endif
