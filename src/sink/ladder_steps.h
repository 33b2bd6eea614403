/*
 * The states beside a ladder's lifelines: which step of an endpoint's path stands on which line.
 */
#ifndef TCPBYE_SINK_LADDER_STEPS_H
#define TCPBYE_SINK_LADDER_STEPS_H

#include "sink/ladder_drawing.h"

/* The steps of one side that happen with one frame, in their order. */
struct ladder_step_list {
	unsigned count;
	struct ladder_mark mark[REPORT_PATH_MAX];
};

/* Takes those that have not been drawn; from here on, they have. */
void ladder_steps_take(struct ladder_drawing *drawing, unsigned side, uint64_t number,
		       struct ladder_step_list *list);

/* A line for each step of a list between two places, with nothing on the other side. */
void ladder_steps_draw(struct ladder_drawing *drawing, unsigned side,
		       const struct ladder_step_list *list, unsigned from, unsigned to);

/* Draws, a line each, the steps up to a time that no row shows: what a timer brought, and what was
 * not captured. */
void ladder_steps_alone(struct ladder_drawing *drawing, int64_t until_ns);

/* In TIME-WAIT, a lifeline is a bar. */
void ladder_steps_follow(struct ladder_drawing *drawing, unsigned side,
			 const struct ladder_mark *mark);

#endif
