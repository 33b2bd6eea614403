#include "sink/ladder_paint.h"

#include "sink/ladder_widths.h"

#include <string.h>

enum {
	FIELD_COLUMNS_MIN = 32, /* below it, states are cut to what they are called for short */
	FIELD_COLUMNS_MAX = 64,
	SHORT_MARK_COLUMNS = 10,
	LINE_COLUMNS_MAX = 112,
	WORDS_MAX = 128, /* bytes of one line of words in the field */
	BESIDE_LABEL =
		5, /* columns of an arrow that are not its label: strokes, blanks, the head */
	FOLD_COLUMNS = 4, /* of a fold beside its words: blanks and strokes */
	LOST_COLUMNS = 3, /* so far from its goal ends what does not arrive */
};

struct glyphs {
	const char *lifeline, *bar, *pause;
	const char *shaft, *dashed, *doubled;
	const char *head[2]; /* [REPORT_CLIENT]: of an arrow from the client */
	const char *lost;
};

static const struct glyphs glyphs_of[] = {
	[TEXT_UNICODE] = {"│", "║", "┊", "─", "╌", "═", {"▶", "◀"}, "✗"},
	[TEXT_ASCII] = {"|", "#", ":", "-", "-", "=", {">", "<"}, "X"},
};

static struct ladder_paint *paint_of(struct ladder_pen *pen)
{
	return (struct ladder_paint *)pen;
}

static const struct glyphs *glyphs(const struct ladder_paint *paint)
{
	return &glyphs_of[paint->out->charset];
}

/* The names that ss(8) and netstat(8) abbreviate too. */
static void set_short_state(struct phrase *phrase, enum state state)
{
	static const char *const names[] = {
		[STATE_CLOSED] = "CLOSED",      [STATE_LISTEN] = "LISTEN",
		[STATE_SYN_SENT] = "SYN-SENT",  [STATE_SYN_RECEIVED] = "SYN-RECV",
		[STATE_ESTABLISHED] = "ESTAB",  [STATE_FIN_WAIT_1] = "FIN-W-1",
		[STATE_FIN_WAIT_2] = "FIN-W-2", [STATE_CLOSING] = "CLOSING",
		[STATE_TIME_WAIT] = "TIME-W",   [STATE_CLOSE_WAIT] = "CLOSE-W",
		[STATE_LAST_ACK] = "LAST-ACK",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == STATE_COUNT, "every state has one");

	phrase_set(phrase, names[state]);
}

static void make_mark(struct ladder_paint *paint, const struct ladder_mark *mark,
		      struct phrase *phrase)
{
	phrase_set(phrase, "");
	if (mark->state >= STATE_COUNT)
		return;
	if (!paint->short_states) {
		ladder_mark_text(phrase, mark, paint->out->charset);
		return;
	}
	set_short_state(phrase, mark->state);
	ladder_mark_decorate(phrase, mark, paint->out->charset);
}

static void put_lifeline(struct ladder_paint *paint, unsigned side)
{
	const struct glyphs *glyph = glyphs(paint);

	text_put(paint->out, paint->pen.bar[side] ? TEXT_WARNING : TEXT_PLAIN,
		 paint->pen.bar[side] ? glyph->bar : glyph->lifeline);
}

/* All up to the field: number, time, the left side's state, its lifeline. */
static void begin_line(struct ladder_paint *paint, const struct ladder_line *line)
{
	struct text_out *out = paint->out;
	unsigned at = paint->pen.number_columns + 1 + paint->delta_columns;
	struct phrase mark;
	unsigned width;

	text_tab(out, paint->pen.number_columns - text_width(line->number.text));
	text_put(out, TEXT_FAINT, line->number.text);
	width = text_width(line->delta.text);
	text_tab(out, at > width ? at - width : 0);
	text_put(out, TEXT_FAINT, line->delta.text);
	make_mark(paint, &line->mark[REPORT_CLIENT], &mark);
	width = text_width(mark.text);
	at += 1 + paint->mark_columns;
	if (mark.text[0] != '\0')
		text_tab(out, at > width ? at - width : 0);
	text_put(out, TEXT_PLAIN, mark.text);
	text_tab(out, at + 1);
	put_lifeline(paint, REPORT_CLIENT);
}

static void end_line(struct ladder_paint *paint, const struct ladder_line *line)
{
	struct phrase mark;

	put_lifeline(paint, REPORT_SERVER);
	make_mark(paint, &line->mark[REPORT_SERVER], &mark);
	if (mark.text[0] != '\0')
		text_put(paint->out, TEXT_PLAIN, " ");
	text_put(paint->out, TEXT_PLAIN, mark.text);
	text_end_line(paint->out);
}

static void put_times(struct text_out *out, enum text_style style, const char *glyph,
		      unsigned times)
{
	struct phrase run;

	phrase_set(&run, "");
	for (unsigned i = 0; i < times; i++)
		phrase_append(&run, glyph);
	text_put(out, style, run.text);
}

/* Puts one line of words into the middle of the field. */
static void put_middle(struct ladder_paint *paint, enum text_style style, const char *words)
{
	unsigned width = text_width(words);
	unsigned room = paint->field_columns > width ? paint->field_columns - width : 0;

	put_times(paint->out, TEXT_PLAIN, " ", room / 2);
	text_put(paint->out, style, words);
	put_times(paint->out, TEXT_PLAIN, " ", room - room / 2);
}

/* How many bytes of `words` take at most so many columns. */
static size_t bytes_within(const char *words, unsigned columns)
{
	size_t bytes = 0;
	unsigned width = 0;

	for (; words[bytes] != '\0' && bytes < WORDS_MAX - 1; bytes++) {
		width += text_width((const char[]){words[bytes], '\0'});
		if (width > columns)
			break;
	}
	return bytes;
}

/* Copies as many words as fit `columns`, of one that is longer a part; returns what is left. */
static const char *cut_words(const char *words, unsigned columns, char *line)
{
	size_t fit = bytes_within(words, columns), kept = fit;

	if (words[fit] != '\0')
		while (kept > 0 && words[kept] != ' ')
			kept--;
	if (kept == 0)
		kept = fit;
	memcpy(line, words, kept);
	line[kept] = '\0';
	return words + kept + (words[kept] == ' ');
}

static void paint_words(struct ladder_pen *pen, const struct ladder_line *line,
			enum text_style style, const char *words)
{
	struct ladder_paint *paint = paint_of(pen);
	struct ladder_line next = *line;
	char one[WORDS_MAX];

	do {
		words = cut_words(words, paint->field_columns - 2, one);
		begin_line(paint, &next);
		put_middle(paint, style, one);
		end_line(paint, &next);
		next = ladder_line_empty();
	} while (*words != '\0');
}

/* A shaft of so many columns; dashes of ASCII have gaps between them. */
static void put_shaft(struct ladder_paint *paint, const struct ladder_arrow *arrow,
		      unsigned columns)
{
	const struct glyphs *glyph = glyphs(paint);
	bool dashed = arrow->stroke != LADDER_SOLID;
	struct phrase shaft;

	phrase_set(&shaft, "");
	for (unsigned i = 0; i < columns; i++) {
		bool gap = dashed && paint->out->charset == TEXT_ASCII && i % 2 == 1;

		phrase_append(&shaft, gap ? " " : dashed ? glyph->dashed : glyph->shaft);
	}
	text_put(paint->out, arrow->style, shaft.text);
}

static void put_label(struct ladder_paint *paint, const struct ladder_arrow *arrow,
		      const char *label)
{
	if (label[0] == '\0')
		return;
	text_put(paint->out, TEXT_PLAIN, " ");
	text_put(paint->out, arrow->style, label);
	text_put(paint->out, TEXT_PLAIN, " ");
}

/* The arrow itself: tail, label in the middle, head. One that is lost ends before its goal. */
static void put_arrow(struct ladder_paint *paint, const struct ladder_arrow *arrow,
		      const char *label)
{
	const struct glyphs *glyph = glyphs(paint);
	bool lost = arrow->stroke == LADDER_LOST;
	const char *head = lost ? glyph->lost : glyph->head[arrow->from];
	unsigned short_by = lost ? LOST_COLUMNS : 0;
	unsigned label_columns = label[0] != '\0' ? text_width(label) + 2 : 0;
	unsigned shaft = paint->field_columns - 1 - short_by - label_columns;
	bool rightwards = arrow->from == REPORT_CLIENT;

	if (!rightwards) {
		put_times(paint->out, TEXT_PLAIN, " ", short_by);
		text_put(paint->out, arrow->style, head);
	}
	put_shaft(paint, arrow, shaft / 2);
	put_label(paint, arrow, label);
	put_shaft(paint, arrow, shaft - shaft / 2);
	if (rightwards) {
		text_put(paint->out, arrow->style, head);
		put_times(paint->out, TEXT_PLAIN, " ", short_by);
	}
}

static void paint_arrow(struct ladder_pen *pen, const struct ladder_line *line,
			const struct ladder_arrow *arrow)
{
	struct ladder_paint *paint = paint_of(pen);
	unsigned label_room = paint->field_columns - BESIDE_LABEL -
			      (arrow->stroke == LADDER_LOST ? LOST_COLUMNS : 0);
	bool fits = text_width(arrow->label) <= label_room;
	const struct ladder_line blank = ladder_line_empty();

	if (!fits)
		paint_words(pen, &blank, arrow->style, arrow->label);
	begin_line(paint, line);
	put_arrow(paint, arrow, fits ? arrow->label : "");
	end_line(paint, line);
}

static bool fits_fold(const struct ladder_pen *pen, const char *words)
{
	const struct ladder_paint *paint = (const struct ladder_paint *)pen;

	return text_width(words) + FOLD_COLUMNS <= paint->field_columns;
}

static void paint_fold(struct ladder_pen *pen, const struct ladder_line *line, const char *words)
{
	struct ladder_paint *paint = paint_of(pen);
	const struct ladder_line blank = ladder_line_empty();
	bool fits = fits_fold(pen, words);
	unsigned room = paint->field_columns - (fits ? text_width(words) + 2 : 0);

	if (!fits)
		paint_words(pen, &blank, TEXT_PLAIN, words);
	begin_line(paint, line);
	put_times(paint->out, TEXT_FAINT, glyphs(paint)->doubled, room / 2);
	if (fits) {
		text_put(paint->out, TEXT_PLAIN, " ");
		text_put(paint->out, TEXT_PLAIN, words);
		text_put(paint->out, TEXT_PLAIN, " ");
	}
	put_times(paint->out, TEXT_FAINT, glyphs(paint)->doubled, room - room / 2);
	end_line(paint, line);
}

static void paint_heads(struct ladder_pen *pen, const char *left, const char *right)
{
	const struct ladder_paint *paint = paint_of(pen);
	struct text_out *out = paint->out;
	unsigned lifeline =
		paint->pen.number_columns + 1 + paint->delta_columns + 1 + paint->mark_columns + 1;
	unsigned right_lifeline = lifeline + paint->field_columns + 1;
	unsigned left_width = text_width(left), right_width = text_width(right);
	unsigned left_at = lifeline > left_width / 2 ? lifeline - left_width / 2 : 0;
	unsigned right_at = right_lifeline - right_width / 2;

	if (right_at + right_width > out->columns && right_width <= out->columns)
		right_at = out->columns - right_width;
	if (left_at + left_width + 1 > right_at)
		left_at = 0;
	text_tab(out, left_at);
	text_put(out, TEXT_HEADING, left);
	if (out->column + 1 > right_at)
		text_end_line(out);
	text_tab(out, right_at);
	text_put(out, TEXT_HEADING, right);
	text_end_line(out);
}

static void paint_pause(struct ladder_pen *pen)
{
	const struct ladder_paint *paint = paint_of(pen);
	struct text_out *out = paint->out;

	text_tab(out, paint->pen.number_columns + 1 + paint->delta_columns + 1 +
			      paint->mark_columns + 1);
	text_put(out, TEXT_FAINT, glyphs(paint)->pause);
	put_times(out, TEXT_PLAIN, " ", paint->field_columns);
	text_put(out, TEXT_FAINT, glyphs(paint)->pause);
	text_end_line(out);
}

void ladder_paint_begin(struct ladder_paint *paint, struct text_out *out,
			const struct flow_report *report, const struct ladder_rows *rows)
{
	static const struct ladder_pen_kind kind = {
		.heads = paint_heads,
		.arrow = paint_arrow,
		.words = paint_words,
		.fits_fold = fits_fold,
		.fold = paint_fold,
		.pause = paint_pause,
	};
	struct ladder_widths widths;
	unsigned columns = out->columns < LADDER_COLUMNS_MIN ? LADDER_COLUMNS_MIN : out->columns;
	unsigned left;

	ladder_widths_find(&widths, report, rows, out->columns, out->charset);
	left = widths.number_columns + 1 + widths.delta_columns + 1;
	if (columns > LINE_COLUMNS_MAX)
		columns = LINE_COLUMNS_MAX;
	*paint = (struct ladder_paint){
		.pen = {.kind = &kind,
			.charset = out->charset,
			.number_columns = widths.number_columns},
		.out = out,
		.delta_columns = widths.delta_columns,
		.mark_columns = widths.mark_columns,
	};
	if (left + 2 * (widths.mark_columns + 2) + FIELD_COLUMNS_MIN > columns) {
		paint->short_states = true;
		if (widths.mark_columns > SHORT_MARK_COLUMNS)
			paint->mark_columns = SHORT_MARK_COLUMNS;
	}
	paint->field_columns = columns - left - 2 * (paint->mark_columns + 2);
	if (paint->field_columns > FIELD_COLUMNS_MAX)
		paint->field_columns = FIELD_COLUMNS_MAX;
}
