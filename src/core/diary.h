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

/* A segment after the handshake. */
struct diary_note {
	uint32_t since[2];        /* the segment before: see diary_since() */
	uint32_t tsval_more : 24; /* than the latest time stamp of its sender */
	uint32_t tsecr_less : 8;  /* than the latest one of its peer */
	uint16_t payload_bytes, window, ip_id;
	uint8_t header_bytes; /* of the frame: what is not payload */
	uint8_t from : 1, fin : 1, push : 1, look : 4;
};

/* Behind it, in the same piece of memory, stand its notes. What each further segment is held
 * against stands first, in as many bytes as a cache line has. Pairs are by endpoint. */
struct diary {
	int64_t last_ns; /* the latest segment */
	uint64_t last_number;
	uint32_t next[2];  /* its next sequence number */
	uint32_t tsval[2]; /* latest time stamp that it sent */
	uint32_t edge[2];  /* how far its peer lets it send, by its latest word */
	uint32_t link[2];
	uint32_t rtt_ns; /* from DIARY_OPEN on */
	uint16_t mss[2];
	uint16_t source;
	uint8_t ttl[2], window_scale[2];
	uint8_t stage : 3; /* enum diary_stage */
	uint8_t count : 5; /* of notes */
	uint8_t client : 1, closer : 1, stamped : 1, port_taken : 1, framed : 1;
	uint8_t to_answer : 2; /* a bit for each endpoint: something has come since it spoke */
	/* The handshake. */
	int64_t first_ns;
	uint64_t first_number, flow_id;
	uint32_t answer_since[2]; /* the SYN; see diary_since() */
	uint32_t iss[2], first_tsval[2];
	uint16_t frame_bytes[2], window[2], ip_id[2];
	uint8_t flags[2];
};

enum {
	DIARY_NOTES_MAX = 24,
	DIARY_HOT_BYTES = 64,
	DIARY_TSVAL_MORE_MAX = (1 << 24) - 1,
	DIARY_TSECR_LESS_MAX = (1 << 8) - 1,
};

_Static_assert(DIARY_NOTES_MAX < 1 << 5, "their number fits");
_Static_assert(offsetof(struct diary, first_ns) == DIARY_HOT_BYTES,
	       "what is asked of every segment stands together");

/* How much time and how many frames lie between two segments, in the form in which it is kept.
 * False where that has no room for it: more than half a minute, or nine hours where it is a number
 * of microseconds, or going back. */
bool diary_since(int64_t ns, uint64_t frames, uint32_t since[2]);

/* The other way round: adds them. */
void diary_pass(const uint32_t since[2], int64_t *ts_ns, uint64_t *number);

/* So many bytes a diary with `count` notes takes. */
static inline size_t diary_bytes(unsigned count)
{
	return sizeof(struct diary) + count * sizeof(struct diary_note);
}

/* Into a record of which only addresses and ports are set, all else being zero: in every member
 * what the long way makes of the same segments. */
void diary_unpack(const struct diary *diary, struct flow *flow);

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

static inline struct diary_note *diary_notes(struct diary *diary)
{
	return (struct diary_note *)(diary + 1);
}

#endif
