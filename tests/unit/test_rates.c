/*
 * Counts over time, in constant memory.
 */
#include "sink/rates.h"

#include <criterion/criterion.h>

static const int64_t s_ns = 1000000000;

static uint64_t sum(const struct rates *rates, unsigned kind)
{
	uint64_t times = 0;

	for (uint32_t i = 0; i < rates->count; i++)
		times += rates->times[i][kind];
	return times;
}

Test(rates, count_by_the_second_while_there_is_room)
{
	static struct rates rates;

	rates_add(&rates, 1000 * s_ns, 0);
	rates_add(&rates, 1000 * s_ns + s_ns - 1, 0);
	rates_add(&rates, 1002 * s_ns, 1);
	cr_expect_eq(rates.step_s, 1);
	cr_expect_eq(rates.first, 1000);
	cr_assert_eq(rates.count, 3);
	cr_expect_eq(rates.times[0][0], 2);
	cr_expect_eq(rates.times[1][0] + rates.times[1][1], 0);
	cr_expect_eq(rates.times[2][1], 1);
}

Test(rates, take_earlier_times_too)
{
	static struct rates rates;

	rates_add(&rates, 1000 * s_ns, 0);
	rates_add(&rates, 990 * s_ns, 1);
	cr_expect_eq(rates.first, 990);
	cr_assert_eq(rates.count, 11);
	cr_expect_eq(rates.times[0][1], 1);
	cr_expect_eq(rates.times[10][0], 1);
}

Test(rates, longer_spans_have_longer_steps_and_the_same_sums)
{
	static struct rates rates;

	for (int64_t i = 0; i < 1000; i++)
		rates_add(&rates, (5000 + i) * s_ns, (unsigned)(i % 2));
	cr_expect_eq(rates.step_s, 8);
	cr_expect_leq(rates.count, RATES_STEPS);
	cr_expect_eq(rates.times[0][0], 4, "5000 s is where a step of 8 s begins");
	cr_expect_eq(sum(&rates, 0), 500);
	cr_expect_eq(sum(&rates, 1), 500);

	rates_add(&rates, -7000 * s_ns, 0);
	cr_expect_leq(rates.count, RATES_STEPS);
	cr_expect_leq(rates.first * rates.step_s, -7000);
	cr_expect_gt((rates.first + 1) * rates.step_s, -7000,
		     "the first step holds what came first");
	cr_expect_eq(sum(&rates, 0), 501);
}

Test(rates, any_two_times_fit)
{
	static struct rates rates;

	rates_add(&rates, INT64_MAX, 3);
	rates_add(&rates, INT64_MIN, 3);
	cr_expect_leq(rates.count, RATES_STEPS);
	cr_expect_eq(sum(&rates, 3), 2);
	cr_expect_eq(rates.times[0][3], 1);
	cr_expect_eq(rates.times[rates.count - 1][3], 1);
}
