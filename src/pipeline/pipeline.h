/*
 * From segments to reports: the analyzers of a run, on one thread or on several.
 *
 * Segments are spread over a fixed number of partitions (partitions.h), and threads host
 * partitions; what is reported, and in which order, is the same at every number of threads. The
 * sink's functions are always called on the caller's thread, some time after the segment or the
 * time that they speak of, but not later than within pipeline_flush(). With one thread none is ever
 * started, unless the pipeline may grow.
 */
#ifndef TCPBYE_PIPELINE_H
#define TCPBYE_PIPELINE_H

#include "core/analyzer.h"
#include "core/archive.h"

enum { PIPELINE_THREADS_MAX = 64 };

struct pipeline;
struct express;

/*
 * `threads` counts the caller's: one for itself, the others to analyze; where these cannot be had,
 * the caller's does it all. `memory` must be usable by several threads at once. NULL when there is
 * no memory.
 */
struct pipeline *pipeline_create(const struct analyzer_config *config, unsigned threads,
				 const struct memory *memory, const struct report_sink *sink);
void pipeline_destroy(struct pipeline *pipeline);

/*
 * A pipeline of one thread goes over to so many once there is enough for them to do: when of so
 * many segments most did not go the express way, which several threads do not have. Where the
 * threads cannot be had, everything stays as it is.
 */
void pipeline_may_grow(struct pipeline *pipeline, unsigned threads, uint64_t segments);

/* Where the next segment may be put together: what is taken from there need not be copied. It is
 * overwritten as soon as anything is taken. */
struct segment *pipeline_next(struct pipeline *pipeline);

/* Takes a copy of the segment; its ordinal and hash are worked out here. */
void pipeline_take(struct pipeline *pipeline, const struct segment *segment);

/* The way on which segments of plain frames can be taken sooner (express.h); NULL: there is none.
 */
struct express *pipeline_open_express(struct pipeline *pipeline);

/* Lets time pass: what is due by then happens with the next segments, or in pipeline_flush(). */
void pipeline_advance(struct pipeline *pipeline, int64_t now_ns);

/* Whatever was taken has been analyzed and reported when this returns: to be called before waiting
 * for more. */
void pipeline_flush(struct pipeline *pipeline);

/* As analyzer_note_loss(), for all that was taken so far. */
void pipeline_note_loss(struct pipeline *pipeline, int64_t until_ns);

/* Reports every flow that is still open, by first segment. Nothing may be taken afterwards. */
void pipeline_finish(struct pipeline *pipeline, enum finish_reason reason);

/* All that is known in an archive, after pipeline_flush(), and the same at every number of threads;
 * while reading, nothing must have been taken yet. */
void pipeline_archive(struct archive *archive, struct pipeline *pipeline);

/* The latest time that was seen. */
int64_t pipeline_clock_ns(const struct pipeline *pipeline);

/* The sums over all partitions, after pipeline_flush(). */
void pipeline_stats(const struct pipeline *pipeline, struct analyzer_stats *stats);

/* False once anything was lost for want of memory. */
bool pipeline_is_well(const struct pipeline *pipeline);

#endif
