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

char *writer_digits(char *at, uint64_t value)
{
	static const char pairs[] = "0001020304050607080910111213141516171819"
				    "2021222324252627282930313233343536373839"
				    "4041424344454647484950515253545556575859"
				    "6061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";
	char digits[WRITER_DIGITS_MAX];
	size_t first = sizeof digits;

	if (value > WRITER_INTEGER_MAX)
		value = WRITER_INTEGER_MAX;
	for (; value >= 10; value /= 100) {
		first -= 2;
		memcpy(digits + first, pairs + 2 * (value % 100), 2);
	}
	if (value > 0 || first == sizeof digits)
		digits[--first] = (char)('0' + value);
	memcpy(at, digits + first, sizeof digits - first);
	return at + sizeof digits - first;
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

void writer_text(struct writer *writer, const char *value)
{
	char *at = writer_room(writer, ESCAPE_BYTES * strlen(value) + 3);

	if (at == NULL)
		return;
	*at++ = '"';
	while (*value != '\0') {
		uint32_t character = 0;
		size_t length;

		if (is_plain(*value)) {
			*at++ = *value++;
			continue;
		}
		length = utf8_next(value, &character);
		at = put_character(at, character, value, length);
		value += length;
	}
	*at++ = '"';
	*at++ = ',';
	writer_take(writer, at);
}
