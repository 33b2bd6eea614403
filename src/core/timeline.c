#include "core/timeline.h"

static void pass_on(struct timeline *timeline, const struct segment *segment, bool has_segment)
{
	if (has_segment)
		timeline->output.segment(timeline->output.context, segment);
	else
		timeline->output.time(timeline->output.context, segment->ts_ns, segment->number);
}

/* What waits is taken at its own times. */
static void believe(struct timeline *timeline)
{
	for (unsigned i = 0; i < timeline->waiting; i++) {
		timeline->now_ns = timeline->held[i].segment.ts_ns;
		pass_on(timeline, &timeline->held[i].segment, timeline->held[i].has_segment);
	}
	timeline->waiting = 0;
	timeline->started = true;
}

/* What waits is taken at the time `now_ns`, where its own is far from it. */
static void set_right(struct timeline *timeline, int64_t now_ns)
{
	for (unsigned i = 0; i < timeline->waiting; i++) {
		struct segment *segment = &timeline->held[i].segment;

		if (!timeline_is_near(segment->ts_ns, now_ns)) {
			segment->ts_ns = now_ns;
			segment->marks |= SEGMENT_WRONG_TIME;
			timeline->wrong++;
		}
		pass_on(timeline, segment, timeline->held[i].has_segment);
	}
	timeline->waiting = 0;
}

static void hold(struct timeline *timeline, const struct segment *segment, bool has_segment)
{
	timeline->held[timeline->waiting].segment = *segment;
	timeline->held[timeline->waiting].has_segment = has_segment;
	timeline->waiting++;
	if (timeline->waiting == TIMELINE_HELD_MAX)
		believe(timeline);
}

/* Before anything is believed: two times that agree, one after the other, begin the timeline. */
static void begin(struct timeline *timeline, const struct segment *segment, bool has_segment)
{
	unsigned last = timeline->waiting - 1;

	if (timeline->waiting == 0 ||
	    !timeline_is_near(timeline->held[last].segment.ts_ns, segment->ts_ns)) {
		hold(timeline, segment, has_segment);
		return;
	}
	timeline->started = true;
	timeline->now_ns = timeline->held[last].segment.ts_ns;
	set_right(timeline, timeline->now_ns);
	timeline->now_ns = segment->ts_ns;
	pass_on(timeline, segment, has_segment);
}

static void take(struct timeline *timeline, const struct segment *segment, bool has_segment)
{
	if (!timeline->started) {
		begin(timeline, segment, has_segment);
	} else if (!timeline_is_near(segment->ts_ns, timeline->now_ns)) {
		hold(timeline, segment, has_segment);
	} else {
		set_right(timeline, timeline->now_ns);
		timeline->now_ns = segment->ts_ns;
		pass_on(timeline, segment, has_segment);
	}
}

void timeline_segment(struct timeline *timeline, const struct segment *segment)
{
	take(timeline, segment, true);
}

void timeline_time(struct timeline *timeline, int64_t ts_ns, uint64_t number)
{
	take(timeline, &(struct segment){.ts_ns = ts_ns, .number = number}, false);
}

void timeline_finish(struct timeline *timeline)
{
	if (timeline->waiting > 1 || !timeline->started)
		believe(timeline);
	else
		set_right(timeline, timeline->now_ns);
}
