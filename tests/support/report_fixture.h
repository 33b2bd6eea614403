/*
 * Reports made by hand, as the analyzer would deliver them.
 */
#ifndef TCPBYE_TESTS_REPORT_FIXTURE_H
#define TCPBYE_TESTS_REPORT_FIXTURE_H

#include "core/report.h"
#include "sink/sink.h"

/* 2023-11-14T22:13:20Z. */
#define FIXTURE_START_NS INT64_C(1700000000000000000)

/* 10.0.0.1:40000 > 10.0.0.2:80, by the frame `number` of source 0. */
void fixture_envelope(struct report_envelope *envelope, int64_t ts_ns, uint64_t number);

/* The close in four segments that the specification of the records shows. */
void fixture_four_way(struct flow_report *report);

/* IPv6, VLAN tags, Multipath TCP; a reset after a FIN; every optional field and every list in use,
 * lists full. */
void fixture_everything(struct flow_report *report);

/* A connection of which as little is known as can be. */
void fixture_minimal(struct flow_report *report);

/* An anomaly with every kind of evidence. */
void fixture_anomaly(struct anomaly_report *report, enum anomaly_id id);

void fixture_transition(struct transition_report *report);

/* The client's `client_port` is taken for a connection to 10.0.0.2:80. */
void fixture_port(struct port_report *report, uint16_t client_port, int64_t ts_ns);

/* A TIME-WAIT of the client's `client_port` towards 10.0.0.2:80 that begins or ends. */
void fixture_time_wait(struct time_wait_report *report, uint16_t client_port, int64_t ts_ns);

/* A run over one file; its `tally` is NULL. */
void fixture_stats(struct stats_report *stats, const struct tally_view *tally);
void fixture_run(struct run_report *run);

#endif
