/*
 * Arithmetic in sequence space, modulo 2^32 (RFC 9293, 3.4).
 *
 * Every comparison is a signed 32-bit difference, so that numbers less than 2^31 apart compare as
 * they lie on the circle, wherever zero happens to fall between them.
 */
#ifndef TCPBYE_CORE_SEQ_H
#define TCPBYE_CORE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* How far `a` lies beyond `b`: negative where it lies before. */
static inline int32_t seq_diff(uint32_t a, uint32_t b)
{
	uint32_t distance = a - b;

	return distance <= INT32_MAX ? (int32_t)distance : -(int32_t)(UINT32_MAX - distance) - 1;
}

static inline bool seq_lt(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) < 0;
}

static inline bool seq_leq(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) <= 0;
}

static inline bool seq_gt(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) > 0;
}

static inline bool seq_geq(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) >= 0;
}

/* The later of two. */
static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? b : a;
}

#endif
