/*
 * What partitions told while nobody could listen: reports copied, each with its place in the run,
 * to be delivered later by another thread.
 *
 * Of a flow's report no more is copied than it has anomalies.
 */
#ifndef TCPBYE_PIPELINE_JOURNAL_H
#define TCPBYE_PIPELINE_JOURNAL_H

#include <stddef.h>

#include "core/report.h"
#include "pipeline/order.h"

struct journal {
	unsigned char *bytes;
	size_t used_bytes, room_bytes;
	bool failed; /* no memory: what was told since is lost */
};

/* One report in a journal; its own structure follows. */
struct entry;

void journal_release(struct journal *journal);

/* Empties it; what it held may be overwritten. */
void journal_clear(struct journal *journal);

void journal_flow(struct journal *journal, const struct order *order,
		  const struct flow_report *report);
void journal_anomaly(struct journal *journal, const struct order *order,
		     const struct anomaly_report *report);
void journal_transition(struct journal *journal, const struct order *order,
			const struct transition_report *report);
void journal_time_wait(struct journal *journal, const struct order *order,
		       const struct time_wait_report *report);
void journal_port(struct journal *journal, const struct order *order,
		  const struct port_report *report);

/* The entry at an offset, of which the first is 0; NULL behind the last one. */
const struct entry *journal_at(const struct journal *journal, size_t offset_bytes);

const struct order *entry_order(const struct entry *entry);
/* From an entry's offset to that of the next. */
size_t entry_bytes(const struct entry *entry);

/* Tells it again. */
void entry_deliver(const struct entry *entry, const struct report_sink *sink);

#endif
