/*
 * The rows of the page's table of connections.
 *
 * A page has HTML_ROWS_MAX of them at most. Connections with an anomaly of notice or above come
 * first, then those without; what is beyond is counted. Until the page is written they wait in
 * temporary files, so that memory does not grow with the capture.
 */
#ifndef TCPBYE_SINK_HTML_ROWS_H
#define TCPBYE_SINK_HTML_ROWS_H

#include <stdio.h>

#include "sink/json_writer.h"
#include "sink/sink.h"

enum { HTML_ROWS_MAX = 100000 };

enum html_weight { HTML_ODD, HTML_ORDINARY, HTML_WEIGHTS };

/* Begins all zero. */
struct html_rows {
	struct writer writer;
	uint64_t met;
	struct html_bin {
		FILE *file; /* NULL: nothing waits */
		uint64_t count;
	} waiting[HTML_WEIGHTS];
};

/* Whether the page draws the connection. */
enum html_ladder { HTML_NO_LADDER, HTML_HAS_LADDER };

void html_rows_release(struct html_rows *rows);

/* False with errno set where a temporary file cannot be had or written, or memory is short. */
bool html_rows_take(struct html_rows *rows, const struct flow_report *report,
		    enum html_ladder ladder);

/* The names of a row's values, as an array. */
void html_rows_names(struct writer *writer, const char *key);

/* Writes the rows as an array of arrays; `shown` tells how many there are. False with errno set. */
bool html_rows_put(struct html_rows *rows, FILE *file, uint64_t *shown);

#endif
