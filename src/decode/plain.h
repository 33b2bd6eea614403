/*
 * The straight way through the layers for frames that are what nearly all are.
 *
 * Plain is Ethernet without tags, with IPv4 that has no options and is no fragment, with TCP whose
 * header was captured to its end and holds no option, or nothing but time stamps as RFC 7323
 * (appendix A) lays them out. Of such a frame every field stands at a place that is known
 * beforehand, and no layer above or below can change what it means; so the segment, the verdict and
 * the counters are those of the general way, byte by byte. Checksums are verified on the general
 * way alone.
 */
#ifndef TCPBYE_DECODE_PLAIN_H
#define TCPBYE_DECODE_PLAIN_H

#include "core/inlined.h"
#include "decode/layers.h"
#include "decode/protocols.h"
#include "source/bytes.h"
#include "source/frame.h"

#include <string.h>

enum {
	PLAIN_LINKTYPE = 1, /* LINKTYPE_ETHERNET */
	PLAIN_LINK_AT = 8,  /* the end of the sender's address */
	PLAIN_IP_AT = 14,
	PLAIN_IP_BYTES = 20,
	PLAIN_TCP_AT = PLAIN_IP_AT + PLAIN_IP_BYTES,
	PLAIN_TCP_BYTES = 20,
	PLAIN_OPTIONS_AT = PLAIN_TCP_AT + PLAIN_TCP_BYTES,
	PLAIN_STAMPED_TCP_BYTES = PLAIN_TCP_BYTES + 12,
	PLAIN_IP_BEGINS = 0x080045,           /* EtherType, version 4, no options */
	PLAIN_FRAGMENT_BITS = 0x3fff,         /* more fragments, offset */
	PLAIN_TIME_STAMPS_ALONE = 0x0101080a, /* NOP, NOP, time stamps of 10 bytes */
};

/* The two TCP headers that a plain frame may have: with time stamps, or without an option. */
enum plain_form { PLAIN_BARE, PLAIN_STAMPED };

/*
 * What one sender's plain frames have alike, as it stands in them: where they come from, that they
 * are plain, their TTL, how long the TCP header is, and that it bears ACK and neither SYN, FIN nor
 * RST. In memory's own order; the bits that differ from frame to frame are 0.
 */
struct plain_kind {
	uint64_t link; /* bytes 8 to 15 of the frame: Ethernet, and where IP begins */
	uint64_t ip;   /* bytes 16 to 23 */
	uint16_t tcp;  /* bytes 46 and 47 */
	enum plain_form form;
};

/* How long the parts of a plain frame are; what follows the packet is padding. */
struct plain {
	uint32_t headers_bytes; /* of IP and TCP; 0: the frame is not plain */
	uint32_t packet_bytes;  /* captured */
	uint32_t payload_bytes;
};

/* Of a frame that holds both headers without options. */
static inline bool plain_has_ip(const uint8_t *frame)
{
	return bytes_be32(frame + PLAIN_IP_AT - 2) >> 8 == PLAIN_IP_BEGINS &&
	       (bytes_be16(frame + PLAIN_IP_AT + 6) & PLAIN_FRAGMENT_BITS) == 0 &&
	       frame[PLAIN_IP_AT + 9] == PROTOCOL_TCP;
}

/* How long the TCP header is, of whose packet `packet_bytes` were captured; 0: it is not plain. */
static inline uint32_t plain_tcp_bytes(const uint8_t *frame, uint32_t packet_bytes)
{
	uint32_t tcp_bytes = (frame[PLAIN_TCP_AT + 12] >> 4) * 4U;

	if (packet_bytes < PLAIN_IP_BYTES + tcp_bytes)
		return 0;
	if (tcp_bytes == PLAIN_STAMPED_TCP_BYTES &&
	    bytes_be32(frame + PLAIN_OPTIONS_AT) == PLAIN_TIME_STAMPS_ALONE)
		return PLAIN_STAMPED_TCP_BYTES;
	return tcp_bytes == PLAIN_TCP_BYTES ? PLAIN_TCP_BYTES : 0;
}

/* How much was captured of the frame's packet, which is so long. */
static inline uint32_t plain_packet_bytes(const struct frame *frame, uint32_t total_bytes)
{
	uint32_t captured_bytes = frame->captured_bytes - PLAIN_IP_AT;

	return captured_bytes < total_bytes ? captured_bytes : total_bytes;
}

/* A length of 0 (segmentation offload) is not plain. */
static inline struct plain plain_measure(const struct frame *frame)
{
	const uint8_t *bytes = frame->bytes;
	uint32_t total_bytes, packet_bytes, tcp_bytes;

	if (frame->linktype != PLAIN_LINKTYPE || frame->captured_bytes < PLAIN_OPTIONS_AT ||
	    !plain_has_ip(bytes))
		return (struct plain){0};
	total_bytes = bytes_be16(bytes + PLAIN_IP_AT + 2);
	packet_bytes = plain_packet_bytes(frame, total_bytes);
	tcp_bytes = plain_tcp_bytes(bytes, packet_bytes);
	if (tcp_bytes == 0)
		return (struct plain){0};
	return (struct plain){PLAIN_IP_BYTES + tcp_bytes, packet_bytes,
			      total_bytes - PLAIN_IP_BYTES - tcp_bytes};
}

/* Eight bytes at any place, of which those bits count. */
static inline uint64_t plain_bits(const uint8_t *at, const uint8_t bits[8])
{
	uint64_t value, mask;

	memcpy(&value, at, sizeof value);
	memcpy(&mask, bits, sizeof mask);
	return value & mask;
}

/* The kind of a frame that holds both headers, of that form, if it is one that is plain. */
static inline struct plain_kind plain_kind_of(const uint8_t *frame, enum plain_form form)
{
	/* Not the class of service, the packet's length and number, and the flags beside the one
	 * for more fragments. */
	static const uint8_t link_bits[8] = {255, 255, 255, 255, 255, 255, 255, 0};
	static const uint8_t ip_bits[8] = {0, 0, 0, 0, PLAIN_FRAGMENT_BITS >> 8, 255, 255, 255};
	static const uint8_t tcp_bits[2] = {0xf0, TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK};
	struct plain_kind kind = {
		.link = plain_bits(frame + PLAIN_LINK_AT, link_bits),
		.ip = plain_bits(frame + PLAIN_IP_AT + 2, ip_bits),
		.form = form,
	};
	uint16_t mask;

	memcpy(&kind.tcp, frame + PLAIN_TCP_AT + 12, sizeof kind.tcp);
	memcpy(&mask, tcp_bits, sizeof mask);
	kind.tcp &= mask;
	return kind;
}

/* The form follows from the length of the TCP header. */
static inline bool plain_is_same_kind(const struct plain_kind *a, const struct plain_kind *b)
{
	return ((a->link ^ b->link) | (a->ip ^ b->ip) | (uint64_t)(a->tcp ^ b->tcp)) == 0;
}

static inline uint32_t plain_tcp_bytes_of(enum plain_form form)
{
	if (form == PLAIN_STAMPED)
		return PLAIN_STAMPED_TCP_BYTES;
	return PLAIN_TCP_BYTES;
}

/* The kind of the frames of that form that bear this. */
static inline struct plain_kind plain_kind(uint32_t link, uint8_t ttl, enum plain_form form)
{
	const uint8_t frame[PLAIN_OPTIONS_AT] = {
		[PLAIN_LINK_AT] = (uint8_t)(link >> 24),
		[PLAIN_LINK_AT + 1] = (uint8_t)(link >> 16),
		[PLAIN_LINK_AT + 2] = (uint8_t)(link >> 8),
		[PLAIN_LINK_AT + 3] = (uint8_t)link,
		[PLAIN_IP_AT - 2] = PLAIN_IP_BEGINS >> 16,
		[PLAIN_IP_AT - 1] = PLAIN_IP_BEGINS >> 8 & 255,
		[PLAIN_IP_AT] = PLAIN_IP_BEGINS & 255,
		[PLAIN_IP_AT + 8] = ttl,
		[PLAIN_IP_AT + 9] = PROTOCOL_TCP,
		[PLAIN_TCP_AT + 12] = (uint8_t)(plain_tcp_bytes_of(form) / 4 << 4),
		[PLAIN_TCP_AT + 13] = TCP_ACK,
	};

	return plain_kind_of(frame, form);
}

/* As plain_measure(), of frames of that kind alone; the others are as if they were not plain. The
 * form is the kind's: where it is a constant, so are the places of what follows. */
static INLINED struct plain plain_measure_kind(const struct frame *frame,
					       const struct plain_kind *kind, enum plain_form form)
{
	const uint32_t headers_bytes = PLAIN_IP_BYTES + plain_tcp_bytes_of(form);
	struct plain_kind seen;
	uint32_t total_bytes;

	if (frame->linktype != PLAIN_LINKTYPE ||
	    frame->captured_bytes < PLAIN_IP_AT + headers_bytes)
		return (struct plain){0};
	seen = plain_kind_of(frame->bytes, form);
	total_bytes = bytes_be16(frame->bytes + PLAIN_IP_AT + 2);
	if (!plain_is_same_kind(&seen, kind) || total_bytes < headers_bytes ||
	    (form == PLAIN_STAMPED &&
	     bytes_be32(frame->bytes + PLAIN_OPTIONS_AT) != PLAIN_TIME_STAMPS_ALONE))
		return (struct plain){0};
	return (struct plain){headers_bytes, plain_packet_bytes(frame, total_bytes),
			      total_bytes - headers_bytes};
}

/* All that the headers of a plain frame tell but its ends; whose header bears no time stamps, has
 * `tsval` and `tsecr` of 0. */
static inline void plain_read(const struct plain *plain, const uint8_t *frame,
			      struct segment *segment)
{
	const uint8_t *ip = frame + PLAIN_IP_AT, *tcp = frame + PLAIN_TCP_AT;
	bool stamped = plain->headers_bytes == PLAIN_IP_BYTES + PLAIN_STAMPED_TCP_BYTES;

	segment->link = bytes_be32(frame + PLAIN_LINK_AT);
	segment->ip_id = bytes_be16(ip + 4);
	segment->ttl = ip[8];
	segment->seq = bytes_be32(tcp + 4);
	segment->ack = bytes_be32(tcp + 8);
	segment->flags = tcp[13];
	segment->window = bytes_be16(tcp + 14);
	segment->marks = stamped ? SEGMENT_TIMESTAMPS : 0;
	segment->tsval = stamped ? bytes_be32(tcp + PLAIN_TCP_BYTES + 4) : 0;
	segment->tsecr = stamped ? bytes_be32(tcp + PLAIN_TCP_BYTES + 8) : 0;
	segment->payload_bytes = plain->payload_bytes;
}

/* What the captured payload looks like, where that is asked and there is any. */
static inline enum payload_look plain_look(const struct plain *plain, const uint8_t *frame,
					   unsigned depth)
{
	const uint8_t *payload = frame + PLAIN_IP_AT + plain->headers_bytes;

	if ((depth & DECODE_LOOK_AT_PAYLOAD) == 0 || plain->packet_bytes <= plain->headers_bytes)
		return PAYLOAD_UNSEEN;
	if (!decode_may_know(*payload))
		return PAYLOAD_UNKNOWN;
	return decode_look(payload, plain->packet_bytes - plain->headers_bytes,
			   plain->payload_bytes);
}

/* Counts plain frames, which are so long together on the wire. */
static inline void plain_count(struct decode_counters *counters, unsigned frames, uint64_t bytes)
{
	counters->frames += frames;
	counters->bytes += bytes;
	counters->by_verdict[DECODE_TCP] += frames;
	counters->ipv4 += frames;
}

/* Decodes and counts a plain frame, which is TCP. False: it must go the general way, and neither
 * the segment nor a counter was changed. */
bool decode_plain(const struct frame *frame, unsigned depth, struct segment *segment,
		  struct decode_counters *counters);

#endif
