/*
 * Bytes in memory that an archive is written to and read back from.
 */
#ifndef TCPBYE_TESTS_STORED_BYTES_H
#define TCPBYE_TESTS_STORED_BYTES_H

#include "core/archive.h"

struct stored_bytes {
	uint8_t bytes[4 * ARCHIVE_BUFFER_BYTES];
	size_t count; /* of them written */
	size_t read;  /* of these read */
	bool full;    /* no more can be written */
};

/* For an archive whose context is such bytes. */
bool stored_bytes_put(void *context, const uint8_t *bytes, size_t count);
size_t stored_bytes_get(void *context, uint8_t *bytes, size_t room);

#endif
