#include "sink/json_writer.h"

#include "sink/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8192 };

static bool reserve(struct writer *writer, size_t more)
{
	if (writer->failed)
		return false;
	if (writer->capacity - writer->length >= more)
		return true;
	size_t capacity = writer->capacity == 0 ? FIRST_CAPACITY : writer->capacity * 2;
	while (capacity - writer->length < more)
		capacity *= 2;
	char *bytes = realloc(writer->bytes, capacity);
	if (bytes == NULL) {
		writer->failed = true;
		return false;
	}
	writer->bytes = bytes;
	writer->capacity = capacity;
	return true;
}

void writer_raw(struct writer *writer, const char *bytes, size_t length)
{
	if (!reserve(writer, length))
		return;
	memcpy(writer->bytes + writer->length, bytes, length);
	writer->length += length;
}

static void put_char(struct writer *writer, char c)
{
	if (reserve(writer, 1))
		writer->bytes[writer->length++] = c;
}

/* A value needs a comma unless it is the first in what encloses it. */
static bool needs_comma(const struct writer *writer)
{
	char last = writer->length > 0 ? writer->bytes[writer->length - 1] : '\n';
	return last != '{' && last != '[' && last != '\n';
}

/* Keys are our own words: nothing in them needs an escape. */
static void put_key(struct writer *writer, const char *key)
{
	size_t length = key != NULL ? strlen(key) : 0;
	if (!reserve(writer, length + 4))
		return;
	char *at = writer->bytes + writer->length;
	if (needs_comma(writer))
		*at++ = ',';
	if (key != NULL) {
		*at++ = '"';
		memcpy(at, key, length);
		at += length;
		*at++ = '"';
		*at++ = ':';
	}
	writer->length = (size_t)(at - writer->bytes);
}

void writer_begin_object(struct writer *writer, const char *key)
{
	put_key(writer, key);
	put_char(writer, '{');
}

void writer_end_object(struct writer *writer)
{
	put_char(writer, '}');
}

void writer_begin_array(struct writer *writer, const char *key)
{
	put_key(writer, key);
	put_char(writer, '[');
}

void writer_end_array(struct writer *writer)
{
	put_char(writer, ']');
}

void writer_integer(struct writer *writer, const char *key, uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;
	if (value > WRITER_INTEGER_MAX)
		value = WRITER_INTEGER_MAX;
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put_key(writer, key);
	writer_raw(writer, digits + at, sizeof digits - at);
}

void writer_boolean(struct writer *writer, const char *key, bool value)
{
	put_key(writer, key);
	writer_raw(writer, value ? "true" : "false", value ? 4 : 5);
}

void writer_null(struct writer *writer, const char *key)
{
	put_key(writer, key);
	writer_raw(writer, "null", 4);
}

static void put_escape(struct writer *writer, uint32_t character)
{
	static const char hex[] = "0123456789abcdef";
	char escape[6] = {'\\', 'u', '0', '0', hex[character >> 4 & 0xf], hex[character & 0xf]};
	writer_raw(writer, escape, sizeof escape);
}

static void put_character(struct writer *writer, uint32_t character, const char *bytes,
			  size_t length)
{
	if (character == UTF8_INVALID) {
		writer_raw(writer, "\xef\xbf\xbd", 3);
	} else if (character < 0x20 || (character >= 0x7f && character < 0xa0)) {
		put_escape(writer, character);
	} else {
		if (character == '"' || character == '\\')
			put_char(writer, '\\');
		writer_raw(writer, bytes, length);
	}
}

/* How many bytes at the start of a text are ASCII that needs no escape. */
static size_t plain_length(const char *text)
{
	size_t length = 0;
	while (text[length] >= 0x20 && text[length] < 0x7f && text[length] != '"' &&
	       text[length] != '\\')
		length++;
	return length;
}

void writer_string(struct writer *writer, const char *key, const char *value)
{
	if (value == NULL) {
		writer_null(writer, key);
		return;
	}
	put_key(writer, key);
	put_char(writer, '"');
	for (;;) {
		size_t plain = plain_length(value);
		writer_raw(writer, value, plain);
		value += plain;
		if (*value == '\0')
			break;
		uint32_t character = 0;
		size_t length = utf8_next(value, &character);
		put_character(writer, character, value, length);
		value += length;
	}
	put_char(writer, '"');
}
