/*
 * The connections that the page draws: the first of all, and the first of each kind of end and of
 * each anomaly, so that whatever the page tells of has an example to look at. Their number is
 * bounded by that of the kinds.
 */
#ifndef TCPBYE_SINK_HTML_LADDERS_H
#define TCPBYE_SINK_HTML_LADDERS_H

#include <stdio.h>

#include "sink/json_writer.h"
#include "sink/ladder_store.h"
#include "sink/sink.h"

enum {
	HTML_LADDERS_FIRST = 50, /* of all connections */
	HTML_LADDERS_ALIKE = 8,  /* of each kind of end, and of each anomaly */
};

/* Begins all zero. */
struct html_ladders {
	struct ladder_store store;
	unsigned of_end[TEARDOWN_COUNT];
	struct html_shown {
		unsigned count;
		enum severity gravest; /* while the count is not 0 */
	} of_anomaly[ANOMALY_COUNT];
	struct writer writer;
};

void html_ladders_release(struct html_ladders *ladders);

/* True if the connection is one to draw: then it must be added to the store. */
bool html_ladders_want(struct html_ladders *ladders, const struct flow_report *report);

/* Writes the ladders as an object, each under its flow_id. False with errno set. */
bool html_ladders_put(struct html_ladders *ladders, const struct sink_config *config, FILE *file);

#endif
