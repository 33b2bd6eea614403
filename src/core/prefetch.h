/*
 * Asks the processor for memory that will be needed soon. It changes nothing else: where the
 * compiler knows no way to ask, nobody asks.
 */
#ifndef TCPBYE_CORE_PREFETCH_H
#define TCPBYE_CORE_PREFETCH_H

#include <stddef.h>

enum { PREFETCH_LINE_BYTES = 64 };

/* Where what is needed stands behind something that must be looked at first. */
enum prefetch_round { PREFETCH_FIRST, PREFETCH_SECOND };

static inline void prefetch(const void *at, size_t bytes)
{
#ifdef __GNUC__
	for (size_t i = 0; i < bytes; i += PREFETCH_LINE_BYTES)
		__builtin_prefetch((const char *)at + i);
#else
	(void)at;
	(void)bytes;
#endif
}

#endif
