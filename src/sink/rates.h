/*
 * How often things of several kinds happened over time, in constant memory: counted in at most
 * RATES_STEPS equal steps. When a time lies beyond what they cover, before or behind, each two
 * become one. Times may come in any order.
 */
#ifndef TCPBYE_SINK_RATES_H
#define TCPBYE_SINK_RATES_H

#include <stdint.h>

enum { RATES_STEPS = 240, RATES_KINDS_MAX = 16 };

/* Begins all zero. */
struct rates {
	int64_t first;   /* number of the first step; step 0 begins in 1970 */
	uint32_t step_s; /* length of a step, a power of two; 0: nothing was told yet */
	uint32_t count;  /* of steps */
	uint32_t times[RATES_STEPS][RATES_KINDS_MAX];
};

/* `kind` is below RATES_KINDS_MAX. */
void rates_add(struct rates *rates, int64_t ts_ns, unsigned kind);

#endif
