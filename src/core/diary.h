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

/* The SYN-ACK, but for its acknowledgement number and its time. */
struct diary_answer {
	uint32_t seq, tsval, link;
	uint16_t frame_bytes, window, ip_id, mss;
	uint8_t ttl, window_scale, flags;
};

/* A segment after the handshake. */
struct diary_note {
	uint32_t since[2];   /* the segment before: see diary_since() */
	uint16_t tsval_more; /* than the latest time stamp of its sender */
	uint16_t tsecr_less; /* than the latest one of its peer */
	uint16_t payload_bytes, window, ip_id;
	uint8_t header_bytes; /* of the frame: what is not payload */
	uint8_t from : 1, fin : 1, push : 1, look : 4;
};

/* Behind it, in the same piece of memory, stand its notes. */
struct diary {
	struct lone_syn syn;
	struct diary_answer answer;
	uint32_t answer_since[2];
	int64_t last_ns; /* the latest segment */
	uint64_t last_number;
	uint32_t next[2];  /* the next sequence number of each endpoint */
	uint32_t tsval[2]; /* latest time stamp that it sent */
	uint32_t edge[2];  /* how far its peer lets it send, by its latest word */
	uint32_t rtt_ns;   /* from DIARY_OPEN on */
	uint8_t stage;     /* enum diary_stage */
	uint8_t count;     /* of notes */
	uint8_t closer;    /* the endpoint that sent the first FIN */
	bool to_answer[2]; /* by endpoint: something has come since it spoke */
};

enum { DIARY_NOTES_MAX = 24 };

/* How much time and how many frames lie between two segments, in the form in which it is kept.
 * False where that has no room for it: more than a minute, or going back. */
bool diary_since(int64_t ns, uint64_t frames, uint32_t since[2]);

/* The other way round: adds them. */
void diary_pass(const uint32_t since[2], int64_t *ts_ns, uint64_t *number);

/* So many bytes a diary with `count` notes takes. */
static inline size_t diary_bytes(unsigned count)
{
	return sizeof(struct diary) + count * sizeof(struct diary_note);
}

/* Into a record of which only addresses and ports are set, all else being zero: byte by byte what
 * the long way makes of the same segments. */
void diary_unpack(const struct diary *diary, struct flow *flow);

/* By which power of two this side's window counts (RFC 7323, 2.2). */
static inline unsigned diary_scale(const struct diary *diary, unsigned side)
{
	unsigned client = diary->syn.window_scale, server = diary->answer.window_scale;

	if (client == SEGMENT_NO_WINDOW_SCALE || server == SEGMENT_NO_WINDOW_SCALE)
		return 0;
	return side == diary->syn.from ? client : server;
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
