#include "sink/ladder_widths.h"

#include "sink/ladder_label.h"

#include <limits.h>

enum {
	WIDE_COLUMNS = 96, /* from here on there is room for ranges of numbers */
	NUMBER_COLUMNS_MIN = 4,
	DELTA_COLUMNS_MIN = 8,   /* "+10.0 ms" */
	TIMER_DELTA_COLUMNS = 9, /* "+1 m 00 s" */
	MARK_COLUMNS_MIN = 8,
};

/* A bar through every letter, from U+0336, or waves around the word. */
static void strike(struct phrase *phrase, enum text_charset charset)
{
	struct phrase plain = *phrase;

	phrase_set(phrase, charset == TEXT_ASCII ? "~" : "");
	for (const char *at = plain.text; *at != '\0'; at++) {
		const char letter[2] = {*at, '\0'};

		phrase_append(phrase, letter);
		phrase_append(phrase, charset == TEXT_ASCII ? "" : "\xcc\xb6");
	}
	phrase_append(phrase, charset == TEXT_ASCII ? "~" : "");
}

void ladder_mark_decorate(struct phrase *phrase, const struct ladder_mark *mark,
			  enum text_charset charset)
{
	struct phrase plain = *phrase;

	if (mark->certainty == CERTAINTY_INFERRED_GAP) {
		phrase_set(phrase, "(");
		phrase_append(phrase, plain.text);
		phrase_append(phrase, ")");
	}
	if (mark->refuted)
		strike(phrase, charset);
	else if (mark->certainty == CERTAINTY_ASSUMED)
		phrase_append(phrase, "?");
}

const char *ladder_mark_text(struct phrase *phrase, const struct ladder_mark *mark,
			     enum text_charset charset)
{
	phrase_set(phrase, "");
	if (mark->state >= STATE_COUNT)
		return phrase->text;
	phrase_state(phrase, mark->state);
	ladder_mark_decorate(phrase, mark, charset);
	return phrase->text;
}

static void widen(unsigned *columns, unsigned wanted)
{
	*columns = wanted > *columns ? wanted : *columns;
}

/* Of the columns on the left, those that the rows need. */
static void widen_for_rows(struct ladder_widths *widths, const struct ladder_rows *rows,
			   unsigned columns)
{
	unsigned room = columns >= WIDE_COLUMNS ? UINT_MAX : widths->number_columns;

	for (unsigned i = 0; i < rows->count; i++) {
		int64_t before_ns = i > 0 ? rows->row[i - 1].last_ns : rows->row[i].ts_ns;
		struct phrase words;

		ladder_row_number(&words, &rows->row[i], room);
		widen(&widths->number_columns, text_width(words.text));
		phrase_duration(&words, rows->row[i].ts_ns - before_ns, TEXT_ASCII);
		widen(&widths->delta_columns, 1 + text_width(words.text));
	}
}

static void widen_for_states(struct ladder_widths *widths, const struct flow_report *report,
			     enum text_charset charset)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct report_endpoint *end = &report->endpoint[side];

		for (unsigned i = 0; i < end->path_count; i++) {
			struct ladder_mark mark = ladder_mark_of(&end->path[i]);
			struct phrase text;

			widen(&widths->mark_columns,
			      text_width(ladder_mark_text(&text, &mark, charset)));
			if (end->path[i].number == 0)
				widen(&widths->delta_columns, TIMER_DELTA_COLUMNS);
		}
	}
}

void ladder_widths_find(struct ladder_widths *widths, const struct flow_report *report,
			const struct ladder_rows *rows, unsigned columns, enum text_charset charset)
{
	*widths = (struct ladder_widths){NUMBER_COLUMNS_MIN, DELTA_COLUMNS_MIN, MARK_COLUMNS_MIN};
	widen_for_rows(widths, rows, columns);
	widen_for_states(widths, report, charset);
}
