#include "sink/ladder_pen.h"

struct ladder_line ladder_line_empty(void)
{
	const struct ladder_mark none = {.state = STATE_NULL};

	return (struct ladder_line){.mark = {none, none}};
}

struct ladder_mark ladder_mark_of(const struct report_step *step)
{
	return (struct ladder_mark){step->state, step->certainty, step->refuted};
}

static void note_marks(struct ladder_used *used, const struct ladder_line *line)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct ladder_mark *mark = &line->mark[side];

		if (mark->state >= STATE_COUNT)
			continue;
		used->refuted = used->refuted || mark->refuted;
		used->assumed =
			used->assumed || (!mark->refuted && mark->certainty == CERTAINTY_ASSUMED);
		used->inferred = used->inferred || mark->certainty == CERTAINTY_INFERRED_GAP;
	}
}

void ladder_pen_heads(struct ladder_pen *pen, const char *left, const char *right)
{
	pen->kind->heads(pen, left, right);
}

void ladder_pen_arrow(struct ladder_pen *pen, const struct ladder_line *line,
		      const struct ladder_arrow *arrow)
{
	note_marks(&pen->used, line);
	pen->used.dashed = pen->used.dashed || arrow->stroke == LADDER_DASHED;
	pen->used.lost = pen->used.lost || arrow->stroke == LADDER_LOST;
	pen->kind->arrow(pen, line, arrow);
}

void ladder_pen_words(struct ladder_pen *pen, const struct ladder_line *line, enum text_style style,
		      const char *words)
{
	note_marks(&pen->used, line);
	pen->kind->words(pen, line, style, words);
}

bool ladder_pen_fits_fold(const struct ladder_pen *pen, const char *words)
{
	return pen->kind->fits_fold(pen, words);
}

void ladder_pen_fold(struct ladder_pen *pen, const struct ladder_line *line, const char *words)
{
	note_marks(&pen->used, line);
	pen->kind->fold(pen, line, words);
}

void ladder_pen_pause(struct ladder_pen *pen)
{
	pen->kind->pause(pen);
}
