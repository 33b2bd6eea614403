/*
 * Which times of frames are believed.
 *
 * A damaged record, or a clock that was being set, stamps a frame decades away from those around
 * it. Believed, it would end every TIME-WAIT and let every open connection look silent. So a time
 * that lies more than a day from the one before needs witnesses: the frame waits until three more
 * lie there too, then all are taken as they are: captures have such gaps, between files and over
 * holidays. If one comes that fits to the time before, those that wait were wrong: they are taken
 * as if they had come at the time before, and marked. At the end of the capture one witness is
 * enough, and a time without any is not believed.
 *
 * The first frame waits for the second: nobody knows yet which of two is right, until a third says.
 * What goes in comes out in its order.
 */
#ifndef TCPBYE_CORE_TIMELINE_H
#define TCPBYE_CORE_TIMELINE_H

#include <stdbool.h>

#include "core/segment.h"

enum { TIMELINE_HELD_MAX = 4 };

/* No connection is silent for longer without a reason that another frame shows. */
#define TIMELINE_LEAP_NS (86400 * INT64_C(1000000000))

/* Times are anything that a file claims: their differences may not fit. */
static inline bool timeline_is_near(int64_t a_ns, int64_t b_ns)
{
	if (a_ns >= b_ns)
		return (uint64_t)a_ns - (uint64_t)b_ns <= (uint64_t)TIMELINE_LEAP_NS;
	return (uint64_t)b_ns - (uint64_t)a_ns <= (uint64_t)TIMELINE_LEAP_NS;
}

/* Where believed times go: with a segment, or by themselves where a frame holds none. */
struct timeline_output {
	void *context;
	void (*segment)(void *context, const struct segment *segment);
	void (*time)(void *context, int64_t ts_ns, uint64_t number);
};

/* All zero but for the output: nothing has come yet. */
struct timeline {
	struct timeline_output output;
	bool started;
	int64_t now_ns; /* the latest believed time */
	uint64_t wrong; /* times that were not believed */
	unsigned waiting;
	struct {
		bool has_segment;
		struct segment segment; /* without one, only ts_ns and number mean something */
	} held[TIMELINE_HELD_MAX];
};

/* Takes the time of a frame if it fits, and nothing waits for it: then the frame may pass as it is.
 */
static inline bool timeline_take(struct timeline *timeline, int64_t ts_ns)
{
	if (!timeline->started || timeline->waiting != 0 ||
	    !timeline_is_near(ts_ns, timeline->now_ns))
		return false;
	timeline->now_ns = ts_ns;
	return true;
}

/* A frame with a segment; the time is the segment's. */
void timeline_segment(struct timeline *timeline, const struct segment *segment);

/* A frame without one; the number is handed on. */
void timeline_time(struct timeline *timeline, int64_t ts_ns, uint64_t number);

/* Nothing more comes: decides on what waits. */
void timeline_finish(struct timeline *timeline);

#endif
