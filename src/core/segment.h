/*
 * One TCP segment as the tap saw it: the only thing about packets that the core knows.
 *
 * The decoder makes it from bytes; a test makes it by hand. It is a plain value without pointers.
 */
#ifndef TCPBYE_CORE_SEGMENT_H
#define TCPBYE_CORE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/tuple.h"

/* Control bits as on the wire (RFC 9293, 3.1). */
enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

/* What else is known about a segment. */
enum {
	SEGMENT_TIMESTAMPS = 0x0001, /* tsval and tsecr are set (RFC 7323) */
	SEGMENT_CUT = 0x0002,        /* the capture cut the TCP header: no option is known */
	SEGMENT_BAD_CHECKSUM =
		0x0004, /* checked and wrong, and not the pattern that transmit offload leaves */
	SEGMENT_FRAGMENT = 0x0008,      /* came in IP fragments: the first alone, or all of them */
	SEGMENT_FAST_OPEN = 0x0010,     /* carries a TCP Fast Open option (RFC 7413) */
	SEGMENT_MULTIPATH = 0x0020,     /* carries a Multipath TCP option (RFC 8684) */
	SEGMENT_BAD_OPTIONS = 0x0040,   /* the options' lengths do not add up */
	SEGMENT_GOOD_CHECKSUM = 0x0080, /* checked and right */
	SEGMENT_FAST_CLOSE = 0x0100,    /* carries MP_FASTCLOSE (RFC 8684, 3.5) */
	SEGMENT_MULTIPATH_RESET = 0x0200, /* carries MP_TCPRST with its reason (RFC 8684, 3.6) */
	SEGMENT_DSACK = 0x0400, /* says that what lies just before its acknowledgement number came
				   more than once (RFC 2883) */
	SEGMENT_WRONG_TIME = 0x0800, /* its time is that of the frame before: its own was far off */
};

enum { SEGMENT_NO_WINDOW_SCALE = 0xff };

/*
 * What the first bytes of the payload look like: all that is ever taken from it. "Last" means that
 * nothing may follow it in its direction or in answer to it (RFC 9112, 9.6), and that of several
 * TLS records the last one is told.
 */
enum payload_look {
	PAYLOAD_UNSEEN,            /* none, not captured, or not looked at */
	PAYLOAD_UNKNOWN,           /* nothing that is known here */
	PAYLOAD_HTTP_REQUEST,      /* the head of an HTTP/1 message */
	PAYLOAD_HTTP_LAST_REQUEST, /* with Connection: close, or HTTP/1.0 without keep-alive */
	PAYLOAD_HTTP_RESPONSE,
	PAYLOAD_HTTP_LAST_RESPONSE,
	PAYLOAD_TLS,              /* TLS records, the last one no alert */
	PAYLOAD_TLS_OLD,          /* the same, and they show TLS 1.2 or before */
	PAYLOAD_TLS_CUT,          /* TLS records, the last one not captured or too far behind */
	PAYLOAD_TLS_FATAL,        /* a fatal alert in clear */
	PAYLOAD_TLS_CLOSE_NOTIFY, /* close_notify in clear (RFC 8446, 6.1) */
	PAYLOAD_TLS_ALERT,        /* an encrypted alert (TLS 1.2 and before) */
	PAYLOAD_TLS_SHORT,        /* of the only length that an alert has in TLS 1.3 */
};

struct segment {
	int64_t ts_ns;    /* time of capture, nanoseconds since 1970 UTC */
	uint64_t number;  /* 1-based number of the frame in its source */
	uint64_t ordinal; /* 1-based place among all segments of the run; 0 where nobody counts */
	uint64_t hash;    /* of the tuple by the analyzer's key; 0: not worked out yet */
	uint32_t likely;  /* what analyzer_prefetch_node() returned; 0: it was not asked */
	struct tuple tuple;
	uint32_t frame_bytes; /* length of the frame on the wire, link header included */
	/* In the order of struct trace, which is made of them. */
	uint32_t seq;
	uint32_t ack;           /* as on the wire, also where the ACK bit is clear */
	uint32_t payload_bytes; /* by the IP header, not by what was captured */
	uint16_t ip_id;         /* IPv4 identification; 0 for IPv6 */
	uint8_t flags;          /* TCP_* */
	uint8_t ttl;            /* or hop limit */
	uint32_t tsval, tsecr;  /* with SEGMENT_TIMESTAMPS */
	uint32_t link;          /* last four bytes of the sender's Ethernet address; 0: unknown */
	uint16_t window;        /* as on the wire, unscaled */
	uint16_t mss;           /* of a SYN's option; 0 where absent */
	uint16_t source;        /* which of the run's sources the frame came from */
	uint16_t marks;         /* SEGMENT_* */
	uint8_t from;           /* index in the tuple of the endpoint that sent it */
	uint8_t window_scale;   /* of a SYN's option; SEGMENT_NO_WINDOW_SCALE where absent */
	uint8_t reset_reason;   /* with SEGMENT_MULTIPATH_RESET */
	uint8_t look;           /* enum payload_look */
};

/* The sequence number just after the segment: SYN and FIN take one each (RFC 9293, 3.4). */
static inline uint32_t segment_end(const struct segment *segment)
{
	return segment->seq + segment->payload_bytes + ((segment->flags & TCP_SYN) != 0) +
	       ((segment->flags & TCP_FIN) != 0);
}

static inline bool segment_has(const struct segment *segment, unsigned flags)
{
	return (segment->flags & flags) == flags;
}

#endif
