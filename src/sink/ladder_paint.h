/*
 * The lines of a ladder: frame and time on the left, two lifelines with each side's state beside
 * it, and between them arrows.
 *
 *     #10   +116 ms   FIN-WAIT-1 │─── FIN,ACK seq=101(u) ack=201 ──▶│ CLOSE-WAIT
 *
 * How wide each column is, is settled once for a figure; a label that does not fit its arrow stands
 * above it.
 */
#ifndef TCPBYE_SINK_LADDER_PAINT_H
#define TCPBYE_SINK_LADDER_PAINT_H

#include "core/report.h"
#include "sink/text_out.h"
#include "sink/text_phrase.h"

enum { LADDER_COLUMNS_MIN = 60 };

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

struct ladder_paint {
	struct text_out *out;
	unsigned number_columns, delta_columns, mark_columns;
	unsigned field_columns; /* between the lifelines */
	bool short_states;
	bool bar[2]; /* this side is in TIME-WAIT */
	struct ladder_used used;
};

/* How wide the widest number, time and state are. */
struct ladder_widths {
	unsigned number_columns, delta_columns, mark_columns;
};

/* Settles the columns. */
void ladder_paint_begin(struct ladder_paint *paint, struct text_out *out,
			const struct ladder_widths *widths);

/* The text of a mark, as long as it is written in full. */
const char *ladder_mark_text(struct phrase *phrase, const struct ladder_mark *mark,
			     enum text_charset charset);

struct ladder_line ladder_line_empty(void);

void ladder_paint_arrow(struct ladder_paint *paint, const struct ladder_line *line,
			const struct ladder_arrow *arrow);

/* A line with words in the middle, or with nothing there but states beside it. */
void ladder_paint_words(struct ladder_paint *paint, const struct ladder_line *line,
			enum text_style style, const char *words);

/* The data phase: words between double strokes; above these where they do not fit. */
bool ladder_paint_fits_fold(const struct ladder_paint *paint, const char *words);
void ladder_paint_fold(struct ladder_paint *paint, const struct ladder_line *line,
		       const char *words);

/* What the sides are called, above their lifelines. */
void ladder_paint_heads(struct ladder_paint *paint, const char *left, const char *right);

/* Time passes: dotted lifelines. */
void ladder_paint_pause(struct ladder_paint *paint);

#endif
