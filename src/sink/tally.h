/*
 * What the summary counts across connections: closes by type, TIME-WAITs by holder, hosts, anomalies.
 *
 * Fed by the analyzer's callbacks in their order. Its tables are bounded; where one is full, further keys are not
 * begun, and the count of what was left out is reported.
 */
#ifndef TCPBYE_SINK_TALLY_H
#define TCPBYE_SINK_TALLY_H

#include <jansson.h>

#include "core/report.h"

struct tally;

/* NULL when there is no memory. */
struct tally *tally_create(void);
void tally_destroy(struct tally *tally);
void tally_flow(struct tally *tally, const struct flow_report *report);
void tally_time_wait(struct tally *tally, const struct time_wait_report *report);

/* The gravest severity that any flow record's anomaly had; SEVERITY_NULL when there was none. */
enum severity tally_worst_severity(const struct tally *tally);

#endif
