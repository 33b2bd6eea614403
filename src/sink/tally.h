/*
 * What a run's summary counts across connections: ends by kind, TIME-WAITs by holder, hosts,
 * anomalies.
 *
 * Fed by the analyzer's callbacks in their order, so that the same capture gives the same numbers.
 * Its tables hold at most TALLY_KEYS_MAX keys each: what would be one more, or finds no memory, is
 * left out and counted as such.
 */
#ifndef TCPBYE_SINK_TALLY_H
#define TCPBYE_SINK_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/report.h"

struct findings; /* sink/findings.h */
struct tally;
struct twins; /* sink/twins.h */

enum { TALLY_TOP = 10, TALLY_KEYS_MAX = 65536 };

/* Close durations; all but `count` are nanoseconds and mean nothing while it is 0. */
struct tally_durations {
	uint64_t count;
	uint64_t min_ns, p50_ns, p90_ns, p99_ns,
		max_ns; /* percentiles within 1 %, the ends exact */
};

/* When the client's ports run out, judged when that looked nearest (at `at_ns`). */
struct tally_forecast {
	bool present;
	uint64_t seconds_to_capacity;
	uint64_t rate_per_s; /* TIME-WAITs begun a second, over 10 seconds */
	int64_t at_ns;
};

/* TIME-WAITs that one side held at once between a client address and one service. */
struct tally_occupancy {
	uint8_t ip_version;
	uint8_t addr[2][16]; /* [REPORT_CLIENT], [REPORT_SERVER] */
	uint16_t server_port;
	enum who holder;
	uint64_t peak;
	int64_t peak_at_ns;
	bool has_ports_seen; /* false where there were too many to count */
	uint64_t ports_seen; /* distinct client ports */
	bool has_capacity;   /* only what the client holds uses up its ports */
	uint64_t capacity;
	struct tally_forecast forecast;
};

struct tally_host {
	uint8_t ip_version;
	uint8_t addr[16];
	uint64_t closes_begun; /* as the active closer */
	uint64_t time_waits_held;
	uint64_t resets_sent;
	uint64_t close_waits;      /* stays in CLOSE-WAIT */
	uint64_t close_waits_open; /* those that its record does not see end */
	int64_t close_wait_max_ns; /* the longest; an open one counts to the last packet */
	int64_t time_wait_min_ns;  /* its TIME-WAIT lasts at least so long: the best proof */
	bool has_time_wait_max;
	int64_t time_wait_max_ns; /* and at most so long */
};

/* Everything counted so far. `[WHO_NULL]` counts where nobody can be named. */
struct tally_view {
	uint64_t flows;
	uint64_t nat_twins; /* left out of all that follows but TIME-WAITs by service */
	uint64_t by_teardown[TEARDOWN_COUNT];
	uint64_t by_reason[REASON_COUNT];
	uint64_t closed_by[WHO_COUNT + 1];
	uint64_t resets; /* connections with a RST */
	uint64_t resets_by_form[RESET_FORM_COUNT];
	uint64_t reset_by[WHO_COUNT + 1];
	struct tally_durations close;
	uint64_t time_waits; /* without those proven absent */
	uint64_t time_waits_by_side[2];
	uint64_t time_waits_peak;
	int64_t time_waits_peak_at_ns; /* while the peak is not 0 */
	unsigned occupancy_count;
	struct tally_occupancy occupancy[TALLY_TOP]; /* by peak */
	uint64_t occupancy_left_out;                 /* TIME-WAITs */
	unsigned host_count;
	struct tally_host host[TALLY_TOP]; /* by closes_begun + time_waits_held + resets_sent */
	uint64_t hosts_left_out;           /* times that a host could not be counted */
	uint64_t anomalies;
	uint64_t by_anomaly[ANOMALY_COUNT];
	uint64_t by_severity[SEVERITY_COUNT];
};

/* NULL when there is no memory. */
struct tally *tally_create(void);
void tally_destroy(struct tally *tally);

/* What forecasts rest on: 60 s of TIME-WAIT and Linux's 28,232 ports, unless this says otherwise.
 */
void tally_assume(struct tally *tally, int64_t time_wait_ns, unsigned port_capacity);

/* Of what has been counted on the other side of a NAT, only the gravest anomaly is taken note of.
 */
void tally_flow(struct tally *tally, const struct flow_report *report);
void tally_time_wait(struct tally *tally, const struct time_wait_report *report);

/* What is known of connections seen on both sides of a NAT: tally_flow() comes before a lookup. */
const struct twins *tally_twins(const struct tally *tally);

void tally_view(const struct tally *tally, struct tally_view *view);

/* The plain counters of the view alone, which cost nothing to look at; what is worked out, as
 * `close`, the occupancy and the hosts are, is not there. */
const struct tally_view *tally_counters(const struct tally *tally);

/* What was found odd; stays the tally's. */
const struct findings *tally_findings(const struct tally *tally);

/* The gravest severity that any flow record's anomaly had; SEVERITY_NULL when there was none. */
enum severity tally_worst_severity(const struct tally *tally);

#endif
