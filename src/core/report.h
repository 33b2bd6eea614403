/*
 * What leaves the core: one connection's verdict, and what is told about it while it lives.
 *
 * Index 0 of every pair is the client (src), 1 the server (dest); where that is unknown, 0 is the
 * lower (address, port). All structures are lent for the length of the callback. Times are
 * nanoseconds since 1970 UTC, durations nanoseconds. An enumeration's value E_NULL, and a `has_`
 * that is false, stand for null in a record.
 */
#ifndef TCPBYE_CORE_REPORT_H
#define TCPBYE_CORE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/anomaly.h"
#include "core/prefetch.h"
#include "core/tuple.h"
#include "core/words.h"

enum {
	REPORT_CLIENT = 0,
	REPORT_SERVER = 1,
	REPORT_PATH_MAX = 32,
	REPORT_HISTORY_MAX = 64,
	REPORT_ANOMALIES_MAX = 64,
	REPORT_EXPLANATIONS_MAX = 8,
	REPORT_TIMERS_MAX = 6,
	REPORT_FRAMES_MAX = 8,
	REPORT_CONTEXTS_MAX = 8,
};

/* The innermost tunnel that the packets came out of. */
struct report_tunnel {
	bool present;
	bool has_id;
	enum tunnel type;
	uint32_t id; /* VXLAN's network, GRE's key */
};

/* VLANs and a tunnel around packets. */
struct report_context {
	uint8_t vlan_count;
	uint16_t vlan[TUPLE_VLANS_MAX];
	struct report_tunnel tunnel;
};

/* By what a connection is known again on the other side of a NAT. */
struct report_birth {
	bool seen;       /* both initial sequence numbers are known, and when the SYN-ACK passed */
	uint8_t ttl[2];  /* of each side's latest ordinary segments */
	uint32_t iss[2]; /* [REPORT_CLIENT] */
	int64_t ts_ns;   /* of the SYN-ACK */
};

/* What every record about a connection begins with. */
struct report_envelope {
	int64_t ts_ns;    /* flow: its last packet; anomaly, state: the decision */
	uint64_t flow_id; /* 1 to 2^53-1 */
	uint64_t number;  /* the frame's number in its source; 0: none */
	uint16_t source;  /* which source that frame came from */
	uint8_t ip_version;
	uint8_t vlan_count;
	uint16_t vlan[TUPLE_VLANS_MAX];
	struct report_tunnel tunnel;
	uint8_t addr[2][16]; /* [REPORT_CLIENT] is src */
	uint16_t port[2];
	bool multipath; /* Multipath TCP options were seen */
	struct report_birth birth;
	enum orientation orientation;
};

struct report_step {
	int64_t ts_ns;
	uint64_t number; /* 0: no frame (a timer) */
	enum state state;
	enum certainty certainty;
	bool refuted;
};

struct report_endpoint {
	enum state state;        /* most likely; STATE_NULL where nothing is known */
	enum state state_proven; /* what its own segments prove */
	bool has_iss, has_fin_seq;
	uint32_t iss;
	uint32_t fin_seq; /* sequence number of the FIN octet */
	unsigned path_count;
	struct report_step path[REPORT_PATH_MAX];
};

struct report_wave {
	enum wave_role role;
	enum who side; /* WHO_NULL where unknown */
	enum wave_status status;
	enum wave_why why; /* with WAVE_STATUS_BAD, else WAVE_WHY_NULL */
	bool has_segment;  /* ts_ns to payload_bytes are set */
	bool has_expected_seq, has_expected_ack;
	bool piggybacked; /* wave 2 travelled in wave 3's segment */
	int64_t ts_ns;
	uint64_t number;
	uint8_t flags;
	uint32_t seq, ack, payload_bytes;
	uint32_t expected_seq, expected_ack;
	uint64_t retransmits;
};

struct report_half_close {
	bool present;
	enum who side; /* the one still sending */
	int64_t duration_ns;
	uint64_t bytes;
};

struct report_reset {
	bool present;
	enum who by;
	int64_t ts_ns;
	uint64_t number;
	enum reset_form form;
	enum reset_class class;
	enum reset_accepted accepted;
	enum multipath_reset multipath; /* MULTIPATH_RESET_NULL where nothing is said */
	uint8_t multipath_reason;       /* with MULTIPATH_RESET_TCPRST */
	uint64_t trigger_number;        /* 0: none seen */
	uint64_t bytes_lost[2];         /* [REPORT_CLIENT]: to the server; upper bounds */
};

struct report_explanation {
	enum cause cause;
	enum weight weight;
	unsigned frame_count;
	uint64_t frame[REPORT_FRAMES_MAX];
	bool has_idle;
	int64_t idle_ns; /* the silence that it rests on */
	unsigned timer_count;
	uint8_t timer[REPORT_TIMERS_MAX]; /* rows of core/idle_gaps.def of that length */
};

struct report_time_wait {
	enum who side;
	enum tw_via via;
	int64_t start_ns;
	bool has_lead;
	int64_t lead_ns; /* so much earlier it began at its holder, by half the way there and back
			  */
	int64_t nominal_ns;
	enum profile profile;
	uint64_t restarts;
	bool has_end; /* end_ns and duration_ns are set; not where the capture ended first */
	int64_t end_ns;
	int64_t duration_ns;
	int64_t evidence_min_ns;
	bool has_evidence_max;
	int64_t evidence_max_ns;
	enum tw_end ended_by;
};

/* Where the tap is, and how far the endpoints are from it. */
struct report_vantage {
	bool present; /* somebody can tell */
	bool has_legs;
	enum vantage place;
	int64_t leg_ns[2]; /* shortest time from the tap to that side and back */
};

struct report_quality {
	bool capture_loss;
	bool one_direction;
	uint64_t reordered_at_tap;
	uint64_t frame_duplicates;
	uint64_t truncated_headers;
	uint64_t fragments;
	bool path_truncated;
	bool anomalies_truncated;
	enum doubt capture_doubt;
};

/* Numbers that an anomaly expected or saw; each stands only where its EVIDENCE_* bit is set. */
enum {
	EVIDENCE_SEQ = 0x01,
	EVIDENCE_ACK = 0x02,
	EVIDENCE_BYTES = 0x04,
	EVIDENCE_DURATION = 0x08,
	EVIDENCE_TTL = 0x10,
	EVIDENCE_FLAGS = 0x20,
	EVIDENCE_TSVAL = 0x40,
};

struct report_evidence {
	uint8_t has; /* EVIDENCE_* */
	uint8_t ttl;
	uint8_t flags;
	uint32_t seq, ack, tsval;
	uint64_t bytes;
	int64_t duration_ns;
};

struct report_anomaly {
	enum anomaly_id id;
	enum severity severity;
	enum who side; /* WHO_NULL where neither side is to blame */
	enum doubt doubt;
	int64_t ts_ns;   /* of the packet that shows it */
	uint64_t number; /* that packet's; 0: none */
	uint64_t count;
	unsigned frame_count;
	uint64_t frame[REPORT_FRAMES_MAX]; /* of all packets: the first four and the last four */
	struct report_evidence expected, observed;
};

struct report_latency {
	bool has_peer_ack, has_application, has_last_ack;
	int64_t peer_ack_ns;    /* wave 1 to wave 2 */
	int64_t application_ns; /* wave 2 to wave 3 */
	int64_t last_ack_ns;    /* wave 3 to wave 4 */
};

/* The verdict on one connection. Of steps, explanations, TIME-WAITs, contexts and anomalies only
 * those that it counts are set; the other anomalies need not be there at all: see
 * flow_report_bytes(). */
struct flow_report {
	struct report_envelope envelope;

	int64_t start_ns, end_ns; /* first and last packet */
	uint64_t first_number;
	uint64_t packets[2]; /* [REPORT_CLIENT]: sent by the client, to the server */
	uint64_t frame_bytes[2];
	uint64_t payload_bytes[2];
	uint64_t retransmissions[2];
	uint8_t tcp_flags[2];
	enum flow_state flow_state;
	enum reason reason;
	enum origin origin;
	enum orientation orientation;

	enum conn_state {
		CONN_S0,
		CONN_S1,
		CONN_SF,
		CONN_REJ,
		CONN_S2,
		CONN_S3,
		CONN_RSTO,
		CONN_RSTR,
		CONN_RSTOS0,
		CONN_RSTRH,
		CONN_SH,
		CONN_SHR,
		CONN_OTH,
		CONN_COUNT
	} conn_state;                     /* by Zeek's definitions */
	char history[REPORT_HISTORY_MAX]; /* Zeek's letters, NUL-terminated */
	unsigned completeness;            /* Wireshark's tcp.completeness */

	struct report_endpoint endpoint[2];

	enum teardown teardown;
	enum who closer;          /* WHO_NULL where nobody closed */
	enum closer_by closer_by; /* CLOSER_BY_NULL where nobody closed */
	bool complete;
	bool has_teardown_start, has_teardown_end;
	int64_t teardown_start_ns, teardown_end_ns;
	unsigned wave_count; /* 0 or 4 */
	struct report_wave wave[4];
	struct report_half_close half_close;
	struct report_latency latency;
	struct report_reset reset;
	unsigned explanation_count;
	struct report_explanation explanation[REPORT_EXPLANATIONS_MAX];

	unsigned time_wait_count; /* 0 to 2 */
	struct report_time_wait time_wait[2];
	struct report_quality quality;
	struct report_vantage vantage;
	unsigned context_count; /* further contexts that it was met in */
	struct report_context context[REPORT_CONTEXTS_MAX];
	unsigned anomaly_count;
	struct report_anomaly anomaly[REPORT_ANOMALIES_MAX]; /* last: most of it is seldom used */
};

/* How much of a report there is to copy. */
static inline size_t flow_report_bytes(const struct flow_report *report)
{
	return offsetof(struct flow_report, anomaly) +
	       report->anomaly_count * sizeof(report->anomaly[0]);
}

/* An anomaly, told when it is decided. */
struct anomaly_report {
	struct report_envelope envelope;
	struct report_anomaly anomaly;
	enum state state; /* of the side concerned; STATE_NULL without one */
};

/* One endpoint's step, told when it is decided. */
struct transition_report {
	struct report_envelope envelope;
	enum who side;
	enum state from, to;
	enum certainty certainty;
	const char *cause; /* a short phrase: "sends FIN", "2MSL timeout" */
};

/* A TIME-WAIT began or ended: what occupancy is counted from, in the order of the decisions. */
struct time_wait_report {
	struct report_envelope envelope; /* ts_ns: when it began or ended */
	enum who holder;
	bool begins;
};

/* A client's port was taken for a connection to one service, or is free again. */
struct port_report {
	struct report_envelope envelope; /* ts_ns: the decision */
	bool taken;
	bool opened; /* the connection's opening was seen */
};

/* Where the core delivers. A callback may be NULL. They must not call the analyzer. */
struct report_sink {
	void *context;
	void (*flow)(void *context, const struct flow_report *report);
	void (*anomaly)(void *context, const struct anomaly_report *report);
	void (*transition)(void *context, const struct transition_report *report);
	void (*time_wait)(void *context, const struct time_wait_report *report);
	void (*port)(void *context, const struct port_report *report);

	/* Something will be told before long of the connection with this tuple: what that needs can
	 * be fetched by then, in two rounds. Nothing that is told depends on it. */
	void (*expect)(void *context, const struct tuple *tuple, enum prefetch_round round);
};

/* Zeek's word for a conn_state: "SF". */
const char *conn_state_word(unsigned value);

#endif
