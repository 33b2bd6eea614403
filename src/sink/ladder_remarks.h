/*
 * What is said below an arrow of a ladder: expected against seen, what a reset answers, what is a
 * repetition, what is odd.
 */
#ifndef TCPBYE_SINK_LADDER_REMARKS_H
#define TCPBYE_SINK_LADDER_REMARKS_H

#include "sink/ladder_drawing.h"

/* Draws the lines of all that is to be said of a row that stands for one segment. */
void ladder_remarks(struct ladder_drawing *drawing, const struct ladder_row *row);

#endif
