#include "sink/ladder_json.h"

#include <limits.h>

static struct ladder_json *json_of(struct ladder_pen *pen)
{
	return (struct ladder_json *)pen;
}

static const char *tone_of(enum text_style style)
{
	static const char *const tones[] = {
		[TEXT_PLAIN] = "plain", [TEXT_HEADING] = "plain", [TEXT_FAINT] = "faint",
		[TEXT_GOOD] = "good",   [TEXT_NOTICE] = "notice", [TEXT_WARNING] = "warning",
		[TEXT_ERROR] = "error",
	};

	return tones[style];
}

static void put_mark(struct writer *writer, const struct ladder_mark *mark)
{
	if (mark->state >= STATE_COUNT) {
		writer_null(writer, NULL);
		return;
	}
	writer_begin_object(writer, NULL);
	writer_string(writer, "state", state_word(mark->state));
	writer_string(writer, "certainty", certainty_word(mark->certainty));
	writer_boolean(writer, "refuted", mark->refuted);
	writer_end_object(writer);
}

/* All that every kind of line has; the object stays open. */
static struct writer *begin_line(struct ladder_pen *pen, const char *kind,
				 const struct ladder_line *line)
{
	struct writer *writer = json_of(pen)->writer;

	writer_begin_object(writer, NULL);
	writer_string(writer, "kind", kind);
	writer_string(writer, "number", line->number.text);
	writer_string(writer, "delta", line->delta.text);
	writer_begin_array(writer, "marks");
	for (unsigned side = 0; side < 2; side++)
		put_mark(writer, &line->mark[side]);
	writer_end_array(writer);
	writer_begin_array(writer, "bars");
	for (unsigned side = 0; side < 2; side++)
		writer_boolean(writer, NULL, pen->bar[side]);
	writer_end_array(writer);
	return writer;
}

static void put_heads(struct ladder_pen *pen, const char *left, const char *right)
{
	struct writer *writer = json_of(pen)->writer;

	writer_begin_object(writer, NULL);
	writer_string(writer, "kind", "heads");
	writer_string(writer, "left", left);
	writer_string(writer, "right", right);
	writer_end_object(writer);
}

static void put_arrow(struct ladder_pen *pen, const struct ladder_line *line,
		      const struct ladder_arrow *arrow)
{
	static const char *const strokes[] = {
		[LADDER_SOLID] = "solid", [LADDER_DASHED] = "dashed", [LADDER_LOST] = "lost"};
	struct writer *writer = begin_line(pen, "arrow", line);

	writer_integer(writer, "from", arrow->from);
	writer_string(writer, "stroke", strokes[arrow->stroke]);
	writer_string(writer, "tone", tone_of(arrow->style));
	writer_string(writer, "label", arrow->label);
	writer_end_object(writer);
}

static void put_words(struct ladder_pen *pen, const struct ladder_line *line, enum text_style style,
		      const char *words)
{
	struct writer *writer = begin_line(pen, "words", line);

	writer_string(writer, "tone", tone_of(style));
	writer_string(writer, "label", words);
	writer_end_object(writer);
}

/* Whoever draws the lines breaks what is too long. */
static bool fits_fold(const struct ladder_pen *pen, const char *words)
{
	(void)pen;
	(void)words;
	return true;
}

static void put_fold(struct ladder_pen *pen, const struct ladder_line *line, const char *words)
{
	struct writer *writer = begin_line(pen, "fold", line);

	writer_string(writer, "label", words);
	writer_end_object(writer);
}

static void put_pause(struct ladder_pen *pen)
{
	const struct ladder_line empty = ladder_line_empty();
	struct writer *writer = begin_line(pen, "pause", &empty);

	writer_end_object(writer);
}

void ladder_json_begin(struct ladder_json *json, struct writer *writer)
{
	static const struct ladder_pen_kind kind = {
		.heads = put_heads,
		.arrow = put_arrow,
		.words = put_words,
		.fits_fold = fits_fold,
		.fold = put_fold,
		.pause = put_pause,
	};

	*json = (struct ladder_json){
		.pen = {.kind = &kind, .charset = TEXT_UNICODE, .number_columns = UINT_MAX},
		.writer = writer,
	};
}
