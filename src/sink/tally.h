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

#include "core/archive.h"
#include "core/report.h"
#include "sink/series.h"

struct findings; /* sink/findings.h */
struct hash_key; /* core/tuple.h */
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
	uint64_t rate_per_s; /* connections begun a second, over 10 seconds */
	uint64_t in_use;     /* ports, then */
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
	struct series timeline; /* of what was held */
	bool has_ports_seen;    /* false where there were too many to count */
	uint64_t ports_seen;    /* distinct client ports */
	uint64_t in_use_peak; /* most of them in use at once, by live connections and TIME-WAITs */
	int64_t in_use_peak_at_ns;
	bool has_capacity; /* only what the client holds uses up its ports */
	uint64_t capacity;
	struct tally_forecast forecast;
};

struct tally_host {
	uint8_t ip_version;
	uint8_t addr[16];
	uint64_t closes_begun; /* as the active closer */
	uint64_t time_waits_held;
	uint64_t resets_sent;
	uint64_t resets_instead;   /* of these, aborts where a FIN was due */
	uint64_t close_waits;      /* stays in CLOSE-WAIT */
	uint64_t close_waits_open; /* those that its record does not see end */
	int64_t close_wait_max_ns; /* the longest; an open one counts to the last packet */
	int64_t time_wait_min_ns;  /* its TIME-WAIT lasts at least so long: the best proof */
	bool has_time_wait_max;
	int64_t time_wait_max_ns;            /* and at most so long */
	unsigned profile_count;              /* with any proof */
	enum profile profile[PROFILE_COUNT]; /* whose TIME-WAIT is of that length */
};

/* A server's address and port. */
struct tally_service {
	uint8_t ip_version;
	uint8_t addr[16];
	uint16_t port;
	uint64_t connections;
	uint64_t client_first, server_first, both_first; /* who closed first */
	uint64_t resets;                                 /* connections with an accepted RST */
	uint64_t time_waits[2];  /* held by [REPORT_CLIENT], by [REPORT_SERVER] */
	uint64_t asked_to_close; /* connections in which the service was in CLOSE-WAIT */
	uint64_t stuck;          /* those of them in which it stayed there too long */
	uint64_t still_stuck;    /* those of these whose end was not seen */
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
	struct series time_waits_timeline;
	uint64_t port_capacity; /* that forecasts assume */
	unsigned occupancy_count;
	struct tally_occupancy occupancy[TALLY_TOP]; /* by peak */
	uint64_t occupancy_left_out;                 /* TIME-WAITs */
	unsigned host_count;
	struct tally_host host[TALLY_TOP]; /* by closes_begun + time_waits_held + resets_sent */
	uint64_t hosts_left_out;           /* times that a host could not be counted */
	unsigned service_count;
	struct tally_service service[TALLY_TOP]; /* by stuck, then by connections */
	uint64_t services_left_out;              /* connections */
	unsigned alarm_count;
	struct anomaly_report alarm[TALLY_TOP]; /* the first ones about services and hosts */
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

/* Makes it depend on a secret, before anything is counted, which connections fall together in the
 * tables: nobody can choose addresses and ports that slow it down. The numbers do not change. */
void tally_guard(struct tally *tally, const struct hash_key *secret);

/* Where anomalies of services and hosts as a whole are told at once, besides being counted. */
void tally_tell(struct tally *tally,
		void (*tell)(void *context, const struct anomaly_report *report), void *context);

/* Has the processor fetch, in two rounds, what will be needed to count something of this
 * connection; changes nothing. */
void tally_expect(const struct tally *tally, const struct tuple *tuple, enum prefetch_round round);

/* Of what has been counted on the other side of a NAT, only the gravest anomaly is taken note of.
 */
void tally_flow(struct tally *tally, const struct flow_report *report);
void tally_time_wait(struct tally *tally, const struct time_wait_report *report);
void tally_port(struct tally *tally, const struct port_report *report);

/* What is known of connections seen on both sides of a NAT: tally_flow() comes before a lookup. */
const struct twins *tally_twins(const struct tally *tally);

void tally_view(const struct tally *tally, struct tally_view *view);

/* The plain counters of the view alone, which cost nothing to look at; what is worked out, as
 * `close`, the occupancy and the hosts are, is not there. */
const struct tally_view *tally_counters(const struct tally *tally);

/* The most TIME-WAITs held at once so far. */
uint64_t tally_time_waits_peak(const struct tally *tally);

/* What was found odd; stays the tally's. */
const struct findings *tally_findings(const struct tally *tally);

/* The gravest severity that any anomaly had, of a flow record or a service; SEVERITY_NULL when
 * there was none. */
enum severity tally_worst_severity(const struct tally *tally);

/*
 * Everything counted so far in an archive. While reading, nothing must have been counted yet; the
 * gravest severity stays that of this run alone.
 */
void tally_archive(struct archive *archive, struct tally *tally);

#endif
