/*
 * The lines about single connections: a verdict, an anomaly, a transition.
 *
 * A verdict takes one line wherever its addresses leave room for that; words become shorter before
 * a line becomes two. Addresses and ports are never cut.
 */
#ifndef TCPBYE_SINK_TEXT_LINE_H
#define TCPBYE_SINK_TEXT_LINE_H

#include "core/report.h"
#include "sink/text_out.h"

/* What lines have in common as they follow each other. */
struct text_lines {
	struct text_out *out;
	unsigned tuple_columns; /* as wide as the tuples were so far, within a share of the line */
	bool has_day;
	int64_t day; /* of the line before, since 1970 */
};

void text_lines_begin(struct text_lines *lines, struct text_out *out);

/* "22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80  30.0 ms closed, client first" */
void text_line_flow(struct text_lines *lines, const struct flow_report *report);

/* "22:13:20.060 10.0.0.1:40000 > 10.0.0.2:80 warning: fin_unacked (client in FIN-WAIT-1, frame 7) A
 * FIN ..." */
void text_line_anomaly(struct text_lines *lines, const struct anomaly_report *report);

/* "22:13:20.060 10.0.0.1:40000 > 10.0.0.2:80 client ESTABLISHED > FIN-WAIT-1: sends FIN (observed)"
 */
void text_line_transition(struct text_lines *lines, const struct transition_report *report);

/* The colour of a severity. */
enum text_style text_severity_style(enum severity severity);

#endif
