#include "sink/series.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void merge_steps(struct series *series)
{
	for (uint32_t i = 0; i < SERIES_STEPS / 2; i++)
		series->most[i] = larger(series->most[2 * i], series->most[2 * i + 1]);
	series->count = (series->count + 1) / 2;
	series->step_s *= 2;
}

/* The step of a second; those that nothing was told of had what was told last. */
static uint32_t reach(struct series *series, int64_t second)
{
	uint64_t since_s =
		second > series->start_s ? (uint64_t)second - (uint64_t)series->start_s : 0;

	while (since_s / series->step_s >= SERIES_STEPS) {
		while (series->count < SERIES_STEPS)
			series->most[series->count++] = series->now;
		merge_steps(series);
	}
	while (series->count <= since_s / series->step_s)
		series->most[series->count++] = series->now;
	return series->count - 1;
}

void series_tell(struct series *series, int64_t second, uint32_t value)
{
	uint32_t at;

	if (series->step_s == 0) {
		series->start_s = second;
		series->step_s = 1;
	}
	at = reach(series, second);
	series->most[at] = larger(series->most[at], value);
	series->now = value;
}

void series_archive(struct archive *archive, struct series *series)
{
	ARCHIVE_TIME(archive, series->start_s);
	ARCHIVE(archive, series->step_s);
	ARCHIVE_UPTO(archive, series->count, SERIES_STEPS);
	ARCHIVE(archive, series->now);
	for (uint32_t i = 0; i < series->count; i++)
		ARCHIVE(archive, series->most[i]);
	if (series->step_s == 0 && series->count != 0)
		archive_refuse(archive, "series->step_s");
}
