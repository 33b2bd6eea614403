/*
 * What was found odd across all connections: each anomaly with how often, where, since when, and
 * one connection that shows it; why connections were reset; which closes took longest.
 *
 * Fed with flow reports in their order. Places are counted in a table of at most TALLY_KEYS_MAX
 * entries; what would be one more is counted in no place, but in all sums.
 */
#ifndef TCPBYE_SINK_FINDINGS_H
#define TCPBYE_SINK_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/archive.h"
#include "core/report.h"
#include "core/tuple.h"

struct findings;

enum { FINDING_PLACES = 3, FINDING_FRAMES = 4, FINDINGS_SLOWEST = 5 };

/* A server's address and port. */
struct finding_place {
	uint8_t ip_version;
	uint8_t addr[16];
	uint16_t port;
	uint64_t connections;
};

struct finding {
	enum anomaly_id id;
	enum severity severity; /* the gravest that any connection had */
	uint64_t connections;
	uint64_t doubtful; /* of these, where the capture may be at fault */
	int64_t first_ns, last_ns;
	uint64_t flow_id; /* the gravest connection's, the first of several; its frames */
	unsigned frame_count;
	uint64_t frame[FINDING_FRAMES];
	unsigned place_count;
	struct finding_place place[FINDING_PLACES]; /* by connections */
};

/* What explains most connections that were reset: by cause, and where that happened most. */
struct finding_cause {
	uint64_t resets;                    /* connections that a RST ended */
	uint64_t by_cause[CAUSE_COUNT + 1]; /* [CAUSE_NULL]: nothing explains them */
	enum cause commonest;               /* CAUSE_NULL: none explains any */
	struct finding_place place;         /* of the commonest one; no connections: not known */
};

/* A close that took long: the network's share, and the application's. */
struct finding_slow {
	struct report_envelope envelope;
	enum orientation orientation;
	int64_t close_ns;
	bool has_application;
	int64_t application_ns; /* wave 2 to wave 3 */
};

/* NULL if memory is short. */
struct findings *findings_create(void);
void findings_guard(struct findings *findings, const struct hash_key *secret);
void findings_destroy(struct findings *findings);
void findings_take(struct findings *findings, const struct flow_report *report);

/* The anomalies that were found, gravest first, of these the most frequent; returns how many. */
unsigned findings_list(const struct findings *findings, struct finding list[ANOMALY_COUNT]);

void findings_causes(const struct findings *findings, struct finding_cause *causes);

/* The slowest closes, slowest first; returns how many. */
unsigned findings_slowest(const struct findings *findings,
			  struct finding_slow list[FINDINGS_SLOWEST]);

/* While reading, nothing must have been taken yet. */
void findings_archive(struct archive *archive, struct findings *findings);

#endif
