/*
 * Many short connections at once, each by one of a few scripts, with round trips of 1 to 100 ms and
 * a life of 5 to 15 s.
 */
#ifndef TCPBYE_BENCH_SHORT_H
#define TCPBYE_BENCH_SHORT_H

#include <stdbool.h>
#include <stdint.h>

/* Writes `count` connections of which 2,000 begin in a second; false when there is no memory. */
bool short_write(uint32_t count);

#endif
