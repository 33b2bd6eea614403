#include "sink/html_data.h"

#include <string.h>

bool html_data_begin(FILE *file, const char *id)
{
	return fprintf(file, "<script type=\"application/json\" id=\"%s\">", id) > 0;
}

bool html_data_end(FILE *file)
{
	return fputs("</script>\n", file) != EOF;
}

/* The escape that the text at `at` needs, and of how many bytes; NULL: none. */
static const char *escape_at(const char *at, size_t left, size_t *taken)
{
	*taken = 1;
	if (*at == '<')
		return "\\u003c";
	if (left < 3 || memcmp(at, "\xe2\x80", 2) != 0)
		return NULL;
	*taken = 3;
	if (at[2] == '\xa8')
		return "\\u2028";
	return at[2] == '\xa9' ? "\\u2029" : NULL;
}

bool html_data_put(FILE *file, const char *json, size_t length)
{
	size_t begin = 0;

	for (size_t at = 0; at < length; at++) {
		size_t taken;
		const char *escape = escape_at(json + at, length - at, &taken);

		if (escape == NULL)
			continue;
		if (fwrite(json + begin, 1, at - begin, file) != at - begin ||
		    fputs(escape, file) == EOF)
			return false;
		begin = at + taken;
		at = begin - 1;
	}
	return fwrite(json + begin, 1, length - begin, file) == length - begin;
}
