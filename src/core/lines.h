/*
 * Memory that begins with a cache line, so that what has the size of one never lies across two.
 */
#ifndef TCPBYE_CORE_LINES_H
#define TCPBYE_CORE_LINES_H

#include <stddef.h>

#include "core/analyzer.h"

/* Zeroed; NULL when there is none. To be given back with lines_release(). */
void *lines_allocate(const struct memory *memory, size_t bytes);
void lines_release(const struct memory *memory, void *lines);

#endif
