/*
 * One incarnation of a connection: two endpoints, and what they did to each other.
 *
 * Endpoints are indexed as in the tuple (0 is the lower address and port); who is the client is a
 * fact about the flow, and applied only when a report is made. The notation follows the field:
 * `max` is the highest sequence number seen from an endpoint, `una` the highest one that its peer
 * acknowledged, `edge` how far the peer lets it send.
 */
#ifndef TCPBYE_CORE_FLOW_H
#define TCPBYE_CORE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fsm.h"
#include "core/report.h"
#include "core/segment.h"

enum { FLOW_STEPS = 12, STEPS_PER_BLOCK = 8, FLOW_HISTORY_MAX = 60, FLOW_SERVER_UNKNOWN = 2 };

/* A segment remembered. number 0: none. */
struct trace {
	int64_t ts_ns;
	uint64_t number;
	uint32_t seq, ack, payload_bytes;
	uint16_t ip_id;
	uint8_t flags, ttl;
};

/* True if `a` passed the tap after `b`; what is none passed before all. Frames are counted anew in
 * each source, so that their numbers tell an order only where the times do not. */
static inline bool trace_is_later(const struct trace *a, const struct trace *b)
{
	if (a->number == 0 || b->number == 0 || a->ts_ns == b->ts_ns)
		return a->number > b->number;
	return a->ts_ns > b->ts_ns;
}

static inline bool trace_is_same(const struct trace *a, const struct trace *b)
{
	return a->number == b->number && a->ts_ns == b->ts_ns;
}

/* True if it is this segment that is remembered. */
static inline bool trace_is_of(const struct trace *trace, const struct segment *segment)
{
	return trace->number == segment->number && trace->ts_ns == segment->ts_ns;
}

/* One endpoint's FIN and the acknowledgement of it: a pair of waves. */
struct fin_evidence {
	struct trace fin;      /* its first transmission */
	struct trace last_fin; /* the latest one */
	struct trace ack;      /* the first acknowledgement */
	uint32_t fin_expected_seq;
	uint32_t ack_expected_seq;
	uint32_t fin_repeats, ack_repeats;
	int64_t idle_ns;          /* how long no payload had flowed when it was sent */
	uint32_t last_fin_tsval;  /* with last_fin_stamped */
	uint8_t fin_why, ack_why; /* enum wave_why; WAVE_WHY_NULL: nothing wrong */
	bool last_fin_stamped : 1;
	bool doubtful : 1; /* the FIN acknowledges what the capture does not hold */
	bool ack_gap : 1;  /* acknowledged, by all that followed, but not in the capture */
};

struct time_wait {
	bool held;        /* began, and was not taken back */
	bool active;      /* has not ended yet */
	uint8_t via;      /* enum tw_via */
	uint8_t ended_by; /* enum tw_end */
	uint32_t restarts;
	int64_t start_ns;
	int64_t restart_ns; /* where the present interval counts from */
	int64_t end_ns;
	int64_t alive_ns;   /* latest answer that proves it */
	int64_t absent_ns;  /* earliest proof that it is not there; 0: none */
	struct trace asked; /* a repeated FIN that has not been answered yet */
};

/* What an acknowledgement says of bytes that the capture does not hold. */
struct unseen {
	struct trace by; /* the segment that acknowledges them; number 0: nothing is unseen */
	uint32_t from;   /* first byte not seen */
	uint32_t until;  /* what was acknowledged */
};

/* What is alike in two copies of one frame; in the order of struct segment, as far as it goes. */
struct frame_print {
	int64_t ts_ns;
	uint32_t seq, ack, payload_bytes;
	uint16_t ip_id;
	uint8_t flags;
	uint8_t unused; /* always 0, so that records can be compared byte by byte */
	uint32_t tsval;
	uint16_t window;
	bool stamped, kept;
};

enum { FRAMES_KEPT = 4 };

struct endpoint {
	/* Sequence space. */
	uint32_t iss, max, una, edge, contiguous;
	uint32_t island_begin, island_end; /* a block beyond a hole */
	uint32_t fin_seq;
	uint32_t last_ack;     /* highest acknowledgement that it sent */
	uint32_t confirm_end;  /* acknowledging this confirms the presumed step */
	uint32_t announced;    /* where the window ended that was announced last */
	uint32_t tsval;        /* newest time stamp that it sent */
	uint32_t echoed;       /* newest one of its peer's that it returned: it takes none older */
	uint32_t covering_seq; /* number of its first segment that acknowledged the peer's FIN */

	bool sent : 1; /* at least one segment of it was seen */
	bool has_iss : 1, has_max : 1, has_edge : 1, has_island : 1;
	bool has_last_ack : 1, ack_advanced : 1, has_tsval : 1, has_echoed : 1;
	bool has_fin : 1; /* closed: by a FIN that was seen or inferred */
	bool fin_inferred : 1;
	bool fin_in_order : 1;
	bool fin_acked : 1;       /* acknowledged, as seen at the tap or inferred */
	bool fin_rejected : 1;    /* a FIN was seen that no receiver takes */
	bool fin_waiting : 1;     /* a FIN acknowledges what was not seen: to be decided */
	bool fin_unanswered : 1;  /* repeated since the last acknowledgement */
	bool got_fin : 1;         /* has received the peer's FIN, by its own word */
	bool passive : 1;         /* had the peer's FIN when it sent its own */
	bool covered_again : 1;   /* its first acknowledgement of the peer's FIN that was seen was
				     not the first that it sent */
	bool counts_packets : 1;  /* its IPv4 packets bear numbers other than 0 */
	bool spoke_since_fin : 1; /* sent something that does not cover the peer's FIN since that
				     passed */
	bool presumed : 1;        /* its last step is a receipt that nothing proves yet */
	bool has_confirm_end : 1;
	bool ack_waiting : 1; /* an ACK of its FIN passed while the peer's FIN was on its way to it
			       */
	bool scale_unknown : 1;               /* its SYN's options could not be read */
	bool tls_old : 1;                     /* it speaks TLS 1.2 or before */
	bool death_told : 1, probes_told : 1; /* nobody answered it, and that was told */
	bool sent_reset : 1, zero_window : 1, fast_open : 1;

	uint8_t state, proven; /* enum state */
	uint8_t window_scale;  /* SEGMENT_NO_WINDOW_SCALE: none offered */
	uint8_t flags;         /* all that it ever sent */
	uint16_t row;          /* RSTs, or FINs, in a row */
	uint16_t letters;      /* of the history, that are in already */
	uint8_t path_count;
	uint8_t ttl; /* of its ordinary segments */
	uint16_t mss;
	uint32_t ttl_count;  /* how many of them had it */
	uint32_t link;       /* Ethernet address that its segments come from (segment.h) */
	uint32_t link_count; /* how many in a row did */
	uint32_t timed_end;  /* what its peer must acknowledge for timed_ns */

	struct trace last_frame;   /* latest segment */
	struct trace last;         /* latest one without RST */
	struct trace last_payload; /* latest one with payload */
	struct trace waiting_ack;  /* with ack_waiting */
	struct unseen unseen;
	int64_t zero_window_ns;       /* since when the peer lets it send nothing */
	int64_t shut_ns, reopened_ns; /* how long the window was last shut, and until when */

	uint64_t packets, frame_bytes, payload_bytes, retransmissions;
	uint32_t keepalives;     /* unanswered probes in a row */
	uint32_t backoffs;       /* retransmissions in a row without any answer */
	int64_t backoff_ns;      /* when the latest backoff was counted */
	int64_t backoff_wait_ns; /* how long after the one before */
	int64_t leg_ns;          /* shortest time from the tap to it and back; 0: unknown */
	int64_t timed_ns;        /* when its peer sent what is being timed; 0: nothing is */
	int64_t payload_gap_ns;  /* the silence before its latest new payload */
	uint32_t good_checksums;
	uint32_t look_end;    /* sequence number behind the payload that `look` was taken from */
	uint64_t look_number; /* its frame */
	uint8_t look;         /* the latest payload that was recognised: enum payload_look */
};

struct reset {
	bool seen : 1, accepted : 1;
	bool void_ : 1;   /* its supposed sender goes on, somebody else sent it */
	bool waiting : 1; /* in the window: the receiver's reaction decides */
	bool challenged : 1;
	bool survived : 1; /* a TIME-WAIT answered again after it: its holder takes no RST
			      (RFC 1337) */
	bool after_fin : 1, after_close : 1; /* a FIN had been sent, both had been acknowledged,
						when it came */
	bool third_party : 1;
	bool answers_payload : 1; /* its trigger is the latest payload of its receiver */
	uint8_t from;             /* endpoint whose address it bears */
	uint8_t form;             /* enum reset_form */
	uint8_t class;            /* enum reset_class */
	uint8_t acceptance;       /* enum reset_accepted */
	uint8_t multipath;        /* enum multipath_reset: what Multipath TCP says of why */
	uint8_t multipath_reason;
	uint8_t state_before[2];
	struct trace by;
	uint64_t trigger_number;
	uint64_t bytes_lost[2]; /* [i]: sent by endpoint i, unacknowledged */
	uint32_t sender_max;    /* how far its sender had got */
	uint32_t replies;       /* further RSTs of the same side */
};

/* As far as a step's frames are numbered. */
#define STEP_NUMBER_MAX ((UINT64_C(1) << 52) - 1)

/* A step of an endpoint's path. */
struct step {
	int64_t ts_ns;
	uint64_t side : 1, refuted : 1, certainty : 4, state : 6;
	uint64_t number : 52; /* of the frame; 0: a timer */
};

/* Of the steps that have no room in the flow itself. */
struct step_block {
	uint32_t next;
	struct step step[STEPS_PER_BLOCK];
};

struct anomaly_entry {
	uint32_t next;
	uint8_t side; /* endpoint, or FLOW_SERVER_UNKNOWN for neither */
	struct report_anomaly body;
};

struct flow {
	struct tuple tuple;
	uint64_t id;

	uint8_t client; /* endpoint 0 or 1 */
	uint8_t orientation, origin;
	bool simultaneous_open : 1, multipath : 1, path_truncated : 1, capture_loss : 1;
	bool fast_close : 1; /* MP_FASTCLOSE was seen: the whole Multipath TCP connection ends */
	bool loss_at_close : 1, anomalies_truncated : 1, answered : 1, stuck_told : 1;
	bool established : 1, overdue : 1;
	bool port_taken : 1; /* the client's port was told as taken, by the endpoint `port_user` */
	bool port_user : 1;
	bool parked : 1; /* idled out: kept in case it was only silent, first to leave */
	bool syn_repeated : 1, half_close_seen : 1;
	uint8_t completeness;
	uint16_t source;

	int64_t first_ns, last_ns; /* by the packets' stamps */
	int64_t clock_ns;          /* core clock at the last packet */
	uint64_t first_number, last_number;
	int64_t syn_ns, syn_ack_ns;
	uint64_t syn_ack_number;
	int64_t rtt_ns;     /* 0: unknown */
	int64_t silence_ns; /* before the latest packet */
	int64_t payload_ns; /* time of the latest payload, either way */

	struct endpoint end[2];
	struct fin_evidence close[2]; /* [i]: endpoint i's FIN */
	struct time_wait time_wait[2];
	struct reset reset;

	uint64_t half_close_bytes;
	int64_t half_close_last_ns;

	struct trace challenged_syn; /* a SYN that TIME-WAIT answered with an old ACK */
	uint32_t candidate;          /* a SYN that may open the next incarnation (struct held) */
	uint32_t more_steps;         /* chain of step blocks */
	uint32_t anomalies;          /* chain of anomaly entries */

	uint64_t reordered, duplicates, truncated, fragments;
	char history[FLOW_HISTORY_MAX + 1]; /* upper case: endpoint 0 */
	uint8_t history_count;
	uint8_t step_count; /* of both endpoints, in the order of the decisions */
	struct step step[FLOW_STEPS];

	uint8_t next_frame[2];
	struct frame_print frame[2][FRAMES_KEPT]; /* the latest of each endpoint, in turn */
};

/* A SYN kept for later, and its repetitions behind it. */
struct held {
	struct segment segment;
	uint32_t next;
};

static inline unsigned other(unsigned side)
{
	return 1 - side;
}

#endif
