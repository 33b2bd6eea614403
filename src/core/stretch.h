/*
 * What the latest plain segments of an open connection at rest (steady.h) have changed, and what
 * has not been entered into its record yet.
 *
 * A record keeps in twenty cache lines what a plain segment is held against and what it changes;
 * here it stands in a few, and of the frames only those that the record would still remember. Once
 * the stretch is entered, the record is in every member what the segments would have made of it one
 * by one.
 */
#ifndef TCPBYE_CORE_STRETCH_H
#define TCPBYE_CORE_STRETCH_H

#include "core/flow.h"

/* What a trace and a print keep of a segment. */
struct stretch_frame {
	struct trace trace;
	uint32_t tsval;
	uint16_t window;
};

/* Where nothing else is said, a member is what it is in struct endpoint. */
struct stretch_end {
	uint32_t max, una, edge, announced, last_ack, tsval, echoed;
	uint32_t link;         /* of each of its segments */
	uint16_t marks;        /* of each of its segments */
	uint8_t ttl;           /* of each of its segments */
	uint8_t flags;         /* of all of them */
	uint32_t payload_most; /* that its peer takes in one segment */
	uint32_t payload_left; /* that it may send before the stretch must end */
	uint32_t packets;      /* in the stretch, as the next two */
	uint32_t payload_bytes;
	uint64_t frame_bytes;
	int64_t timed_ns, leg_ns, payload_gap_ns;
	uint32_t timed_end;
	uint8_t window_scale;           /* by how many bits its windows are to be shifted */
	bool may_acknowledge, may_send; /* it did so before: the history has the letter */
	bool ack_advanced, counts_packets;
};

struct stretch {
	int64_t last_ns, silence_ns, clock_ns, payload_ns; /* as in struct flow */
	uint64_t last_number;
	uint16_t source;
	struct stretch_end end[2];
	struct trace last_payload[2];
	struct stretch_frame frame[2][FRAMES_KEPT]; /* the latest of each endpoint, in turn */
};

/* Begins behind what the record of a connection at rest says. False where a frame that it remembers
 * might be taken for a copy of one to come, or the other way round; and where numbers have gone
 * round so far that the next ones would seem to lie before the first. */
bool stretch_begin(struct stretch *stretch, const struct flow *flow);

/* Enters it into that record. */
void stretch_enter(const struct stretch *stretch, struct flow *flow);

#endif
