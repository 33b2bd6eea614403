/*
 * A page of plain text: lines that keep to a width, colour that only repeats what words say, errors
 * that stick.
 *
 * Text is put in pieces. A piece is never broken: one that no longer fits its line goes to an
 * indented line of its own. After the first failure nothing more is written, and text_out_ok()
 * restores its errno.
 */
#ifndef TCPBYE_SINK_TEXT_OUT_H
#define TCPBYE_SINK_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum text_style {
	TEXT_PLAIN,
	TEXT_HEADING,
	TEXT_FAINT,
	TEXT_GOOD,
	TEXT_NOTICE,
	TEXT_WARNING,
	TEXT_ERROR
};

enum text_charset { TEXT_UNICODE, TEXT_ASCII };

struct text_out {
	FILE *file;
	unsigned columns;
	unsigned column; /* where the next piece begins; 0: a fresh line */
	unsigned indent; /* of the lines that continue this one */
	bool color;
	enum text_charset charset;
	int error; /* errno of the first failure, or 0 */
};

/* Puts one piece at the current column. */
void text_put(struct text_out *out, enum text_style style, const char *piece);

/* Puts one piece after `separator`; on a line of its own, without separator, when it does not fit.
 */
void text_join(struct text_out *out, const char *separator, enum text_style style,
	       const char *piece);

/* Joins words that blanks separate, each a piece of its own; `separator` goes before the first. */
void text_words(struct text_out *out, const char *separator, enum text_style style,
		const char *words);

/* Puts blanks up to `column`; at least one where something already stands there. */
void text_tab(struct text_out *out, unsigned column);

void text_end_line(struct text_out *out);

/* False after a failure, with errno set to what it was. */
bool text_out_ok(struct text_out *out);

/* How many columns `text` takes: its characters, each counting as one but for strokes laid over
 * them. */
unsigned text_width(const char *text);

/*
 * Copies a name that came from outside into `safe`: control and other invisible characters, invalid
 * UTF-8 and, with `out` in ASCII, all beyond ASCII become \xNN. What does not fit into `safe_bytes`
 * (at least 4) is cut at a character and ends in "...".
 */
void text_escape(const struct text_out *out, const char *name, char *safe, size_t safe_bytes);

#endif
