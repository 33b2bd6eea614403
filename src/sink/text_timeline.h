/*
 * Counts over time as rows of bars, one column a step.
 */
#ifndef TCPBYE_SINK_TEXT_TIMELINE_H
#define TCPBYE_SINK_TEXT_TIMELINE_H

#include "sink/series.h"
#include "sink/text_out.h"
#include "sink/text_phrase.h"

enum { TIMELINE_COLUMNS_MIN = 10 };

/* The steps of rows that are to be compared. */
struct timeline_scale {
	int64_t start_s;
	uint32_t step_s;
	unsigned columns;
};

/* As many columns as there is room for, and no more than the series needs. */
struct timeline_scale timeline_scale_of(const struct series *series, unsigned columns_max);

/* The series on that scale, its highest bar as high as there is room: "▁▃█▅▁". Blank where nothing
 * was counted; what lies before the scale or behind it is left out. */
const char *timeline_bars(struct phrase *phrase, const struct series *series,
			  const struct timeline_scale *scale, enum text_charset charset);

#endif
