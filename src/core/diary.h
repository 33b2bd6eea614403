/*
 * The compact form of a connection whose life has been ordinary so far: its handshake, and of each
 * further segment only what does not follow from those before it.
 *
 * Ordinary is a segment that takes up exactly where the connection stands (ordinary.h): its
 * sequence number is the next of its sender, it acknowledges all that has passed from the other
 * side, and what hardly ever changes is as before. Addresses and ports stand elsewhere.
 */
#ifndef TCPBYE_CORE_DIARY_H
#define TCPBYE_CORE_DIARY_H

#include "core/diary_note.h"
#include "core/lone_syn.h"

/* How far the connection has come. */
enum diary_stage {
	DIARY_ANSWERED,  /* SYN and SYN-ACK have passed */
	DIARY_OPEN,      /* the client's first ACK too */
	DIARY_FIN,       /* a FIN, which nobody has acknowledged */
	DIARY_FIN_ACKED, /* its acknowledgement */
	DIARY_BOTH_FINS, /* the other FIN */
	DIARY_OVER,      /* and the acknowledgement of that */
};

/* Behind it, in the same piece of memory, stand its notes. What every further segment is held
 * against stands first. Pairs are by endpoint. */
struct diary {
	int64_t last_ns; /* the latest segment */
	uint64_t last_number;
	uint32_t next[2];  /* its next sequence number */
	uint32_t tsval[2]; /* latest time stamp that it sent */
	uint32_t edge[2];  /* how far its peer lets it send, by its latest word */
	uint32_t link[2];
	struct diary_mark mark; /* where the notes end */
	uint8_t ttl[2], window_scale[2];
	uint8_t stage : 3;     /* enum diary_stage */
	uint8_t to_answer : 2; /* a bit for each endpoint: something has come since it spoke */
	uint8_t client : 1, closer : 1, stamped : 1;
	uint8_t port_taken : 1, framed : 1;
	uint16_t source, mss[2];
	uint16_t frame_bytes[2], window[2], ip_id[2]; /* of the handshake's first two segments */
	uint8_t flags[2];
	uint32_t rtt_ns; /* from DIARY_OPEN on */
	uint32_t iss[2], first_tsval[2];
	int64_t first_ns;
	uint64_t first_number, flow_id;
	uint64_t answer_since; /* the SYN; see diary_since() */
};

/* Between two segments, of 64 bits: the frames below; above, twice the time in microseconds, or, if
 * it is odd, in nanoseconds. */
enum { DIARY_FRAME_BITS = 28, DIARY_TIME_BITS = 36 };
#define DIARY_FRAMES_MASK ((UINT64_C(1) << DIARY_FRAME_BITS) - 1)

/* How much time and how many frames lie between two segments, in the form in which it is kept.
 * False where that has no room for it: more than half a minute, or nine hours where it is a number
 * of microseconds, or going back. */
bool diary_since(int64_t ns, uint64_t frames, uint64_t *since);

/* The other way round: adds them. */
void diary_pass(uint64_t since, int64_t *ts_ns, uint64_t *number);

/* So many bytes a diary takes with so many bytes of notes. */
static inline size_t diary_bytes(size_t notes_bytes)
{
	return sizeof(struct diary) + notes_bytes + DIARY_NOTES_SLACK_BYTES;
}

/* Before the first note. */
static inline struct diary_mark diary_first_mark(const struct diary *diary)
{
	return (struct diary_mark){
		.window = {diary->window[0], diary->window[1]},
		.ip_id = {diary->ip_id[0], diary->ip_id[1]},
	};
}

/* With these notes, into a record of which only addresses and ports are set, all else being zero:
 * in every member what the long way makes of the same segments. */
void diary_unpack(const struct diary *diary, const uint8_t *notes, struct flow *flow);

/* By which power of two this side's window counts (RFC 7323, 2.2). */
static inline unsigned diary_scale(const struct diary *diary, unsigned side)
{
	if (diary->window_scale[0] == SEGMENT_NO_WINDOW_SCALE ||
	    diary->window_scale[1] == SEGMENT_NO_WINDOW_SCALE)
		return 0;
	return diary->window_scale[side];
}

/* How far the segment, which is none of the handshake's first two, lets its receiver send. */
static inline uint32_t diary_edge(const struct diary *diary, const struct segment *segment)
{
	return segment->ack + ((uint32_t)segment->window << diary_scale(diary, segment->from));
}

static inline uint8_t *diary_notes(struct diary *diary)
{
	return (uint8_t *)(diary + 1);
}

#endif
