#include "play.h"

#include "core/timeline.h"
#include "support/recorder.h"

static void take_segment(void *context, const struct segment *segment)
{
	recorder_take(context, segment);
}

static void take_time(void *context, int64_t ts_ns, uint64_t number)
{
	(void)number;
	recorder_advance(context, ts_ns);
}

static struct timeline open_timeline(struct recorder *recorder)
{
	return (struct timeline){.output = {recorder, take_segment, take_time}};
}

static void feed_at_once(struct recorder *recorder, const struct scenario_event *event)
{
	if (event->is_tick)
		recorder_advance(recorder, event->segment.ts_ns);
	else
		recorder_take(recorder, &event->segment);
}

/* As the program feeds it: a time far off waits for witnesses. */
static void feed(struct timeline *timeline, const struct scenario_event *event)
{
	if (event->is_tick)
		timeline_time(timeline, event->segment.ts_ns, event->segment.number);
	else
		timeline_segment(timeline, &event->segment);
}

int64_t scenario_end_ns(const struct scenario *scenario)
{
	return scenario->event[scenario->count - 1].segment.ts_ns;
}

static struct recorder *open_recorder(void)
{
	struct analyzer_config config;

	analyzer_config_default(&config);
	return recorder_create(&config, "capture");
}

json_t *play(const struct scenario *scenario, int64_t until_ns, int64_t step_ns)
{
	struct recorder *recorder = open_recorder();
	int64_t now_ns = scenario->event[0].segment.ts_ns;
	const char *why;
	struct timeline timeline;

	if (recorder == NULL)
		return NULL;
	timeline = open_timeline(recorder);
	for (size_t i = 0; i < scenario->count; i++) {
		const struct scenario_event *event = &scenario->event[i];

		for (; step_ns > 0 && now_ns < event->segment.ts_ns; now_ns += step_ns)
			recorder_advance(recorder, now_ns);
		now_ns = event->segment.ts_ns;
		if (step_ns > 0)
			feed_at_once(recorder, event);
		else
			feed(&timeline, event);
	}
	timeline_finish(&timeline);
	recorder_advance(recorder, until_ns);
	return recorder_finish(recorder, &why);
}

json_t *play_plain(const struct scenario *scenario)
{
	return play(scenario, scenario_end_ns(scenario), 0);
}

json_t *play_spoiled(const struct scenario *scenario, unsigned char garbage)
{
	struct recorder *recorder = open_recorder();
	const char *why;
	struct timeline timeline;

	if (recorder == NULL)
		return NULL;
	recorder_spoil(recorder, garbage);
	timeline = open_timeline(recorder);
	for (size_t i = 0; i < scenario->count; i++)
		feed(&timeline, &scenario->event[i]);
	timeline_finish(&timeline);
	return recorder_finish(recorder, &why);
}

json_t *play_both(const struct scenario *first, const struct scenario *second)
{
	struct recorder *recorder = open_recorder();
	size_t i = 0, k = 0;
	const char *why;
	struct timeline timeline;

	if (recorder == NULL)
		return NULL;
	timeline = open_timeline(recorder);
	while (i < first->count || k < second->count) {
		bool take_first = k == second->count ||
				  (i < first->count &&
				   first->event[i].segment.ts_ns <= second->event[k].segment.ts_ns);

		feed(&timeline, take_first ? &first->event[i++] : &second->event[k++]);
	}
	timeline_finish(&timeline);
	return recorder_finish(recorder, &why);
}
