/*
 * The partitions that one thread hosts, each with an analyzer of its own.
 *
 * Which partition a segment belongs to depends on its addresses and ports alone, and so do its
 * share of the limits, what it has learned and whom it evicts: none of it depends on how many
 * threads there are. Seen from outside, the partitions that are hosted together are one analyzer:
 * what time brings about happens in the order of time.
 */
#ifndef TCPBYE_PIPELINE_PARTITIONS_H
#define TCPBYE_PIPELINE_PARTITIONS_H

#include "core/analyzer.h"
#include "core/archive.h"
#include "pipeline/order.h"

enum { PARTITIONS = 64 };

/* A segment on its way: with its ordinal and hash. */
struct item {
	struct segment segment;
	int64_t clock_ns; /* the latest time seen in the run up to this segment */
	uint8_t partition;
};

struct partitions;
struct express; /* express.h */

/* How far a partition has come. */
struct pace {
	int64_t clock_ns; /* the run's at its latest segment */
	uint32_t round;   /* while the express way is open: as its analyzer will count */
	bool is_roomy;    /* the same: see struct analyzer_pace */
	uint64_t ahead;   /* segments that its analyzer has not been told of yet */
};

/* What all partitions of a run have in common. */
struct partitions_config {
	struct analyzer_config analyzer; /* its limits are those of all together */
	const struct memory *memory;
	struct ends_knowledge knowledge;
};

/*
 * Partitions `first`, `first + step` and so on, each with its share of the limits. What they tell
 * goes to `sink`. NULL when there is no memory.
 */
struct partitions *partitions_create(const struct partitions_config *config,
				     const struct report_sink *sink, unsigned first, unsigned step);
void partitions_destroy(struct partitions *partitions);

/* From now on the express way is kept open while there are few connections: it is led to those that
 * it can take. */
void partitions_open_express(struct partitions *partitions, struct express *express);

/* Takes segments that are in the order of their ordinals and belong to these partitions. */
void partitions_run(struct partitions *partitions, struct item *items, unsigned count);

/* Moves a partition to where it is hosted from now on; nothing was taken there for it yet. */
void partitions_move(struct partitions *partitions, unsigned partition, struct partitions *host);

/* Lets time pass. */
void partitions_advance(struct partitions *partitions, int64_t now_ns);

/* Lets time pass for the last time, and reports every flow that is still open, by first segment. */
void partitions_finish(struct partitions *partitions, int64_t now_ns, enum finish_reason reason);

void partitions_note_loss(struct partitions *partitions, int64_t until_ns);

/* One of these partitions in an archive, between segments; while reading, nothing must have been
 * taken yet. */
void partitions_archive(struct archive *archive, struct partitions *partitions, unsigned partition);

/* Adds theirs to `stats`, but for memcap_bytes and time_waits_peak. */
void partitions_stats(const struct partitions *partitions, struct analyzer_stats *stats);

/* True once segments were lost since there was no memory for their partition. */
bool partitions_failed(const struct partitions *partitions);

/* Where what is being told now stands; to be asked by the sink's functions. */
const struct order *partitions_order(const struct partitions *partitions);

#endif
