/* Ticks of any length become nanoseconds, exactly and without overflow. */
#include "source/tick_clock.h"

#include <criterion/criterion.h>

static int64_t ns(uint8_t tsresol, int64_t offset_s, uint64_t ticks)
{
	struct tick_clock clock;

	cr_assert(tick_clock_set(&clock, tsresol, offset_s));
	return tick_clock_ns(&clock, ticks);
}

Test(tick_clock, powers_of_ten)
{
	cr_assert_eq(ns(0, 0, 5), 5000000000);
	cr_assert_eq(ns(3, 0, 5001), 5001000000);
	cr_assert_eq(ns(6, 0, 1700000000123456), 1700000000123456000);
	cr_assert_eq(ns(9, 0, 1700000000123456789), 1700000000123456789);
	cr_assert_eq(ns(12, 0, 5000000000999), 5000000000);
	cr_assert_eq(ns(12, 0, 5000000001000), 5000000001);
	cr_assert_eq(ns(19, 0, UINT64_C(18446744073709551615)), 1844674407);
}

Test(tick_clock, powers_of_two)
{
	cr_assert_eq(ns(0x80, 0, 5), 5000000000);
	cr_assert_eq(ns(0x80 | 1, 0, 3), 1500000000);
	cr_assert_eq(ns(0x80 | 30, 0, (5u << 30 >> 1) + 1), 500000000);
	cr_assert_eq(ns(0x80 | 32, 0, UINT64_C(0x1c0000000)), 1750000000);
	cr_assert_eq(ns(0x80 | 40, 0, UINT64_C(0x1c000000000)), 1750000000);
	cr_assert_eq(ns(0x80 | 41, 0, UINT64_C(0x38000000000)), 1750000000);
	cr_assert_eq(ns(0x80 | 63, 0, UINT64_C(0xe000000000000000)), 1750000000);
	cr_assert_eq(ns(0x80 | 63, 0, INT64_MAX), 999999999);
}

/* The least tick count that reaches a nanosecond, and the one before it, at every exponent where
 * ticks are finer. */
Test(tick_clock, powers_of_two_round_down)
{
	for (unsigned exponent = 30; exponent <= 63; exponent++) {
		uint64_t per_s = UINT64_C(1) << exponent;
		uint64_t first = per_s / 1000000000 + 1;

		cr_assert_eq(ns((uint8_t)(0x80 | exponent), 0, first), 1, "2^-%u", exponent);
		cr_assert_eq(ns((uint8_t)(0x80 | exponent), 0, first - 1), 0, "2^-%u", exponent);
		cr_assert_eq(ns((uint8_t)(0x80 | exponent), 0, per_s - 1), 999999999, "2^-%u",
			     exponent);
	}
}

Test(tick_clock, offsets)
{
	cr_assert_eq(ns(6, 100, 1500000), 101500000000);
	cr_assert_eq(ns(6, -2, 500000), -1500000000);
	cr_assert_eq(ns(9, 1, 5), 1000000005);
}

Test(tick_clock, what_is_too_far_saturates)
{
	cr_assert_eq(ns(0, 0, UINT64_MAX), INT64_MAX);
	cr_assert_eq(ns(6, 0, UINT64_MAX), INT64_MAX);
	cr_assert_eq(ns(6, 0, 9223372036854775), 9223372036854775000);
	cr_assert_eq(ns(6, 0, 9223372036999999), INT64_MAX);
	cr_assert_eq(ns(0, INT64_MAX, UINT64_MAX), INT64_MAX);
	cr_assert_eq(ns(6, INT64_MIN, 0), INT64_MIN);
	cr_assert_eq(ns(0, INT64_MIN, UINT64_MAX), 0);
}

Test(tick_clock, impossible_resolutions)
{
	struct tick_clock clock;

	cr_assert(tick_clock_set(&clock, 19, 0));
	cr_assert_not(tick_clock_set(&clock, 20, 0));
	cr_assert(tick_clock_set(&clock, 0x80 | 63, 0));
	cr_assert_not(tick_clock_set(&clock, 0x80 | 64, 0));
}

Test(tick_clock, digits)
{
	struct tick_clock clock;

	tick_clock_set(&clock, 3, 0);
	cr_assert_eq(tick_clock_digits(&clock), 6);
	tick_clock_set(&clock, 6, 0);
	cr_assert_eq(tick_clock_digits(&clock), 6);
	tick_clock_set(&clock, 7, 0);
	cr_assert_eq(tick_clock_digits(&clock), 9);
	tick_clock_set(&clock, 0x80 | 20, 0);
	cr_assert_eq(tick_clock_digits(&clock), 9);
}
