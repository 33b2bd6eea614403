#include "process/talk.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 2048 };

/* True for C0, DEL, and the second byte of a C1 control in UTF-8. */
static int is_control(unsigned char byte, unsigned char before)
{
	return byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte >= 0x80 && byte < 0xa0);
}

static void write_escaped(const char *text)
{
	unsigned char before = 0;

	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (is_control(byte, before))
			fprintf(stderr, "\\x%02x", byte);
		else
			putc(byte, stderr);
		before = byte;
	}
}

__attribute__((format(printf, 3, 0))) static void say(const struct talk *talk, const char *opening,
						      const char *format, va_list arguments)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), format, arguments);
	progress_hide(talk->progress);
	fputs(opening, stderr);
	write_escaped(text);
	putc('\n', stderr);
}

void talk_error(const struct talk *talk, const char *format, ...)
{
	va_list arguments;

	if (talk->quiet >= 2)
		return;
	va_start(arguments, format);
	say(talk, "tcpbye: ", format, arguments);
	va_end(arguments);
}

void talk_warning(const struct talk *talk, const char *format, ...)
{
	va_list arguments;

	if (talk->quiet >= 1)
		return;
	va_start(arguments, format);
	say(talk, "tcpbye: warning: ", format, arguments);
	va_end(arguments);
}

void talk_note(const struct talk *talk, const char *format, ...)
{
	va_list arguments;

	if (talk->verbose == 0)
		return;
	va_start(arguments, format);
	say(talk, "tcpbye: ", format, arguments);
	va_end(arguments);
}
