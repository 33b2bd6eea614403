/*
 * What the page tells of a run as a whole: one JSON object for its script.
 */
#ifndef TCPBYE_SINK_HTML_REPORT_H
#define TCPBYE_SINK_HTML_REPORT_H

#include "sink/html_charts.h"
#include "sink/html_rows.h"
#include "sink/sink.h"

/* How much of the connections the page holds. */
struct html_extent {
	uint64_t reported; /* connections that were asked for */
	uint64_t rows;     /* of these, those in the table */
	unsigned ladders;  /* and those that are drawn */
	enum html_drawing drawing;
};

void html_report_put(struct writer *writer, const struct sink_config *config,
		     const struct run_report *run, const struct html_charts *charts,
		     const struct html_extent *extent);

#endif
