/*
 * The pen that writes a ladder's lines as JSON objects, for a script to draw.
 */
#ifndef TCPBYE_SINK_LADDER_JSON_H
#define TCPBYE_SINK_LADDER_JSON_H

#include "sink/json_writer.h"
#include "sink/ladder_pen.h"

struct ladder_json {
	struct ladder_pen pen; /* first, so that the one's address is the other's */
	struct writer *writer;
};

/* Lines are written into the array that the writer has open. */
void ladder_json_begin(struct ladder_json *json, struct writer *writer);

#endif
