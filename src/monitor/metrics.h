/*
 * The counters of a live run in Prometheus' text format.
 *
 * Labels are words out of fixed lists: no addresses, ports or names, of which there may be any
 * number.
 */
#ifndef TCPBYE_METRICS_H
#define TCPBYE_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sink/sink.h"

struct metrics;

/* What is not counted here but elsewhere. */
struct metrics_state {
	const char *version;
	const struct stats_report *stats;
	uint64_t queue_bytes, queue_room_bytes; /* of records that wait to be written */
};

/* NULL when there is no memory. */
struct metrics *metrics_create(void);
void metrics_destroy(struct metrics *metrics);

/* Counts one connection. */
void metrics_flow(struct metrics *metrics, const struct flow_report *report);

/* False with errno set when it cannot be written. */
bool metrics_write(const struct metrics *metrics, const struct metrics_state *state, FILE *file);

/* Replaces the file as a whole with what `write` writes; false with errno set when that fails, and
 * then the old one stays. */
bool metrics_write_file(const char *path, bool (*write)(void *context, FILE *file), void *context);

#endif
