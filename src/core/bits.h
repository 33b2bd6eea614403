/*
 * Bits of a word.
 */
#ifndef TCPBYE_CORE_BITS_H
#define TCPBYE_CORE_BITS_H

#include <stdint.h>

/* The index of the lowest bit that is set; there must be one. */
static inline unsigned bits_lowest(uint64_t word)
{
#ifdef __GNUC__
	return (unsigned)__builtin_ctzll(word);
#else
	unsigned index = 0;

	for (; (word & 1) == 0; word >>= 1)
		index++;
	return index;
#endif
}

/* The index of the highest bit that is set; there must be one. */
static inline unsigned bits_highest(uint64_t word)
{
#ifdef __GNUC__
	return 63U ^ (unsigned)__builtin_clzll(word);
#else
	unsigned index = 0;

	while ((word >>= 1) != 0)
		index++;
	return index;
#endif
}

/* How many of the lowest 8 bits are set. */
static inline unsigned bits_count_8(unsigned byte)
{
	byte -= byte >> 1 & 0x55;
	byte = (byte & 0x33) + (byte >> 2 & 0x33);
	return (byte + (byte >> 4)) & 0xf;
}

#endif
