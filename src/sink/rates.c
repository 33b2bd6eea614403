#include "sink/rates.h"

#include <assert.h>
#include <string.h>

/* Division that rounds down also below zero. */
static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Makes the steps twice as long: each falls into the one of half its number. */
static void merge_steps(struct rates *rates)
{
	struct rates merged = {
		.first = floor_div(rates->first, 2),
		.step_s = rates->step_s * 2,
	};

	for (uint32_t i = 0; i < rates->count; i++) {
		uint32_t at = (uint32_t)(floor_div(rates->first + i, 2) - merged.first);

		merged.count = at + 1;
		for (unsigned kind = 0; kind < RATES_KINDS_MAX; kind++)
			merged.times[at][kind] += rates->times[i][kind];
	}
	*rates = merged;
}

static int64_t step_of(const struct rates *rates, int64_t second)
{
	return floor_div(second, rates->step_s);
}

/* How many steps it takes to cover this one too. */
static uint64_t span_with(const struct rates *rates, int64_t step)
{
	int64_t first = step < rates->first ? step : rates->first;
	int64_t last = rates->first + rates->count - 1;

	return (uint64_t)((step > last ? step : last) - first) + 1;
}

/* Moves the steps back, so that the first one is `step`. */
static void begin_earlier(struct rates *rates, int64_t step)
{
	size_t by = (size_t)(rates->first - step);

	memmove(&rates->times[by], &rates->times[0], rates->count * sizeof(rates->times[0]));
	memset(&rates->times[0], 0, by * sizeof(rates->times[0]));
	rates->count += (uint32_t)by;
	rates->first = step;
}

void rates_add(struct rates *rates, int64_t ts_ns, unsigned kind)
{
	int64_t second = floor_div(ts_ns, 1000000000), at;

	assert(kind < RATES_KINDS_MAX);
	if (rates->step_s == 0)
		*rates = (struct rates){.first = second, .step_s = 1, .count = 1};
	while (span_with(rates, step_of(rates, second)) > RATES_STEPS)
		merge_steps(rates);
	at = step_of(rates, second);
	if (at < rates->first)
		begin_earlier(rates, at);
	if (at >= rates->first + rates->count)
		rates->count = (uint32_t)(at - rates->first) + 1;
	rates->times[at - rates->first][kind]++;
}
