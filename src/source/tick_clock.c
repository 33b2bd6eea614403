#include "source/tick_clock.h"

enum {
	NS_PER_S = 1000000000,
	US_PER_S = 1000000,
	MAX_DECIMAL_EXPONENT = 19,
	MAX_BINARY_EXPONENT = 63,
	NS_PER_S_ODD_PART = 1953125, /* 10^9 = 5^9 * 2^9 */
	NS_PER_S_EVEN_BITS = 9,
};

/* Further from 1970 than nanoseconds reach, and far enough from overflow to add two of them. */
static const int64_t far_s = INT64_C(1) << 61;

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

static int64_t clamp_s(int64_t seconds)
{
	if (seconds > far_s)
		return far_s;
	return seconds < -far_s ? -far_s : seconds;
}

bool tick_clock_set(struct tick_clock *clock, uint8_t tsresol, int64_t offset_s)
{
	unsigned exponent = tsresol & 0x7f;

	*clock = (struct tick_clock){.offset_s = clamp_s(offset_s)};
	if (tsresol & 0x80) {
		if (exponent > MAX_BINARY_EXPONENT)
			return false;
		clock->ticks_per_s = UINT64_C(1) << exponent;
		clock->binary_exponent = exponent;
		return true;
	}
	if (exponent > MAX_DECIMAL_EXPONENT)
		return false;
	clock->ticks_per_s = power_of_ten(exponent);
	if (clock->ticks_per_s <= NS_PER_S && !offset_s) {
		clock->ns_per_tick = NS_PER_S / clock->ticks_per_s;
		clock->multiplied_ticks = INT64_MAX / clock->ns_per_tick;
	}
	return true;
}

/* Exactly ticks * 10^9 / 2^exponent, for less than a second of ticks, where the product needs up to
 * 93 bits. */
static uint64_t binary_fraction_ns(uint64_t ticks, unsigned exponent)
{
	uint64_t low = (ticks & UINT32_MAX) * NS_PER_S_ODD_PART;
	uint64_t high = (ticks >> 32) * NS_PER_S_ODD_PART;

	if (exponent <= 32)
		return ticks * NS_PER_S >> exponent;
	if (exponent < 32 + NS_PER_S_EVEN_BITS)
		return ticks * NS_PER_S_ODD_PART >> (exponent - NS_PER_S_EVEN_BITS);
	return (high + (low >> 32)) >> (exponent - NS_PER_S_EVEN_BITS - 32);
}

static uint64_t fraction_ns(const struct tick_clock *clock, uint64_t ticks)
{
	if (clock->binary_exponent)
		return binary_fraction_ns(ticks, clock->binary_exponent);
	if (clock->ticks_per_s <= NS_PER_S)
		return ticks * (NS_PER_S / clock->ticks_per_s);
	return ticks / (clock->ticks_per_s / NS_PER_S);
}

int64_t tick_clock_ns(const struct tick_clock *clock, uint64_t ticks)
{
	if (clock->ns_per_tick && ticks <= clock->multiplied_ticks)
		return (int64_t)(ticks * clock->ns_per_tick);

	uint64_t whole_s = ticks / clock->ticks_per_s;
	int64_t seconds = whole_s > (uint64_t)far_s ? far_s : (int64_t)whole_s;

	seconds += clock->offset_s;
	if (seconds >= INT64_MAX / NS_PER_S)
		return INT64_MAX;
	if (seconds <= INT64_MIN / NS_PER_S)
		return INT64_MIN;
	return seconds * NS_PER_S + (int64_t)fraction_ns(clock, ticks % clock->ticks_per_s);
}

unsigned tick_clock_digits(const struct tick_clock *clock)
{
	return clock->ticks_per_s > US_PER_S ? 9 : 6;
}
