/*
 * Writes JSON text into memory that it grows.
 *
 * Values come with the key that they stand under, or NULL within an array; commas look after
 * themselves. What comes out is valid whatever strings come in: invalid UTF-8 becomes U+FFFD,
 * control characters are escaped. When memory runs out the writer fails for good, and its text must
 * not be used.
 */
#ifndef TCPBYE_SINK_JSON_WRITER_H
#define TCPBYE_SINK_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins all zero; the owner frees `bytes`. */
struct writer {
	char *bytes;
	size_t length;
	size_t capacity;
	bool failed; /* no memory */
};

/* The largest integer that every JSON reader keeps exact: 2^53-1. Larger ones are written as this.
 */
#define WRITER_INTEGER_MAX UINT64_C(9007199254740991)

void writer_begin_object(struct writer *writer, const char *key);
void writer_end_object(struct writer *writer);
void writer_begin_array(struct writer *writer, const char *key);
void writer_end_array(struct writer *writer);

void writer_integer(struct writer *writer, const char *key, uint64_t value);
void writer_boolean(struct writer *writer, const char *key, bool value);
void writer_null(struct writer *writer, const char *key);

/* NULL is written as null. */
void writer_string(struct writer *writer, const char *key, const char *value);

/* Bytes that are JSON text already, or what stands between records. */
void writer_raw(struct writer *writer, const char *bytes, size_t length);

#endif
