/*
 * What is out of the ordinary about a service or a host as a whole, where no single connection
 * shows it: told at once, under the connection that crossed the threshold, and kept for the
 * summary.
 */
#ifndef TCPBYE_SINK_ALARMS_H
#define TCPBYE_SINK_ALARMS_H

#include "core/archive.h"
#include "core/report.h"
#include "sink/tally.h"

struct alarms {
	void (*tell)(void *context, const struct anomaly_report *report); /* may be NULL */
	void *context;
	struct tally_view *counts; /* whose counters of anomalies grow */
	uint64_t count;
	enum severity worst; /* SEVERITY_NULL: none was raised in this run */
	struct anomaly_report first[TALLY_TOP];
};

/* What was found; `side` shows it. */
struct alarm {
	enum anomaly_id id;
	enum severity severity;
	enum who side;
	uint64_t count;
	struct report_evidence observed;
};

void alarms_raise(struct alarms *alarms, const struct report_envelope *where,
		  const struct alarm *what);

/* Fills in the view's alarm and alarm_count. */
void alarms_view(const struct alarms *alarms, struct tally_view *view);

/* What was raised before, in an archive; the worst stays this run's own. */
void alarms_archive(struct archive *archive, struct alarms *alarms);

#endif
