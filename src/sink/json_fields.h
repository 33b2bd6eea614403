/*
 * The fields of a record, put where room has been made for all of an object's at once.
 *
 * FIELD_ROOM(kind) is the most that a value of that kind takes, its comma included; what has no
 * bound of its own, a string or an array, makes room for itself and for what its object may still
 * put behind it, and needs FIELD_ROOM_OPEN for what stands there otherwise.
 */
#ifndef TCPBYE_SINK_JSON_FIELDS_H
#define TCPBYE_SINK_JSON_FIELDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sink/json_values.h"
#include "sink/json_words.h"
#include "sink/json_writer.h"

enum {
	FIELD_ROOM_integer = WRITER_DIGITS_MAX + 1,
	FIELD_ROOM_duration = WRITER_DIGITS_MAX + 1,
	FIELD_ROOM_time = VALUE_TIME_BYTES + 3,
	FIELD_ROOM_boolean = 6,
	FIELD_ROOM_hex = 5,
	FIELD_ROOM_letters = 11,
	FIELD_ROOM_WORD = JSON_WORD_BYTES,
	FIELD_ROOM_OPEN = 5, /* null and its comma, or what opens and ends an object or array */
	FIELD_ROOM_string = FIELD_ROOM_OPEN,
};

/* The room for a key and what stands around it. */
#define FIELD_ROOM_KEY(key) (sizeof(key) + 2)

/* Bytes that are known when this is compiled. */
#define FIELD_TEXT(at, literal)                                                                    \
	((at) = (char *)memcpy((at), (literal), sizeof(literal) - 1) + sizeof(literal) - 1)

static inline char *field_put_integer(char *at, uint64_t value)
{
	at = writer_digits(at, value);
	*at = ',';
	return at + 1;
}

static inline char *field_put_duration(char *at, int64_t value_ns)
{
	return field_put_integer(at, value_ns < 0 ? 0 : (uint64_t)value_ns);
}

static inline char *field_put_time(char *at, int64_t ts_ns, unsigned digits,
				   struct writer_second *last)
{
	*at = '"';
	at = value_put_time(at + 1, ts_ns, digits, last);
	at[0] = '"';
	at[1] = ',';
	return at + 2;
}

static inline char *field_put_boolean(char *at, bool value)
{
	if (value)
		return FIELD_TEXT(at, "true,");
	return FIELD_TEXT(at, "false,");
}

static inline char *field_put_hex(char *at, uint8_t flags)
{
	struct value_text text = value_flags_hex(flags);
	char value[FIELD_ROOM_hex] = {'"', text.text[0], text.text[1], '"', ','};

	return (char *)memcpy(at, value, sizeof value) + sizeof value;
}

static inline char *field_put_letters(char *at, uint8_t flags)
{
	struct value_text text = value_flags_letters(flags);
	size_t length = strlen(text.text);

	*at = '"';
	memcpy(at + 1, text.text, 8);
	at += 1 + length;
	at[0] = '"';
	at[1] = ',';
	return at + 2;
}

#endif
