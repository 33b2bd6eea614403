/*
 * How wide the columns of a ladder must be for what stands in them.
 */
#ifndef TCPBYE_SINK_LADDER_WIDTHS_H
#define TCPBYE_SINK_LADDER_WIDTHS_H

#include "sink/ladder_pen.h"
#include "sink/ladder_rows.h"

/* Of the widest number, time and state. */
struct ladder_widths {
	unsigned number_columns, delta_columns, mark_columns;
};

/* On a page of so many columns. */
void ladder_widths_find(struct ladder_widths *widths, const struct flow_report *report,
			const struct ladder_rows *rows, unsigned columns,
			enum text_charset charset);

/* The text of a mark, as long as it is written in full. */
const char *ladder_mark_text(struct phrase *phrase, const struct ladder_mark *mark,
			     enum text_charset charset);

/* Adds what a mark says beyond its state, which the phrase holds: how certain it is, whether it was
 * taken back. */
void ladder_mark_decorate(struct phrase *phrase, const struct ladder_mark *mark,
			  enum text_charset charset);

#endif
