#include "sink/text_timeline.h"

enum { LEVELS = 8 };

struct timeline_scale timeline_scale_of(const struct series *series, unsigned columns_max)
{
	uint32_t columns = columns_max < TIMELINE_COLUMNS_MIN ? TIMELINE_COLUMNS_MIN : columns_max;
	uint32_t steps_each = (series->count + columns - 1) / columns;

	if (steps_each == 0)
		return (struct timeline_scale){.start_s = series->start_s, .step_s = 1};
	return (struct timeline_scale){
		.start_s = series->start_s,
		.step_s = series->step_s * steps_each,
		.columns = (series->count + steps_each - 1) / steps_each,
	};
}

/* The most that was counted from one second up to another. */
static uint32_t most_between(const struct series *series, int64_t from_s, int64_t until_s)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < series->count; i++) {
		int64_t begin_s = series->start_s + (int64_t)i * series->step_s;

		if (begin_s < until_s && begin_s + series->step_s > from_s &&
		    series->most[i] > most)
			most = series->most[i];
	}
	return most;
}

static uint32_t peak_of(const struct series *series)
{
	uint32_t peak = 1;

	for (uint32_t i = 0; i < series->count; i++)
		peak = series->most[i] > peak ? series->most[i] : peak;
	return peak;
}

const char *timeline_bars(struct phrase *phrase, const struct series *series,
			  const struct timeline_scale *scale, enum text_charset charset)
{
	static const char *const bars[][LEVELS + 1] = {
		[TEXT_UNICODE] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		[TEXT_ASCII] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"},
	};
	const uint64_t peak = peak_of(series);

	phrase_set(phrase, "");
	for (unsigned i = 0; i < scale->columns; i++) {
		int64_t from_s = scale->start_s + (int64_t)i * scale->step_s;
		uint64_t most = most_between(series, from_s, from_s + scale->step_s);

		phrase_append(phrase, bars[charset][(most * LEVELS + peak - 1) / peak]);
	}
	return phrase->text;
}
