#include "sink/ladder_drawing.h"

static const int64_t pause_ns = 1000000000; /* from here on, time is seen to pass */

void ladder_drawing_delta(struct ladder_drawing *drawing, int64_t ts_ns, struct phrase *delta)
{
	int64_t passed_ns = ts_ns - drawing->last_ns;
	struct phrase words;

	if (!drawing->has_time) {
		phrase_set(delta, "0");
	} else {
		phrase_set(delta, passed_ns < 0 ? "-" : "+");
		phrase_append(delta, phrase_duration(&words, passed_ns < 0 ? -passed_ns : passed_ns,
						     drawing->pen->charset));
	}
	drawing->has_time = true;
	drawing->last_ns = ts_ns;
}

void ladder_drawing_pause(struct ladder_drawing *drawing, int64_t ts_ns)
{
	if (drawing->has_time && ts_ns - drawing->last_ns >= pause_ns)
		ladder_pen_pause(drawing->pen);
}

void ladder_drawing_note(struct ladder_drawing *drawing, enum text_style style, const char *words)
{
	const struct ladder_line line = ladder_line_empty();

	if (words[0] != '\0')
		ladder_pen_words(drawing->pen, &line, style, words);
}
