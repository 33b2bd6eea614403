/*
 * Numbers in as few bytes as they take, one behind the other. Eight bytes are written and read for
 * each: as many must be there, from where it begins.
 */
#ifndef TCPBYE_CORE_OCTETS_H
#define TCPBYE_CORE_OCTETS_H

#include "core/bits.h"

#include <string.h>

/* The lowest byte of a number stands first in memory. */
#if defined __BYTE_ORDER__ && defined __ORDER_LITTLE_ENDIAN__
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OCTETS_AS_THEY_STAND
#endif
#endif

enum { OCTETS_MAX = 8 };

/* 0 takes none. */
static inline unsigned octets_of(uint64_t number)
{
	return bits_highest(number | 1) / 8 + (number != 0);
}

/* Keeps the lowest `count` bytes; returns where the next number goes. */
static inline uint8_t *octets_put(uint8_t *at, uint64_t number, unsigned count)
{
#ifdef OCTETS_AS_THEY_STAND
	memcpy(at, &number, sizeof number);
#else
	for (unsigned i = 0; i < OCTETS_MAX; i++)
		at[i] = (uint8_t)(number >> 8 * i);
#endif
	return at + count;
}

/* The number of which `count` bytes were kept; goes on behind it. */
static inline uint64_t octets_get(const uint8_t **at, unsigned count)
{
	static const uint64_t mask[OCTETS_MAX + 1] = {
		0,
		UINT64_C(0xff),
		UINT64_C(0xffff),
		UINT64_C(0xffffff),
		UINT64_C(0xffffffff),
		UINT64_C(0xffffffffff),
		UINT64_C(0xffffffffffff),
		UINT64_C(0xffffffffffffff),
		UINT64_MAX,
	};
	uint64_t number = 0;

#ifdef OCTETS_AS_THEY_STAND
	memcpy(&number, *at, sizeof number);
#else
	for (unsigned i = 0; i < OCTETS_MAX; i++)
		number |= (uint64_t)(*at)[i] << 8 * i;
#endif
	*at += count;
	return number & mask[count];
}

#endif
