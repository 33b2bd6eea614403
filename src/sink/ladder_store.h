/*
 * Connections that are to be drawn: each one's report, kept until its segments have come in the
 * second reading.
 */
#ifndef TCPBYE_SINK_LADDER_STORE_H
#define TCPBYE_SINK_LADDER_STORE_H

#include "sink/ladder_rows.h"

struct ladder {
	struct flow_report report;
	struct ladder_rows rows;
};

/* Begins all zero; `ladder` holds `count`, in the order of their reports. */
struct ladder_store {
	struct ladder **ladder;
	unsigned count, room;
};

void ladder_store_release(struct ladder_store *store);

/* Takes a copy of the report. False with errno set if memory is short. */
bool ladder_store_add(struct ladder_store *store, const struct flow_report *report);

/* True of the report that was added last. */
bool ladder_store_is_last(const struct ladder_store *store, const struct flow_report *report);

/* Gives a connection its next segment, in the order of capture. False if memory is short. */
bool ladder_store_take(struct ladder_store *store, uint64_t flow_id, const struct segment *segment);

#endif
