#include "core/idle_gap.h"

#include <stdbool.h>
#include <stddef.h>

static const int64_t second_ns = 1000000000;

struct gap {
	int64_t seconds;
	unsigned kind;
	const char *text;
};

static const struct gap gaps[] = {
#define GAP(seconds, kind, text) {seconds, GAP_##kind, text},
#include "core/idle_gaps.def"
};

enum { GAPS = sizeof gaps / sizeof gaps[0] };

static bool fits(int64_t silence_ns, int64_t timer_ns)
{
	int64_t apart_ns = silence_ns > timer_ns ? silence_ns - timer_ns : timer_ns - silence_ns;

	return apart_ns <= second_ns || apart_ns <= timer_ns / 50;
}

unsigned idle_gap_match(int64_t silence_ns, unsigned kinds, uint8_t *row, unsigned rows_max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < GAPS && count < rows_max; i++) {
		if ((gaps[i].kind & kinds) != 0 && fits(silence_ns, gaps[i].seconds * second_ns))
			row[count++] = (uint8_t)i;
	}
	return count;
}

const char *idle_gap_text(unsigned row)
{
	return row < GAPS ? gaps[row].text : NULL;
}
