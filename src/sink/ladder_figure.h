/*
 * A connection drawn as a sequence diagram: handshake and close segment by segment, the data phase
 * in one line, both sides' states beside their lifelines where they change.
 *
 * Arrows stand in the order of capture. What the capture does not hold but the connection must have
 * seen stands where it belongs, dashed; a segment that passed the tap and did not arrive ends short
 * of its goal; a state that was taken back is struck.
 */
#ifndef TCPBYE_SINK_LADDER_FIGURE_H
#define TCPBYE_SINK_LADDER_FIGURE_H

#include "sink/ladder_label.h"
#include "sink/ladder_pen.h"
#include "sink/ladder_rows.h"

/* Draws the figure; the pen's `used` then tells which of its signs need an explanation. */
void ladder_figure(struct ladder_pen *pen, const struct flow_report *report,
		   const struct ladder_rows *rows, const struct ladder_numbers *numbers);

#endif
