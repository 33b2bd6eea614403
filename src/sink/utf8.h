/*
 * Reads UTF-8 that may be anything: a file's name is what its author liked (RFC 3629, 4).
 */
#ifndef TCPBYE_SINK_UTF8_H
#define TCPBYE_SINK_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* What utf8_next() finds where no character is. */
#define UTF8_INVALID UINT32_C(0xffffffff)

/*
 * Reads the first character of a NUL-terminated string that is not empty. Returns how many bytes it
 * takes; where the bytes are no character, `character` is UTF8_INVALID and one byte is taken.
 */
size_t utf8_next(const char *text, uint32_t *character);

#endif
