/*
 * Several sources read as one, in the order of time.
 *
 * Of the frames that the sources have next, the earliest goes first; equal times go by the sources'
 * order. Within one source the order of its frames is never changed, even where its clock goes
 * back. A source that ends early does not stop the others: what became of each is asked afterwards.
 */
#ifndef TCPBYE_SOURCE_MERGE_H
#define TCPBYE_SOURCE_MERGE_H

#include "source/frame.h"
#include "source/source.h"

struct merge;

enum merge_order {
	MERGE_BY_TIME,
	MERGE_AS_GIVEN, /* one source after the other */
};

/*
 * Borrows the sources (not the array) until merge_destroy(); closing them stays with the caller.
 * NULL if memory is short.
 */
struct merge *merge_create(struct source *const *sources, unsigned count, enum merge_order order);
void merge_destroy(struct merge *merge);

/*
 * SOURCE_FRAME: the next frame was lent, until the next call. SOURCE_END: no source has any more,
 * whatever became of them. SOURCE_INTERRUPTED: a signal came while waiting, or the next call
 * will wait; it goes on. Nothing else.
 */
enum source_status merge_next(struct merge *merge, struct frame *frame);

/*
 * Lends, after merge_next() has lent one, at most `room` of those that follow it, as source_more()
 * does; none where several sources are merged by time, since each of these may have the next one.
 */
unsigned merge_more(struct merge *merge, struct frame *frames, unsigned room);

/*
 * What became of the source with this place in the array: SOURCE_FRAME while it may have more, else
 * how it ended, with `error` filled in for SOURCE_FAILED and SOURCE_CORRUPT.
 */
enum source_status merge_status(const struct merge *merge, unsigned place,
				struct source_error *error);

#endif
