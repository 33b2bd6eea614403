/*
 * Files that are no captures that we read, told by how they begin, and what to do with them.
 */
#ifndef TCPBYE_SOURCE_FOREIGN_H
#define TCPBYE_SOURCE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the file is and what to do, as the rest of a sentence that begins with its name; NULL where
 * it is nothing known.
 */
const char *foreign_advice(const uint8_t *begin, size_t count_bytes);

#endif
