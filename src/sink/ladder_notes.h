/*
 * The words around a ladder: above it how the connection ended, below it what its names and signs
 * mean, how long TIME-WAIT lasted, and what was odd.
 */
#ifndef TCPBYE_SINK_LADDER_NOTES_H
#define TCPBYE_SINK_LADDER_NOTES_H

#include "sink/ladder_label.h"
#include "sink/ladder_pen.h"

/* `source_name` is the capture that the frame numbers are of; NULL: not told. */
void ladder_title(struct text_out *out, const struct flow_report *report, const char *source_name);

void ladder_notes(struct text_out *out, const struct flow_report *report,
		  const struct ladder_numbers *numbers, const struct ladder_used *used);

#endif
