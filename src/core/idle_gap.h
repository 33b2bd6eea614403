/*
 * Whose timer a silence may have run into: the table idle_gaps.def.
 */
#ifndef TCPBYE_CORE_IDLE_GAP_H
#define TCPBYE_CORE_IDLE_GAP_H

#include <stdint.h>

/* What a timer does to a connection (bits). */
enum {
	GAP_CLOSES = 0x01,
	GAP_FORGETS = 0x02,
	GAP_ORPHANS = 0x04,
	GAP_PROBES = 0x08,
};

/*
 * Writes the rows of these kinds whose timer is as long as the silence, within 2 % or 1 s, to
 * `row`, at most `rows_max`; returns how many.
 */
unsigned idle_gap_match(int64_t silence_ns, unsigned kinds, uint8_t *row, unsigned rows_max);

/* Whose timer a row is; NULL beyond the table. */
const char *idle_gap_text(unsigned row);

#endif
