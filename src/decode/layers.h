/*
 * The layers below TCP, and what one frame's way through them has to remember.
 */
#ifndef TCPBYE_DECODE_LAYERS_H
#define TCPBYE_DECODE_LAYERS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/segment.h"
#include "core/words.h"
#include "decode/decode.h"
#include "decode/reassembly.h"
#include "source/frame.h"

/* What was captured of a frame behind the headers already read. */
struct span {
	const uint8_t *at;
	const uint8_t *end;
};

/* A frame on its way. */
struct decoding {
	struct segment *segment;
	struct reassembly *reassembly; /* NULL: every fragment is judged alone */
	unsigned depth;                /* DECODE_* */
	const uint8_t *addresses;      /* of the innermost IP header: source, destination */
	uint32_t uncaptured_bytes;     /* behind the span's end, by the wire or the IP header */
	uint8_t outer_version;         /* 4 or 6: of the outermost IP header; 0: none was met */
	uint8_t tunnels;               /* envelopes left behind */
	uint8_t tags;                  /* VLAN tags met */
	uint8_t extensions;            /* extension headers met */
	bool fragment;                 /* a first fragment: what is missing may be in the others */
	bool reassembled;              /* put together from fragments */
	bool unsure;                   /* the checksum's sum cannot be known from the headers */
};

/* A segment of which nothing is known. */
extern const struct segment decode_blank;

/* What the frame itself tells; all else is blank, padding too, so that a segment's bytes depend on
 * nothing else than its frame. */
static inline void decode_begin(struct segment *segment, const struct frame *frame)
{
	memcpy(segment, &decode_blank, sizeof(decode_blank));
	segment->ts_ns = frame->ts_ns;
	segment->number = frame->number;
	segment->source = frame->source;
	segment->frame_bytes = frame->wire_bytes;
	segment->tuple.interface =
		(uint8_t)(frame->interface < UINT8_MAX ? frame->interface : UINT8_MAX);
}

static inline uint32_t span_bytes(const struct span *span)
{
	return (uint32_t)(span->end - span->at);
}

static inline bool span_has(const struct span *span, uint32_t bytes)
{
	return span_bytes(span) >= bytes;
}

/* How much there is with what was not captured. */
static inline uint32_t span_wire_bytes(const struct decoding *decoding, const struct span *span)
{
	return span_bytes(span) + decoding->uncaptured_bytes;
}

/* Moves behind bytes that span_has(). */
static inline void span_take(struct span *span, uint32_t bytes)
{
	span->at += bytes;
}

/* The packet ends where its header says: what follows is padding, and what is missing was not
 * captured. */
static inline void span_limit(struct decoding *decoding, struct span *span, uint32_t bytes)
{
	uint32_t captured = span_bytes(span);

	decoding->uncaptured_bytes = captured < bytes ? bytes - captured : 0;
	if (captured > bytes)
		span->end = span->at + bytes;
}

/* The verdict where `bytes` were needed and not captured. */
static inline enum decode_verdict span_too_short(const struct decoding *decoding,
						 const struct span *span, uint32_t bytes)
{
	if (decoding->fragment)
		return DECODE_FRAGMENT;
	return span_wire_bytes(decoding, span) < bytes ? DECODE_INVALID : DECODE_TRUNCATED;
}

/* Length of each of the two addresses. */
static inline uint32_t decode_address_bytes(const struct decoding *decoding)
{
	return decoding->segment->tuple.ip_version == 4 ? 4 : 16;
}

/* By a link type (LINKTYPE_*). */
enum decode_verdict decode_link(struct decoding *decoding, unsigned linktype, struct span span);

/* An Ethernet frame; also one inside a tunnel. */
enum decode_verdict decode_ethernet(struct decoding *decoding, struct span span);

/* IEEE 802.11: data frames that are neither encrypted nor aggregated. */
enum decode_verdict decode_wifi(struct decoding *decoding, struct span span);

/* IEEE 802.11 behind a radiotap header. */
enum decode_verdict decode_radiotap(struct decoding *decoding, struct span span);

/* A frame of any link type behind a PPI header. */
enum decode_verdict decode_ppi(struct decoding *decoding, struct span span);

/* Rings, and what carries LLC on them. */
enum decode_verdict decode_token_ring(struct decoding *decoding, struct span span);
enum decode_verdict decode_fddi(struct decoding *decoding, struct span span);

/* What Linux' packet filter logs. */
enum decode_verdict decode_nflog(struct decoding *decoding, struct span span);

/* Logical link control (IEEE 802.2). */
enum decode_verdict decode_llc(struct decoding *decoding, struct span span);

/* PPP, with or without its address and control bytes. */
enum decode_verdict decode_ppp(struct decoding *decoding, struct span span);

/* What stands behind an EtherType: VLAN tags, Ethernet inside of Ethernet, MPLS, PPPoE, IP. */
enum decode_verdict decode_ethertype(struct decoding *decoding, unsigned ethertype,
				     struct span span);

/*
 * IP of the version that its own first bits tell, whatever the layer below said: tools that rewrite
 * link headers leave wrong EtherTypes.
 */
enum decode_verdict decode_ip(struct decoding *decoding, struct span span);

/* IP where nothing else tells that it is IP: what has not its version is another protocol. */
enum decode_verdict decode_ip_or_other(struct decoding *decoding, struct span span);

/* Whether TCP may stand behind the protocol; what cannot lead there is no loss when it is cut. Of
 * UDP, tunnels are the exception, and nothing but its ports tells them. */
bool decode_may_lead_to_tcp(unsigned protocol);

/* What an IP packet carries. Extension headers and tunnels are counted, so that this ends. */
enum decode_verdict decode_protocol(struct decoding *decoding, unsigned protocol, struct span span);

/* A part of what an IP packet carried. */
enum decode_verdict decode_fragment(struct decoding *decoding, const struct fragment *fragment,
				    struct span span);

/*
 * Leaves an envelope behind; false where there are too many. The tunnel has no id until
 * decode_name_tunnel() gives it one.
 */
bool decode_open_tunnel(struct decoding *decoding, enum tunnel type);
void decode_name_tunnel(struct decoding *decoding, uint32_t id);

enum decode_verdict decode_gre(struct decoding *decoding, struct span span);

/* Whether the ports that begin a UDP datagram are those of a tunnel. */
bool decode_may_be_tunnel(const struct span *span);

/* UDP, for the tunnels that it carries. */
enum decode_verdict decode_udp(struct decoding *decoding, struct span span);

enum decode_verdict decode_tcp(struct decoding *decoding, struct span span);

/* False where payload that begins with this byte looks like nothing that is known. */
static inline bool decode_may_know(uint8_t first)
{
	/* Methods and versions of HTTP begin with one of these letters, records of TLS with their
	 * type. */
	static const bool known[UINT8_MAX + 1] = {
		['C'] = true, ['D'] = true, ['G'] = true, ['H'] = true, ['O'] = true, ['P'] = true,
		['T'] = true, [20] = true,  [21] = true,  [22] = true,  [23] = true,  [24] = true,
	};

	return known[first];
}

/* What the payload looks like, of whose `wire_bytes` at least one was captured. */
enum payload_look decode_look(const uint8_t *payload, uint32_t captured_bytes, uint32_t wire_bytes);

/* The marks of a TCP segment's checksum: SEGMENT_GOOD_CHECKSUM, SEGMENT_BAD_CHECKSUM or none. */
unsigned decode_checksum(const struct decoding *decoding, const struct span *span);

#endif
