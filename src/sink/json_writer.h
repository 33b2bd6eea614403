/*
 * Writes JSON text into memory that it grows.
 *
 * Values come with the key that they stand under, or NULL within an array; commas look after
 * themselves: each value is written with one behind it, which the end of what encloses it takes
 * back. What comes out is valid whatever strings come in: invalid UTF-8 becomes U+FFFD, control
 * characters are escaped. When memory runs out the writer fails for good, and its text must not be
 * used.
 *
 * There are two ways to write. writer_integer() and its like look after the room for each value
 * themselves, which is good enough for all that is written now and then. Records are written by the
 * thousand: for them room is made once for an object with all its fields (writer_room_at()), and
 * the fields are put there without another look (sink/json_fields.h).
 */
#ifndef TCPBYE_SINK_JSON_WRITER_H
#define TCPBYE_SINK_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WRITER_SECOND_BYTES = 20 };

/* The second that was written last: text up to the point before its fraction. */
struct writer_second {
	bool known;
	uint64_t begin_ns; /* since 1970, modulo 2^64 */
	char text[WRITER_SECOND_BYTES];
};

/* Begins all zero; the owner frees `bytes`. */
struct writer {
	char *bytes;
	size_t length;
	size_t capacity;
	bool failed;               /* no memory */
	struct writer_second last; /* see json_values.h; the times of a record are near */
};

/* The largest integer that every JSON reader keeps exact: 2^53-1. Larger ones are written as this.
 */
#define WRITER_INTEGER_MAX UINT64_C(9007199254740991)

enum { WRITER_DIGITS_MAX = 16, WRITER_KEY_EXTRA = 4 /* quotes, colon, and what opens or ends */ };

/* The slow way of writer_room(). */
bool writer_grow(struct writer *writer, size_t more);

/* The slow way of writer_digits(). */
char *writer_many_digits(char *at, uint64_t value);

/* The decimal digits of a value, WRITER_DIGITS_MAX at most; where they end. */
static inline char *writer_digits(char *at, uint64_t value)
{
	if (value >= 10)
		return writer_many_digits(at, value);
	*at = (char)('0' + value);
	return at + 1;
}

/* So many of the value's last digits, zeros too; where they end. */
char *writer_fixed_digits(char *at, unsigned digits, uint64_t value);

/* Where the next `more` bytes may be written; NULL when there is no memory. */
static inline char *writer_room(struct writer *writer, size_t more)
{
	if (writer->capacity - writer->length < more && !writer_grow(writer, more))
		return NULL;
	return writer->bytes + writer->length;
}

/* `at`, which lies within what was written or at its end, or where that is now: `more` bytes may be
 * written there. NULL when there is no memory. */
static inline char *writer_room_at(struct writer *writer, char *at, size_t more)
{
	size_t done = (size_t)(at - writer->bytes);

	if (writer->capacity - done >= more)
		return at;
	writer->length = done;
	return writer_room(writer, more);
}

/* What was written up to `at` counts. */
static inline void writer_take(struct writer *writer, const char *at)
{
	writer->length = (size_t)(at - writer->bytes);
}

/* Keys are our own words: nothing in them needs an escape. */
static inline char *writer_key(char *at, const char *key, size_t key_bytes)
{
	if (key == NULL)
		return at;
	*at++ = '"';
	memcpy(at, key, key_bytes);
	at += key_bytes;
	*at++ = '"';
	*at++ = ':';
	return at;
}

static inline size_t writer_key_bytes(const char *key)
{
	return key != NULL ? strlen(key) : 0;
}

/* Bytes that are a value as they stand, its comma included. */
static inline void writer_value(struct writer *writer, const char *key, const char *value,
				size_t value_bytes)
{
	size_t key_bytes = writer_key_bytes(key);
	char *at = writer_room(writer, key_bytes + value_bytes + WRITER_KEY_EXTRA);

	if (at == NULL)
		return;
	at = writer_key(at, key, key_bytes);
	memcpy(at, value, value_bytes);
	writer_take(writer, at + value_bytes);
}

static inline void writer_begin(struct writer *writer, const char *key, char opens)
{
	size_t key_bytes = writer_key_bytes(key);
	char *at = writer_room(writer, key_bytes + WRITER_KEY_EXTRA);

	if (at == NULL)
		return;
	at = writer_key(at, key, key_bytes);
	*at++ = opens;
	writer_take(writer, at);
}

static inline void writer_begin_object(struct writer *writer, const char *key)
{
	writer_begin(writer, key, '{');
}

static inline void writer_begin_array(struct writer *writer, const char *key)
{
	writer_begin(writer, key, '[');
}

/* Takes back the comma behind the last value, which nothing follows. */
static inline void writer_end_value(struct writer *writer)
{
	if (writer->length > 0 && writer->bytes[writer->length - 1] == ',')
		writer->length--;
}

/* Puts the end of an object or array, over the comma behind its last value; two bytes at most. */
static inline char *writer_end_at(char *at, char closes)
{
	if (at[-1] == ',')
		at--;
	at[0] = closes;
	at[1] = ',';
	return at + 2;
}

static inline void writer_end(struct writer *writer, char closes)
{
	char *at;

	writer_end_value(writer);
	at = writer_room(writer, 2);
	if (at == NULL)
		return;
	*at++ = closes;
	*at++ = ',';
	writer_take(writer, at);
}

static inline void writer_end_object(struct writer *writer)
{
	writer_end(writer, '}');
}

static inline void writer_end_array(struct writer *writer)
{
	writer_end(writer, ']');
}

static inline void writer_integer(struct writer *writer, const char *key, uint64_t value)
{
	size_t key_bytes = writer_key_bytes(key);
	char *at = writer_room(writer, key_bytes + WRITER_DIGITS_MAX + WRITER_KEY_EXTRA);

	if (at == NULL)
		return;
	at = writer_digits(writer_key(at, key, key_bytes), value);
	*at++ = ',';
	writer_take(writer, at);
}

static inline void writer_boolean(struct writer *writer, const char *key, bool value)
{
	writer_value(writer, key, value ? "true," : "false,", value ? 5 : 6);
}

static inline void writer_null(struct writer *writer, const char *key)
{
	writer_value(writer, key, "null,", 5);
}

/* A string's quotes, what needs an escape, and the comma. */
void writer_text(struct writer *writer, const char *value);

/* The same at `at`, or null, with room for so many bytes more behind it; where it ends. NULL when
 * there is no memory. */
char *writer_text_at(struct writer *writer, char *at, const char *value, size_t room_bytes);

/* NULL is written as null. */
static inline void writer_string(struct writer *writer, const char *key, const char *value)
{
	size_t key_bytes = writer_key_bytes(key);
	char *at;

	if (value == NULL) {
		writer_null(writer, key);
		return;
	}
	at = writer_room(writer, key_bytes + WRITER_KEY_EXTRA);
	if (at == NULL)
		return;
	writer_take(writer, writer_key(at, key, key_bytes));
	writer_text(writer, value);
}

/* Bytes that are JSON text already, or what stands between records. */
void writer_raw(struct writer *writer, const char *bytes, size_t length);

#endif
