/*
 * The clock of a pcapng interface: ticks of any length (if_tsresol) counted from any second
 * (if_tsoffset), turned into nanoseconds since 1970 without overflow.
 */
#ifndef TCPBYE_SOURCE_TICK_CLOCK_H
#define TCPBYE_SOURCE_TICK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct tick_clock {
	uint64_t ticks_per_s;
	int64_t offset_s;
	uint64_t ns_per_tick;      /* where offset_s is 0 and ticks are whole nanoseconds, else 0 */
	uint64_t multiplied_ticks; /* up to here ns_per_tick can be used */
	unsigned binary_exponent;  /* ticks_per_s is two to this; 0 where it is a power of ten */
};

enum { TICK_CLOCK_MICROSECONDS = 6 }; /* what if_tsresol is where the option is absent */

/*
 * Sets the clock by an if_tsresol byte (10^-n, or 2^-n with the top bit) and if_tsoffset in
 * seconds; false where a second would have more ticks than 64 bits count.
 */
bool tick_clock_set(struct tick_clock *clock, uint8_t tsresol, int64_t offset_s);

/* Nanoseconds since 1970, rounded down; beyond the years 1677 to 2262 the nearest that can be said.
 */
int64_t tick_clock_ns(const struct tick_clock *clock, uint64_t ticks);

/* Digits after the second worth printing: 6 or 9. */
unsigned tick_clock_digits(const struct tick_clock *clock);

#endif
