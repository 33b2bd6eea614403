/*
 * What the page's charts are drawn from, beyond what every summary counts: closes and resets over
 * time, where the time of closes went, and how soon addresses and ports were used again.
 */
#ifndef TCPBYE_SINK_HTML_CHARTS_H
#define TCPBYE_SINK_HTML_CHARTS_H

#include "sink/json_writer.h"
#include "sink/rates.h"
#include "sink/reuse_times.h"

struct html_charts {
	struct rates closes;         /* by enum teardown */
	struct rates resets;         /* by enum reset_form */
	struct histogram network_ns; /* of closes seen through: all but the application's time */
	struct histogram application_ns; /* from the first FIN's arrival to the other one */
	struct reuse_times reuse;
	int64_t time_wait_ns; /* how long TIME-WAITs were due to last; 0: there was none */
};

void html_charts_init(struct html_charts *charts);
void html_charts_release(struct html_charts *charts);
void html_charts_take(struct html_charts *charts, const struct flow_report *report);

/* Writes the object that the page's script expects under `key`. */
void html_charts_put(const struct html_charts *charts, struct writer *writer, const char *key);

#endif
