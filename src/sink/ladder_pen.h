/*
 * What a ladder is drawn with: the figure says what stands on each line, a pen how that looks.
 *
 * A line has the frame and the time on the left, each side's state beside its lifeline, and an
 * arrow or words between the lifelines.
 */
#ifndef TCPBYE_SINK_LADDER_PEN_H
#define TCPBYE_SINK_LADDER_PEN_H

#include "core/report.h"
#include "sink/text_out.h"
#include "sink/text_phrase.h"

/* A state beside a lifeline; nothing where the state is STATE_NULL. */
struct ladder_mark {
	enum state state;
	enum certainty certainty;
	bool refuted;
};

enum ladder_stroke {
	LADDER_SOLID,
	LADDER_DASHED, /* inferred, not captured */
	LADDER_LOST,   /* captured, and did not arrive */
};

struct ladder_arrow {
	unsigned from; /* REPORT_CLIENT points to the right */
	enum ladder_stroke stroke;
	enum text_style style;
	const char *label;
};

/* One line. What is empty or has no state stays blank. */
struct ladder_line {
	struct phrase number, delta;
	struct ladder_mark mark[2]; /* [REPORT_CLIENT] stands on the left */
};

/* What a line's states have looked like so far: the legend explains only what was used. */
struct ladder_used {
	bool assumed, inferred, refuted, dashed, lost, bar;
};

struct ladder_pen;

struct ladder_pen_kind {
	void (*heads)(struct ladder_pen *pen, const char *left, const char *right);
	void (*arrow)(struct ladder_pen *pen, const struct ladder_line *line,
		      const struct ladder_arrow *arrow);
	void (*words)(struct ladder_pen *pen, const struct ladder_line *line, enum text_style style,
		      const char *words);
	bool (*fits_fold)(const struct ladder_pen *pen, const char *words);
	void (*fold)(struct ladder_pen *pen, const struct ladder_line *line, const char *words);
	void (*pause)(struct ladder_pen *pen);
};

/* What every pen begins with. */
struct ladder_pen {
	const struct ladder_pen_kind *kind;
	enum text_charset charset;
	unsigned number_columns; /* room for a frame's number */
	bool bar[2];             /* this side is in TIME-WAIT */
	struct ladder_used used;
};

struct ladder_line ladder_line_empty(void);

struct ladder_mark ladder_mark_of(const struct report_step *step);

/* What the sides are called, above their lifelines. */
void ladder_pen_heads(struct ladder_pen *pen, const char *left, const char *right);

void ladder_pen_arrow(struct ladder_pen *pen, const struct ladder_line *line,
		      const struct ladder_arrow *arrow);

/* A line with words in the middle, or with nothing there but states beside it. */
void ladder_pen_words(struct ladder_pen *pen, const struct ladder_line *line, enum text_style style,
		      const char *words);

/* The data phase: words between double strokes; above these where they do not fit. */
bool ladder_pen_fits_fold(const struct ladder_pen *pen, const char *words);
void ladder_pen_fold(struct ladder_pen *pen, const struct ladder_line *line, const char *words);

/* Time passes: dotted lifelines. */
void ladder_pen_pause(struct ladder_pen *pen);

#endif
