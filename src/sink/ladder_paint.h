/*
 * The pen that draws ladders as text: two lifelines with each side's state beside it, and between
 * them arrows.
 *
 *     #10   +116 ms   FIN-WAIT-1 │─── FIN,ACK seq=101(u) ack=201 ──▶│ CLOSE-WAIT
 *
 * How wide each column is, is settled once for a figure; a label that does not fit its arrow stands
 * above it.
 */
#ifndef TCPBYE_SINK_LADDER_PAINT_H
#define TCPBYE_SINK_LADDER_PAINT_H

#include "sink/ladder_pen.h"
#include "sink/ladder_rows.h"

enum { LADDER_COLUMNS_MIN = 60 };

struct ladder_paint {
	struct ladder_pen pen; /* first, so that the one's address is the other's */
	struct text_out *out;
	unsigned delta_columns, mark_columns;
	unsigned field_columns; /* between the lifelines */
	bool short_states;
};

/* Settles the columns by what the connection's figure will hold. */
void ladder_paint_begin(struct ladder_paint *paint, struct text_out *out,
			const struct flow_report *report, const struct ladder_rows *rows);

#endif
