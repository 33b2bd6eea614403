/*
 * Files that are no captures that we read, told by how they begin, and what to do with them.
 */
#ifndef TCPBYE_SOURCE_FOREIGN_H
#define TCPBYE_SOURCE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

struct foreign {
	const char *what;   /* it is */
	const char *remedy; /* what to do */
};

/* Looks up what begins like this; NULL where it is nothing known. */
const struct foreign *foreign_find(const uint8_t *begin, size_t count_bytes);

#endif
