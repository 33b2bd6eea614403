/*
 * A ladder while it is drawn: what of the connection has been drawn so far, and what every line
 * needs.
 */
#ifndef TCPBYE_SINK_LADDER_DRAWING_H
#define TCPBYE_SINK_LADDER_DRAWING_H

#include "sink/ladder_label.h"
#include "sink/ladder_pen.h"
#include "sink/ladder_rows.h"

struct ladder_drawing {
	struct ladder_pen *pen;
	const struct flow_report *report;
	const struct ladder_rows *rows;
	const struct ladder_numbers *numbers;
	bool has_time;
	int64_t last_ns;                /* of the line before that had a time */
	bool drawn[2][REPORT_PATH_MAX]; /* this step has been */
	bool wave_drawn[4];
};

/* How long after the line before; from here on, this is the line before. */
void ladder_drawing_delta(struct ladder_drawing *drawing, int64_t ts_ns, struct phrase *delta);

/* Lets time be seen to pass, if it does. */
void ladder_drawing_pause(struct ladder_drawing *drawing, int64_t ts_ns);

/* A line of words alone; none where there are none. */
void ladder_drawing_note(struct ladder_drawing *drawing, enum text_style style, const char *words);

#endif
