/*
 * IP fragments put together (RFC 791, 3.2; RFC 8200, 4.5), in memory of a fixed size that belongs
 * to the caller: all zero, it is empty.
 *
 * Of a datagram only its first bytes are kept, where the headers are, and which parts of it have
 * come: payload is not needed, so that captures which cut it are put together as well. As in Linux,
 * a datagram whose parts overlap is given up, and so is one that is not whole after 30 s. When
 * there are too many, the one that was least recently added to leaves.
 *
 * A segment that stands whole in a first fragment is held back until the rest of its datagram has
 * come, for 100 ms; then it is judged by what is there. Where no capture of a first fragment's rest
 * was ever seen, as behind a filter on ports, nothing is held back any more.
 */
#ifndef TCPBYE_DECODE_REASSEMBLY_H
#define TCPBYE_DECODE_REASSEMBLY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/segment.h"

enum {
	REASSEMBLY_SETS = 64,
	REASSEMBLY_WAYS = 4,
	REASSEMBLY_HEAD_BYTES = 512,
	REASSEMBLY_RANGES_MAX = 16,
};

/* Which datagram: everything that fragments of one have in common. Unused bytes are zero. */
struct datagram_key {
	struct tuple around; /* VLANs and tunnel; no addresses, no ports */
	uint8_t addresses[32];
	uint32_t id;
	uint32_t protocol;
};

enum datagram_state {
	DATAGRAM_FREE,
	DATAGRAM_PARTIAL,
	DATAGRAM_WHOLE,  /* kept for a while, so that copies of its parts begin no other */
	DATAGRAM_SPOILT, /* its parts contradict each other: kept for a while, too */
};

struct datagram {
	struct datagram_key key;
	int64_t begin_ns;     /* when its first part came */
	uint64_t use;         /* the larger, the later it was added to */
	uint32_t total_bytes; /* 0 until the last part has come */
	uint32_t head_bytes; /* how many of `head` may be filled: less where the capture cut them */
	uint32_t frame_bytes; /* of all its frames on the wire */
	uint8_t state;        /* enum datagram_state */
	uint8_t protocol;     /* by the first fragment */
	bool judged;          /* its segment has left, by its first fragment alone */
	bool is_known;        /* `first` is filled in */
	bool holds;           /* `first` is held back */
	uint8_t range_count;
	struct {
		uint16_t begin, end;
	} range[REASSEMBLY_RANGES_MAX]; /* what has come, neither touching nor in order */
	struct segment first;           /* by the first fragment alone */
	uint8_t head[REASSEMBLY_HEAD_BYTES];
};

struct reassembly {
	struct datagram datagram[REASSEMBLY_SETS][REASSEMBLY_WAYS];
	uint64_t uses;
	unsigned holding;       /* datagrams that hold a segment */
	int64_t holds_since_ns; /* the first of them */
	bool rest_was_seen;     /* a fragment that is no first one */
	bool rest_was_missed;   /* a segment was held back in vain */
};

/* One fragment, as its IP header describes it. */
struct fragment {
	uint32_t id;
	uint32_t offset_bytes;
	uint8_t protocol;
	bool more; /* fragments follow */
};

/* The datagram with this key to which a part that came at `now_ns` belongs; NULL: none. */
struct datagram *reassembly_find(struct reassembly *reassembly, const struct datagram_key *key,
				 int64_t now_ns);

/* Makes room for one that reassembly_find() does not know. */
struct datagram *reassembly_begin(struct reassembly *reassembly, const struct datagram_key *key,
				  int64_t now_ns);

/*
 * Adds `length_bytes` from the fragment's offset on, of which `captured_bytes` are at `at`, and the
 * frame's length. True where this made the datagram whole, of which nothing was judged so far.
 */
bool reassembly_add(struct reassembly *reassembly, struct datagram *datagram,
		    const struct fragment *fragment, const uint8_t *at, uint32_t captured_bytes,
		    uint32_t length_bytes, uint32_t frame_bytes);

/* Forgets a datagram that holds nothing that is looked for. */
void reassembly_drop(struct reassembly *reassembly, struct datagram *datagram);

/* True where the segment of a first fragment is held back now, false where it is to be judged. */
bool reassembly_hold(struct reassembly *reassembly, struct datagram *datagram,
		     const struct segment *segment);

/* Whether a segment is held back. */
static inline bool reassembly_holds(const struct reassembly *reassembly)
{
	return reassembly->holding != 0;
}

/* Gives back a segment that has been held back for too long by `now_ns`; false: there is none. */
bool reassembly_release(struct reassembly *reassembly, int64_t now_ns, struct segment *segment);

#endif
