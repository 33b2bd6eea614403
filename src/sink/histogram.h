/*
 * Percentiles of many durations in constant memory.
 *
 * Log-linear: up to 255 each value is counted for itself, beyond that 128 buckets share each power
 * of two. A percentile is the middle of its bucket, so that it is off by less than 0.4 %; the least
 * and the greatest are exact.
 */
#ifndef TCPBYE_SINK_HISTOGRAM_H
#define TCPBYE_SINK_HISTOGRAM_H

#include <stdint.h>

#include "core/archive.h"

enum {
	HISTOGRAM_SHIFT = 7,
	HISTOGRAM_STEPS = 1 << HISTOGRAM_SHIFT,
	HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SHIFT + 1) * HISTOGRAM_STEPS,
};

/* Begins all zero. */
struct histogram {
	uint64_t count, min, max;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that `percent` (1 to 100) of all values do not exceed (nearest rank); 0 when there are
 * none. */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned percent);

/* How many values are below `value`, which counts as the beginning of its bucket: less than 1 %
 * before it. */
uint64_t histogram_below(const struct histogram *histogram, uint64_t value);

void histogram_archive(struct archive *archive, struct histogram *histogram);

#endif
