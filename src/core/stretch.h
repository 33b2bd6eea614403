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

#include <assert.h>
#include <stddef.h>

#include "core/flow.h"
#include "core/prefetch.h"

/* What a trace and a print keep of a segment; the rest stands beside it, or follows from it: each
 * begins where the one before of the same endpoint ended. */
struct stretch_frame {
	int64_t ts_ns;
	uint64_t number;
	uint32_t ack, tsval;
	uint16_t payload_bytes, window, ip_id;
	uint8_t flags;
};

/* Where nothing else is said, a member is what it is in struct endpoint. */
struct stretch_end {
	uint32_t max, una, edge, announced, last_ack, tsval, echoed;
	uint32_t link;         /* of each of its segments */
	uint16_t marks;        /* of each of its segments */
	uint8_t ttl;           /* of each of its segments */
	uint8_t flags;         /* of all of them */
	uint32_t payload_left; /* that it may send before the stretch must end */
	uint32_t packets;      /* in the stretch, as the next two */
	uint32_t payload_bytes;
	uint64_t frame_bytes;
	int64_t timed_ns, leg_ns;
	uint32_t timed_end;
	uint16_t payload_most; /* in one segment, by its peer's MSS; 0: it has not sent any yet */
	uint8_t window_scale;  /* by how many bits its windows are to be shifted */
	bool may_acknowledge;  /* it did so before: the history has the letter */
	bool ack_advanced, counts_packets;
	bool sent_payload; /* with its latest segment in the stretch */
};

/*
 * What every segment needs stands in the first four cache lines, and a frame in half of one.
 *
 * `express` is the number of the pair of places from which the express way (pipeline/express.h)
 * leads here. As long as it does, the flow is of plain ends that it shares with none, it is marked
 * as touched and its seat as recent, and the seat's round stands here: whatever changes one of
 * that, or asks for the round, calls flow_table_end_express() first.
 */
struct stretch {
	/* As in struct flow. */
	_Alignas(PREFETCH_LINE_BYTES) int64_t last_ns;
	int64_t silence_ns, clock_ns, payload_ns;
	uint64_t last_number;
	uint16_t source;
	uint16_t express;          /* see above; 0: the express way does not lead here */
	uint32_t round;            /* with that, what stands in the flow's seat else */
	int64_t payload_gap_ns[2]; /* as in struct endpoint */
	struct stretch_end end[2];
	/* The latest of each endpoint, in turn. */
	_Alignas(PREFETCH_LINE_BYTES) struct stretch_frame frame[2][FRAMES_KEPT];
	struct trace last_payload[2]; /* unless that is its latest segment */
};

static_assert(offsetof(struct stretch, frame) == 4 * (size_t)PREFETCH_LINE_BYTES &&
		      sizeof(struct stretch_frame) == PREFETCH_LINE_BYTES / 2,
	      "what stands where in the cache");

/* The endpoint's latest segment in the stretch, of which there is one. */
static inline struct trace stretch_latest(const struct stretch *stretch, unsigned side)
{
	const struct stretch_end *end = &stretch->end[side];
	const struct stretch_frame *frame = &stretch->frame[side][(end->packets - 1) % FRAMES_KEPT];

	return (struct trace){
		.ts_ns = frame->ts_ns,
		.number = frame->number,
		.seq = end->max - frame->payload_bytes,
		.ack = frame->ack,
		.payload_bytes = frame->payload_bytes,
		.ip_id = frame->ip_id,
		.flags = frame->flags,
		.ttl = end->ttl,
	};
}

/* Begins behind what the record of a connection at rest says. False where a frame that it remembers
 * might be taken for a copy of one to come, or the other way round; and where numbers have gone
 * round so far that the next ones would seem to lie before the first. */
bool stretch_begin(struct stretch *stretch, const struct flow *flow);

/* Enters it into that record. */
void stretch_enter(const struct stretch *stretch, struct flow *flow);

#endif
