/*
 * Threads that host the partitions, and how work and reports pass between them and the one thread
 * that reads and writes.
 *
 * Only segments go to the workers, in rounds, and only copied reports come back. The caller's
 * thread delivers these in the order of the run, so that the sink's functions need know nothing of
 * threads. Where it delivers too slowly, the workers wait; where they work too slowly, it waits for
 * them: neither side holds more than a few rounds.
 *
 * A worker says after each round how far it has come. A report is delivered once no worker can tell
 * anything that stands before it.
 */
#ifndef TCPBYE_PIPELINE_CREW_H
#define TCPBYE_PIPELINE_CREW_H

#include "pipeline/partitions.h"

enum { CREW_WORKERS_MAX = PARTITIONS, CREW_TASK_ITEMS = 256 };

struct crew;

/* NULL when there is no memory, or no thread can be had. */
struct crew *crew_create(const struct partitions_config *config, const struct report_sink *sink,
			 unsigned workers);
/* Waits for all threads to end; what was not delivered is lost. */
void crew_destroy(struct crew *crew);

/* Takes over all partitions from one thread, where nothing was taken yet. */
void crew_take_over(struct crew *crew, struct partitions *partitions);

/* Where the next segment of the partition is to be put; crew_take() then counts it in. False: the
 * round must end before the next one. */
struct item *crew_item(struct crew *crew, unsigned partition);
bool crew_take(struct crew *crew, unsigned partition);

/* Gives out the round, which ends at this time and ordinal, and delivers what can be. */
void crew_end_round(struct crew *crew, int64_t clock_ns, uint64_t ordinal);

/* Ends the round, waits until it is done, and delivers all that was told. */
void crew_flush(struct crew *crew, int64_t clock_ns, uint64_t ordinal);

/* After crew_flush(): reports every flow that is still open, by first segment. */
void crew_finish(struct crew *crew, int64_t clock_ns, enum finish_reason reason);

/* After crew_flush(), as the functions of partitions.h. */
void crew_note_loss(struct crew *crew, int64_t until_ns);
void crew_stats(const struct crew *crew, struct analyzer_stats *stats);

/* After crew_flush(), or before anything was taken, as partitions_archive(). */
void crew_archive(struct archive *archive, struct crew *crew, unsigned partition);

/* True once anything was lost for want of memory. */
bool crew_failed(const struct crew *crew);

#endif
