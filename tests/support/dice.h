/*
 * Random numbers for tests: the same everywhere, from the same seed.
 */
#ifndef TCPBYE_TESTS_DICE_H
#define TCPBYE_TESTS_DICE_H

#include <stdint.h>

/* Numerical Recipes' generator. */
struct dice {
	uint32_t state;
};

/* From 0 to below `sides`. */
static inline uint32_t dice_throw(struct dice *dice, uint32_t sides)
{
	dice->state = dice->state * UINT32_C(1664525) + UINT32_C(1013904223);
	return (uint32_t)((uint64_t)dice->state * sides >> 32);
}

#endif
