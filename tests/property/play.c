#include "play.h"

#include "support/recorder.h"

static void feed(struct recorder *recorder, const struct scenario_event *event)
{
	if (event->is_tick)
		recorder_advance(recorder, event->segment.ts_ns);
	else
		recorder_take(recorder, &event->segment);
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

	if (recorder == NULL)
		return NULL;
	for (size_t i = 0; i < scenario->count; i++) {
		const struct scenario_event *event = &scenario->event[i];

		for (; step_ns > 0 && now_ns < event->segment.ts_ns; now_ns += step_ns)
			recorder_advance(recorder, now_ns);
		now_ns = event->segment.ts_ns;
		feed(recorder, event);
	}
	recorder_advance(recorder, until_ns);
	return recorder_finish(recorder, &why);
}

json_t *play_plain(const struct scenario *scenario)
{
	return play(scenario, scenario_end_ns(scenario), 0);
}

json_t *play_both(const struct scenario *first, const struct scenario *second)
{
	struct recorder *recorder = open_recorder();
	size_t i = 0, k = 0;
	const char *why;

	if (recorder == NULL)
		return NULL;
	while (i < first->count || k < second->count) {
		bool take_first = k == second->count ||
				  (i < first->count &&
				   first->event[i].segment.ts_ns <= second->event[k].segment.ts_ns);

		feed(recorder, take_first ? &first->event[i++] : &second->event[k++]);
	}
	return recorder_finish(recorder, &why);
}
