/*
 * IP of both versions, its extension headers, and IP inside IP: from a packet to its TCP segment.
 */
#include "decode/layers.h"

#include "decode/protocols.h"
#include "source/bytes.h"

#include <stddef.h>

enum {
	IPV4_MIN_BYTES = 20,
	IPV6_BYTES = 40,
	EXTENSION_MIN_BYTES = 8,
	EXTENSIONS_MAX = 16,
};

static bool is_extension(unsigned protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_FRAGMENT:
	case PROTOCOL_AH:
	case PROTOCOL_DESTINATION_OPTIONS:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return true;
	default:
		return false;
	}
}

bool decode_may_lead_to_tcp(unsigned protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_IPV4 || protocol == PROTOCOL_IPV6 ||
	       protocol == PROTOCOL_GRE || is_extension(protocol);
}

/* By the first header's length field: in units of 8 bytes, but of 4 in AH (RFC 4302, 2.2). */
static uint32_t extension_bytes(unsigned protocol, const uint8_t *at)
{
	if (protocol == PROTOCOL_FRAGMENT)
		return EXTENSION_MIN_BYTES;
	return protocol == PROTOCOL_AH ? (at[1] + 2U) * 4 : (at[1] + 1U) * 8;
}

/* Behind a fragment header (RFC 8200, 4.5), which a packet that is whole may have, too. */
static enum decode_verdict decode_behind_fragment_header(struct decoding *decoding,
							 const uint8_t *header, struct span span)
{
	enum { OFFSET = 0xfff8, MORE = 0x0001 };
	unsigned field = bytes_be16(header + 2);
	struct fragment fragment = {
		.id = bytes_be32(header + 4),
		.offset_bytes = field & OFFSET,
		.protocol = header[0],
		.more = field & MORE,
	};

	return field & (OFFSET | MORE) ? decode_fragment(decoding, &fragment, span)
				       : decode_protocol(decoding, header[0], span);
}

/* Passes one extension header. */
static enum decode_verdict decode_extension(struct decoding *decoding, unsigned protocol,
					    struct span span)
{
	if (decoding->extensions++ == EXTENSIONS_MAX)
		return DECODE_NOT_TCP;
	if (!span_has(&span, EXTENSION_MIN_BYTES))
		return span_too_short(decoding, &span, EXTENSION_MIN_BYTES);

	const uint8_t *header = span.at;
	uint32_t bytes = extension_bytes(protocol, header);
	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	/* While segments are left, the final destination is not the one in the IPv6 header. */
	if (protocol == PROTOCOL_ROUTING && header[3])
		decoding->unsure = true;
	span_take(&span, bytes);
	return protocol == PROTOCOL_FRAGMENT ? decode_behind_fragment_header(decoding, header, span)
					     : decode_protocol(decoding, header[0], span);
}

static enum decode_verdict decode_ip_in_ip(struct decoding *decoding, unsigned protocol,
					   struct span span)
{
	bool in_four = decoding->segment->tuple.ip_version == 4;
	enum tunnel type = in_four ? TUNNEL_6IN4 : TUNNEL_6IN6;

	if (protocol == PROTOCOL_IPV4)
		type = in_four ? TUNNEL_IPIP : TUNNEL_4IN6;
	return decode_open_tunnel(decoding, type) ? decode_ip(decoding, span) : DECODE_NOT_TCP;
}

enum decode_verdict decode_protocol(struct decoding *decoding, unsigned protocol, struct span span)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return decode_tcp(decoding, span);
	case PROTOCOL_IPV4:
	case PROTOCOL_IPV6:
		return decode_ip_in_ip(decoding, protocol, span);
	case PROTOCOL_UDP:
		return decode_udp(decoding, span);
	case PROTOCOL_GRE:
		return decode_gre(decoding, span);
	default:
		return is_extension(protocol) ? decode_extension(decoding, protocol, span)
					      : DECODE_NOT_TCP;
	}
}

/* Notes the innermost header so far; its addresses are the connection's. */
static void note_header(struct decoding *decoding, uint8_t version, const uint8_t *addresses)
{
	if (!decoding->outer_version)
		decoding->outer_version = version;
	decoding->segment->tuple.ip_version = version;
	decoding->addresses = addresses;
}

static enum decode_verdict decode_ipv4(struct decoding *decoding, struct span span)
{
	enum { OFFSET = 0x1fff, MORE = 0x2000 };

	if (!span_has(&span, IPV4_MIN_BYTES))
		return span_too_short(decoding, &span, IPV4_MIN_BYTES);

	const uint8_t *header = span.at;
	uint32_t header_bytes = (header[0] & 0x0fU) * 4;
	uint32_t total_bytes = bytes_be16(header + 2);
	unsigned field = bytes_be16(header + 6);
	struct fragment fragment = {
		.id = bytes_be16(header + 4),
		.offset_bytes = (field & OFFSET) * 8,
		.protocol = header[9],
		.more = field & MORE,
	};
	if (header_bytes < IPV4_MIN_BYTES)
		return DECODE_INVALID;

	/* Segmentation offload leaves 0 where the packet outgrows the field. */
	if (total_bytes)
		span_limit(decoding, &span, total_bytes);
	if (span_wire_bytes(decoding, &span) < header_bytes)
		return DECODE_INVALID;
	note_header(decoding, 4, header + 12);
	decoding->segment->ttl = header[8];
	decoding->segment->ip_id = bytes_be16(header + 4);
	/* Options may hold the final destination, which the checksum covers. */
	decoding->unsure |= !total_bytes || header_bytes > IPV4_MIN_BYTES;
	if (!span_has(&span, header_bytes))
		return decode_may_lead_to_tcp(fragment.protocol)
			       ? span_too_short(decoding, &span, header_bytes)
			       : DECODE_NOT_TCP;
	span_take(&span, header_bytes);
	return field & (OFFSET | MORE) ? decode_fragment(decoding, &fragment, span)
				       : decode_protocol(decoding, fragment.protocol, span);
}

static enum decode_verdict decode_ipv6(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, IPV6_BYTES))
		return span_too_short(decoding, &span, IPV6_BYTES);

	const uint8_t *header = span.at;
	uint32_t payload_bytes = bytes_be16(header + 4);
	unsigned protocol = header[6];

	note_header(decoding, 6, header + 8);
	decoding->segment->ttl = header[7];
	decoding->segment->ip_id = 0;
	span_take(&span, IPV6_BYTES);
	/* 0 in a jumbogram (RFC 2675, 3) and after segmentation offload. */
	if (payload_bytes)
		span_limit(decoding, &span, payload_bytes);
	decoding->unsure |= !payload_bytes;
	return decode_protocol(decoding, protocol, span);
}

enum decode_verdict decode_ip(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, 1))
		return span_too_short(decoding, &span, 1);
	switch (span.at[0] >> 4) {
	case 4:
		return decode_ipv4(decoding, span);
	case 6:
		return decode_ipv6(decoding, span);
	default:
		return DECODE_INVALID;
	}
}

enum decode_verdict decode_ip_or_other(struct decoding *decoding, struct span span)
{
	if (span_has(&span, 1) && span.at[0] >> 4 != 4 && span.at[0] >> 4 != 6)
		return DECODE_NOT_TCP;
	return decode_ip(decoding, span);
}
