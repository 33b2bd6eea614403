/*
 * How a count went over time, in constant memory: the most that it was in each of at most
 * SERIES_STEPS equal steps. When time goes beyond the last step, each two become one.
 */
#ifndef TCPBYE_SINK_SERIES_H
#define TCPBYE_SINK_SERIES_H

#include <stdint.h>

#include "core/archive.h"

enum { SERIES_STEPS = 60 };

/* Begins all zero. */
struct series {
	int64_t start_s; /* of the first step, since 1970 UTC */
	uint32_t step_s; /* length of a step, a power of two; 0: nothing was told yet */
	uint32_t count;  /* of steps, up to the latest one that was told of */
	uint32_t now;    /* the count as it was told last */
	uint32_t most[SERIES_STEPS];
};

/* From `second` on the count is `value`. Earlier seconds than the latest one count as that one. */
void series_tell(struct series *series, int64_t second, uint32_t value);

void series_archive(struct archive *archive, struct series *series);

#endif
