/*
 * Packets made by hand, layer by layer, and what the decoder says of them.
 */
#ifndef TCPBYE_TEST_DECODE_PACKET_H
#define TCPBYE_TEST_DECODE_PACKET_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/segment.h"
#include "decode/decode.h"
#include "source/frame.h"

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_TOKEN_RING = 6,
	LINK_ARCNET = 7,
	LINK_PPP = 9,
	LINK_FDDI = 10,
	LINK_PPP_HDLC = 50,
	LINK_RAW = 101,
	LINK_C_HDLC = 104,
	LINK_WIFI = 105,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_RADIOTAP = 127,
	LINK_ARCNET_LINUX = 129,
	LINK_JUNIPER = 178,
	LINK_PPI = 192,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_IPOIB = 242,
	LINK_SLL2 = 276,
};

enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };

struct packet {
	uint8_t at[2048];
	uint32_t count;
};

/* What decode_frame() said. */
struct decoded {
	enum decode_verdict verdict;
	struct segment segment;
	struct decode_counters counters;
};

static inline void put8(struct packet *packet, unsigned value)
{
	cr_assert_lt(packet->count, sizeof(packet->at));
	packet->at[packet->count++] = (uint8_t)value;
}

static inline void put16(struct packet *packet, unsigned value)
{
	put8(packet, value >> 8);
	put8(packet, value & 0xff);
}

static inline void put32(struct packet *packet, uint32_t value)
{
	put16(packet, value >> 16);
	put16(packet, value & 0xffff);
}

static inline void put_zeros(struct packet *packet, unsigned count)
{
	while (count--)
		put8(packet, 0);
}

static inline void put_ethernet(struct packet *packet, unsigned type)
{
	put32(packet, 0x02000000);
	put32(packet, 0x00010200);
	put32(packet, 0x00000002);
	put16(packet, type);
}

static inline void put_vlan(struct packet *packet, unsigned tag, unsigned type)
{
	put16(packet, tag);
	put16(packet, type);
}

static inline void put_llc_snap(struct packet *packet, unsigned organisation, unsigned type)
{
	put8(packet, 0xaa);
	put8(packet, 0xaa);
	put8(packet, 0x03);
	put8(packet, organisation >> 16);
	put16(packet, organisation & 0xffff);
	put16(packet, type);
}

/* From 10.0.0.9 to 10.0.0.2, with `bytes` behind the header. */
static inline void put_ipv4(struct packet *packet, unsigned protocol, unsigned bytes)
{
	put16(packet, 0x4500);
	put16(packet, 20 + bytes);
	put16(packet, 0x1234);
	put16(packet, 0x4000);
	put8(packet, 63);
	put8(packet, protocol);
	put16(packet, 0);
	put32(packet, 0x0a000009);
	put32(packet, 0x0a000002);
}

/* From 2001:db8::9 to 2001:db8::2, with `bytes` behind the header. */
static inline void put_ipv6(struct packet *packet, unsigned next, unsigned bytes)
{
	put32(packet, 0x60000000);
	put16(packet, bytes);
	put8(packet, next);
	put8(packet, 62);
	for (unsigned last = 9; last; last = last == 9 ? 2 : 0) {
		put32(packet, 0x20010db8);
		put_zeros(packet, 11);
		put8(packet, last);
	}
}

/* A header of 20 bytes from port 5000 to port 80. */
static inline void put_tcp(struct packet *packet, unsigned flags)
{
	put16(packet, 5000);
	put16(packet, 80);
	put32(packet, 1000001);
	put32(packet, 2000002);
	put8(packet, 0x50);
	put8(packet, flags);
	put16(packet, 501);
	put32(packet, 0);
}

/* What every packet above ends with: a segment with 7 bytes of payload. */
enum { SEGMENT_BYTES = 27, IPV4_BYTES = 47, IPV6_PACKET_BYTES = 67 };

static inline void put_segment(struct packet *packet)
{
	put_tcp(packet, TCP_ACK | TCP_PSH);
	put_zeros(packet, 7);
}

static inline void put_ipv4_segment(struct packet *packet)
{
	put_ipv4(packet, 6, SEGMENT_BYTES);
	put_segment(packet);
}

static inline void put_ipv6_segment(struct packet *packet)
{
	put_ipv6(packet, 6, SEGMENT_BYTES);
	put_segment(packet);
}

/* Decodes the first `captured` of `wire` bytes, which lie alone in memory so that overreads are
 * found. */
static inline struct decoded decode_part(const struct packet *packet, unsigned linktype,
					 uint32_t captured, uint32_t wire, unsigned depth)
{
	struct decoded decoded;
	uint8_t *copy = malloc(captured ? captured : 1);
	struct frame frame = {
		.ts_ns = 77,
		.number = 5,
		.bytes = copy,
		.captured_bytes = captured,
		.wire_bytes = wire,
		.linktype = (uint16_t)linktype,
		.source = 3,
	};

	cr_assert_not_null(copy);
	memcpy(copy, packet->at, captured);
	memset(&decoded, 0xa5, sizeof(decoded));
	memset(&decoded.counters, 0, sizeof(decoded.counters));
	decoded.verdict = decode_frame(&frame, depth, &decoded.segment, &decoded.counters);
	free(copy);
	cr_assert_eq(decoded.counters.frames, 1);
	cr_assert_eq(decoded.counters.by_verdict[decoded.verdict], 1);
	cr_assert_eq(decoded.counters.bytes, wire);
	return decoded;
}

static inline struct decoded decode_whole(const struct packet *packet, unsigned linktype)
{
	return decode_part(packet, linktype, packet->count, packet->count, DECODE_HEADERS_ONLY);
}

/* The segment of put_segment() in an IP packet of put_ipv4() or put_ipv6(). */
static inline void check_segment(const struct decoded *decoded, unsigned version)
{
	const struct segment *segment = &decoded->segment;

	cr_assert_eq(decoded->verdict, DECODE_TCP);
	cr_assert_eq(segment->ts_ns, 77);
	cr_assert_eq(segment->number, 5);
	cr_assert_eq(segment->source, 3);
	cr_assert_eq(segment->tuple.ip_version, version);
	cr_assert_eq(segment->from, 1);
	cr_assert_eq(segment->tuple.port[0], 80);
	cr_assert_eq(segment->tuple.port[1], 5000);
	cr_assert_eq(segment->tuple.addr[0][version == 4 ? 3 : 15], 2);
	cr_assert_eq(segment->tuple.addr[1][version == 4 ? 3 : 15], 9);
	cr_assert_eq(segment->seq, 1000001);
	cr_assert_eq(segment->ack, 2000002);
	cr_assert_eq(segment->flags, TCP_ACK | TCP_PSH);
	cr_assert_eq(segment->window, 501);
	cr_assert_eq(segment->payload_bytes, 7);
	cr_assert_eq(segment->ttl, version == 4 ? 63 : 62);
	cr_assert_eq(segment->ip_id, version == 4 ? 0x1234 : 0);
	cr_assert_eq(segment->mss, 0);
	cr_assert_eq(segment->window_scale, SEGMENT_NO_WINDOW_SCALE);
	cr_assert_eq(segment->marks, 0);
}

/* The packet holds the usual segment over this link type, whole and with the usual counters. */
static inline struct decoded check_link(const struct packet *packet, unsigned linktype,
					unsigned version)
{
	struct decoded decoded = decode_whole(packet, linktype);

	cr_assert(decode_knows_linktype(linktype));
	check_segment(&decoded, version);
	cr_assert_eq(decoded.segment.frame_bytes, packet->count);
	cr_assert_eq(decoded.counters.ipv4, version == 4);
	cr_assert_eq(decoded.counters.ipv6, version == 6);
	cr_assert_eq(decoded.counters.tunnel, 0);
	return decoded;
}

static inline enum decode_verdict verdict_of(const struct packet *packet, unsigned linktype)
{
	return decode_whole(packet, linktype).verdict;
}

/* Every prefix, as a cut and as a whole frame: no overread (each lies alone in memory), and the
 * right verdict. */
static inline void check_prefixes(const struct packet *packet, unsigned linktype, uint32_t tcp_at)
{
	for (uint32_t length = 0; length < packet->count; length++) {
		struct decoded cut = decode_part(packet, linktype, length, packet->count,
						 DECODE_VERIFY_CHECKSUMS);
		struct decoded whole =
			decode_part(packet, linktype, length, length, DECODE_VERIFY_CHECKSUMS);

		if (length < tcp_at + 14) {
			cr_assert_eq(cut.verdict, DECODE_TRUNCATED, "%u of type %u", length,
				     linktype);
			cr_assert_neq(whole.verdict, DECODE_TCP, "%u of type %u", length, linktype);
			continue;
		}
		cr_assert_eq(cut.verdict, DECODE_TCP, "%u of type %u", length, linktype);
		cr_assert_eq(cut.segment.payload_bytes, 7);
		cr_assert_eq(cut.segment.window, length < tcp_at + 16 ? 0 : 501);
		cr_assert_eq(cut.segment.marks, length < tcp_at + 20 ? SEGMENT_CUT : 0);
	}
}

#endif
