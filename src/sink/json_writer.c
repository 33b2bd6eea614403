#include "sink/json_writer.h"

#include "sink/utf8.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 8192, ESCAPE_BYTES = 6 };

bool writer_grow(struct writer *writer, size_t more)
{
	size_t capacity = writer->capacity == 0 ? FIRST_CAPACITY : writer->capacity * 2;
	char *bytes;

	if (writer->failed)
		return false;
	while (capacity - writer->length < more)
		capacity *= 2;
	bytes = realloc(writer->bytes, capacity);
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
	char *at = writer_room(writer, length);

	if (at == NULL)
		return;
	memcpy(at, bytes, length);
	writer->length += length;
}

static const char pairs[] = "0001020304050607080910111213141516171819"
			    "2021222324252627282930313233343536373839"
			    "4041424344454647484950515253545556575859"
			    "6061626364656667686970717273747576777879"
			    "8081828384858687888990919293949596979899";

char *writer_fixed_digits(char *at, unsigned digits, uint64_t value)
{
	unsigned left = digits;

	for (; left >= 2; left -= 2, value /= 100)
		memcpy(at + left - 2, pairs + 2 * (value % 100), 2);
	if (left > 0)
		at[0] = (char)('0' + value % 10);
	return at + digits;
}

/* How many digits a value has. */
static unsigned count_digits(uint64_t value)
{
	unsigned count = 1;

	for (; value >= 10000; value /= 10000)
		count += 4;
	return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

char *writer_many_digits(char *at, uint64_t value)
{
	if (value > WRITER_INTEGER_MAX)
		value = WRITER_INTEGER_MAX;
	return writer_fixed_digits(at, count_digits(value), value);
}

static char *put_escape(char *at, uint32_t character)
{
	static const char hex[] = "0123456789abcdef";
	char escape[ESCAPE_BYTES] = {
		'\\', 'u', '0', '0', hex[character >> 4 & 0xf], hex[character & 0xf]};

	memcpy(at, escape, sizeof escape);
	return at + sizeof escape;
}

static char *put_character(char *at, uint32_t character, const char *bytes, size_t length)
{
	if (character == UTF8_INVALID) {
		memcpy(at, "\xef\xbf\xbd", 3);
		return at + 3;
	}
	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return put_escape(at, character);
	if (character == '"' || character == '\\')
		*at++ = '\\';
	memcpy(at, bytes, length);
	return at + length;
}

/* ASCII that stands for itself. */
static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Whether eight characters stand for themselves, all at once: each term has a byte's highest bit
 * set if, and only if, some byte is out of place in one way. */
static bool are_plain(uint64_t bytes)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highest = ones << 7;
	uint64_t quote = bytes ^ ones * '"', backslash = bytes ^ ones * '\\';
	uint64_t controls = ((bytes - ones * 0x20) & ~bytes) | bytes | (bytes + ones);
	uint64_t escaped = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);

	return ((controls | escaped) & highest) == 0;
}

static char *put_text(char *at, const char *value, size_t left)
{
	while (left > 0) {
		uint32_t character = 0;
		uint64_t bytes = 0;
		size_t length;

		if (left >= sizeof bytes)
			memcpy(&bytes, value, sizeof bytes);
		if (are_plain(bytes)) {
			memcpy(at, &bytes, length = sizeof bytes);
			at += sizeof bytes;
		} else if (is_plain(*value)) {
			*at++ = *value;
			length = 1;
		} else {
			length = utf8_next(value, &character);
			at = put_character(at, character, value, length);
		}
		value += length;
		left -= length;
	}
	return at;
}

char *writer_text_at(struct writer *writer, char *at, const char *value, size_t room_bytes)
{
	size_t length;

	if (value == NULL) {
		at = writer_room_at(writer, at, 5 + room_bytes);
		return at != NULL ? (char *)memcpy(at, "null,", 5) + 5 : NULL;
	}
	length = strlen(value);
	at = writer_room_at(writer, at, ESCAPE_BYTES * length + 3 + room_bytes);
	if (at == NULL)
		return NULL;
	*at++ = '"';
	at = put_text(at, value, length);
	*at++ = '"';
	*at++ = ',';
	return at;
}

void writer_text(struct writer *writer, const char *value)
{
	char *at = writer_room(writer, 1);

	if (at != NULL)
		at = writer_text_at(writer, at, value, 0);
	if (at != NULL)
		writer_take(writer, at);
}
