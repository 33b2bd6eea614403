#include "sink/text_out.h"

#include "sink/utf8.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES_MAX = 1024, TAB_BYTES = 64, ESCAPED_BYTES = 4 };

static const char cut_mark[] = "...";

static const char *const style_codes[] = {
	[TEXT_PLAIN] = "",         [TEXT_HEADING] = "\033[1m", [TEXT_FAINT] = "\033[2m",
	[TEXT_GOOD] = "\033[32m",  [TEXT_NOTICE] = "\033[36m", [TEXT_WARNING] = "\033[33m",
	[TEXT_ERROR] = "\033[31m",
};

static void write_text(struct text_out *out, const char *text)
{
	if (out->error != 0 || *text == '\0')
		return;
	errno = 0;
	if (fputs(text, out->file) == EOF)
		out->error = errno != 0 ? errno : EIO;
}

void text_put(struct text_out *out, enum text_style style, const char *piece)
{
	bool colored = out->color && style != TEXT_PLAIN && *piece != '\0';

	if (colored)
		write_text(out, style_codes[style]);
	write_text(out, piece);
	if (colored)
		write_text(out, "\033[0m");
	out->column += text_width(piece);
}

static void continue_line(struct text_out *out)
{
	write_text(out, "\n");
	out->column = 0;
	text_tab(out, out->indent);
}

void text_join(struct text_out *out, const char *separator, enum text_style style,
	       const char *piece)
{
	bool fits = out->column + text_width(separator) + text_width(piece) <= out->columns;

	if (!fits && out->column > out->indent)
		continue_line(out);
	else if (fits || out->column < out->indent)
		text_put(out, TEXT_PLAIN, separator);
	text_put(out, style, piece);
}

void text_words(struct text_out *out, const char *separator, enum text_style style,
		const char *words)
{
	while (*words != '\0') {
		char word[WORD_BYTES_MAX];
		size_t bytes = strcspn(words, " ");
		size_t kept = bytes < sizeof(word) ? bytes : sizeof(word) - 1;

		memcpy(word, words, kept);
		word[kept] = '\0';
		text_join(out, separator, style, word);
		separator = kept == bytes ? " " : "";
		words += kept;
		words += strspn(words, " ");
	}
}

void text_tab(struct text_out *out, unsigned column)
{
	char blanks[TAB_BYTES + 1];

	memset(blanks, ' ', TAB_BYTES);
	blanks[TAB_BYTES] = '\0';
	if (out->column >= column && out->column > 0)
		text_put(out, TEXT_PLAIN, " ");
	while (out->column < column) {
		unsigned missing = column - out->column;
		unsigned step = missing < TAB_BYTES ? missing : TAB_BYTES;

		text_put(out, TEXT_PLAIN, blanks + (TAB_BYTES - step));
	}
}

void text_end_line(struct text_out *out)
{
	write_text(out, "\n");
	out->column = 0;
}

bool text_out_ok(struct text_out *out)
{
	if (out->error != 0)
		errno = out->error;
	return out->error == 0;
}

/* U+0300 to U+033F, which stand on the letter before them. */
static bool is_combining(const char *text)
{
	return (unsigned char)text[0] == 0xcc;
}

unsigned text_width(const char *text)
{
	unsigned width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80 && !is_combining(text);
	return width;
}

/* Characters that print nothing, move the cursor, or turn the direction of what follows. */
static bool is_invisible(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},     {0x7f, 0xa0},     {0xad, 0xad},       {0x61c, 0x61c},
		{0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
		{0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	}
	return false;
}

/* Writes the character that `name` begins with to `piece` as it may be shown; returns how many
 * bytes it took. */
static size_t escape_character(const struct text_out *out, const char *name, char *piece)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t character;
	size_t bytes = utf8_next(name, &character);
	unsigned char byte = (unsigned char)name[0];

	if (character != UTF8_INVALID && !is_invisible(character) &&
	    (bytes == 1 || out->charset == TEXT_UNICODE)) {
		memcpy(piece, name, bytes);
		piece[bytes] = '\0';
		return bytes;
	}
	memcpy(piece, (const char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15], '\0'},
	       ESCAPED_BYTES + 1);
	return 1;
}

static size_t escaped_length(const struct text_out *out, const char *name)
{
	char piece[ESCAPED_BYTES + 1];
	size_t length = 0;

	while (*name != '\0') {
		name += escape_character(out, name, piece);
		length += strlen(piece);
	}
	return length;
}

void text_escape(const struct text_out *out, const char *name, char *safe, size_t safe_bytes)
{
	bool fits = escaped_length(out, name) < safe_bytes;
	size_t room = fits ? safe_bytes - 1 : safe_bytes - 1 - strlen(cut_mark);
	size_t used = 0;

	while (*name != '\0') {
		char piece[ESCAPED_BYTES + 1];
		size_t bytes;

		name += escape_character(out, name, piece);
		bytes = strlen(piece);
		if (used + bytes > room)
			break;
		memcpy(safe + used, piece, bytes);
		used += bytes;
	}
	strcpy(safe + used, fits ? "" : cut_mark);
}
