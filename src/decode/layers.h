/*
 * The layers below TCP, and what one frame's way through them has to remember.
 */
#ifndef TCPBYE_DECODE_LAYERS_H
#define TCPBYE_DECODE_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/segment.h"
#include "decode/decode.h"

/* What is left of a frame behind the headers already read. Never more captured than on the wire. */
struct span {
	const uint8_t *at;
	uint32_t captured_bytes;
	uint32_t wire_bytes; /* what there was, or what the IP header says that there is */
};

/* A frame on its way. Addresses point into it, at the innermost IP header. */
struct decoding {
	struct segment *segment;
	enum decode_checksums checksums;
	const uint8_t *source, *destination;
	uint8_t outer_version; /* 4 or 6: of the outermost IP header; 0: none was met */
	uint8_t tunnels;       /* IP headers left behind as another's envelope */
	uint8_t tags;          /* VLAN tags met */
	bool fragment;         /* a first fragment: what is missing may be in the others */
	bool unsure;           /* the checksum's sum cannot be known from the headers */
};

static inline bool span_has(const struct span *span, uint32_t bytes)
{
	return span->captured_bytes >= bytes;
}

/* Moves behind bytes that span_has(). */
static inline void span_take(struct span *span, uint32_t bytes)
{
	span->at += bytes;
	span->captured_bytes -= bytes;
	span->wire_bytes -= bytes;
}

/* The verdict where `bytes` were needed and not captured. */
static inline enum decode_verdict span_too_short(const struct decoding *decoding,
						 const struct span *span, uint32_t bytes)
{
	if (decoding->fragment)
		return DECODE_FRAGMENT;
	return span->wire_bytes < bytes ? DECODE_INVALID : DECODE_TRUNCATED;
}

/* By a link type (LINKTYPE_*). */
enum decode_verdict decode_link(struct decoding *decoding, unsigned linktype, struct span span);

/* An Ethernet frame; also one inside a tunnel. */
enum decode_verdict decode_ethernet(struct decoding *decoding, struct span span);

/* What stands behind an EtherType: VLAN tags, MPLS, PPPoE, IP. */
enum decode_verdict decode_ethertype(struct decoding *decoding, unsigned ethertype,
				     struct span span);

/*
 * IP of the version that its own first bits tell, whatever the layer below said: tools that rewrite
 * link headers leave wrong EtherTypes.
 */
enum decode_verdict decode_ip(struct decoding *decoding, struct span span);

enum decode_verdict decode_tcp(struct decoding *decoding, struct span span);

/* The marks of a TCP segment's checksum: SEGMENT_GOOD_CHECKSUM, SEGMENT_BAD_CHECKSUM or none. */
unsigned decode_checksum(const struct decoding *decoding, const struct span *span);

#endif
