/*
 * Tunnels: from the header that tells of one to the packet inside.
 *
 * UDP has no field for what it carries: a port is a hint only, and what does not look like the
 * tunnel's header in every bit that is fixed, or has no room for it, is another protocol.
 */
#include "decode/layers.h"

#include "source/bytes.h"

enum { TUNNELS_MAX = 4 };

enum { UDP_BYTES = 8 };

enum {
	PORT_L2TP = 1701,
	PORT_GTP_U = 2152,
	PORT_TEREDO = 3544,
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,
	PORT_OLD_VXLAN = 8472, /* Linux's, from before there was an assigned one */
};

enum {
	ETHERTYPE_ETHERNET = 0x6558,
	ETHERTYPE_ERSPAN = 0x88be,
	ETHERTYPE_ERSPAN_3 = 0x22eb,
	ETHERTYPE_WCCP = 0x883e,
};

/* What may stand before a Teredo packet. */
enum { TEREDO_ORIGIN = 0x0000, TEREDO_AUTHENTICATION = 0x0001 };

bool decode_open_tunnel(struct decoding *decoding, enum tunnel type)
{
	struct tuple *tuple = &decoding->segment->tuple;

	if (decoding->tunnels == TUNNELS_MAX)
		return false;
	decoding->tunnels++;
	decoding->unsure = false;
	tuple->tunnelled = true;
	tuple->tunnel_type = (uint8_t)type;
	tuple->tunnel_has_id = false;
	tuple->tunnel_id = 0;
	return true;
}

void decode_name_tunnel(struct decoding *decoding, uint32_t id)
{
	decoding->segment->tuple.tunnel_has_id = true;
	decoding->segment->tuple.tunnel_id = id;
}

/* An EtherType, or a whole Ethernet frame. */
static enum decode_verdict decode_payload(struct decoding *decoding, unsigned type,
					  struct span span)
{
	return type == ETHERTYPE_ETHERNET ? decode_ethernet(decoding, span)
					  : decode_ethertype(decoding, type, span);
}

/* IPv4 that a router redirected to a cache, behind a header of 4 bytes since version 2; nothing
 * else tells the versions apart than that the header is no IPv4. */
static enum decode_verdict decode_redirected(struct decoding *decoding, struct span span)
{
	enum { REDIRECT_BYTES = 4 };

	if (!span_has(&span, REDIRECT_BYTES))
		return span_too_short(decoding, &span, REDIRECT_BYTES);
	if (span.at[0] >> 4 != 4)
		span_take(&span, REDIRECT_BYTES);
	return decode_ip(decoding, span);
}

/*
 * What a switch mirrors (draft-foschiano-erspan-03, 4): type II, and the first without a header of
 * its own, which lacks GRE's sequence number. One session may mirror one direction only, so that
 * its number is no part of the connection's key.
 */
static enum decode_verdict decode_erspan(struct decoding *decoding, struct span span,
					 bool has_sequence)
{
	enum { BYTES = 8, VERSION_2 = 1 };

	if (has_sequence) {
		if (!span_has(&span, BYTES))
			return span_too_short(decoding, &span, BYTES);
		if (span.at[0] >> 4 != VERSION_2)
			return DECODE_NOT_TCP;
		span_take(&span, BYTES);
	}
	return decode_ethernet(decoding, span);
}

/* Type III: what the mirrored frame is, and more of the platform's, stand in the last two bytes of
 * its header. */
static enum decode_verdict decode_erspan_3(struct decoding *decoding, struct span span)
{
	enum { BYTES = 12, PLATFORM_BYTES = 8, VERSION_3 = 2, MARKS_AT = 10 };
	enum { FRAME_TYPE = 0x7c00, ETHERNET = 0, IP = 0x0800, HAS_PLATFORM = 0x0001 };

	if (!span_has(&span, BYTES))
		return span_too_short(decoding, &span, BYTES);
	unsigned marks = bytes_be16(span.at + MARKS_AT);
	uint32_t bytes = marks & HAS_PLATFORM ? BYTES + PLATFORM_BYTES : BYTES;
	unsigned type = marks & FRAME_TYPE;
	if (span.at[0] >> 4 != VERSION_3 || (type != ETHERNET && type != IP))
		return DECODE_NOT_TCP;
	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	span_take(&span, bytes);
	return type == IP ? decode_ip_or_other(decoding, span) : decode_ethernet(decoding, span);
}

/* GRE (RFC 2784, 2.1; key and sequence number: RFC 2890). */
enum decode_verdict decode_gre(struct decoding *decoding, struct span span)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, VERSION = 7 };
	enum { MIN_BYTES = 4 };

	if (!span_has(&span, MIN_BYTES))
		return span_too_short(decoding, &span, MIN_BYTES);
	unsigned flags = bytes_be16(span.at);
	unsigned type = bytes_be16(span.at + 2);
	uint32_t key_at = MIN_BYTES + 4U * ((flags & CHECKSUM) != 0);
	uint32_t bytes = key_at + 4U * ((flags & KEY) != 0) + 4U * ((flags & SEQUENCE) != 0);

	bool mirrored = type == ETHERTYPE_ERSPAN || type == ETHERTYPE_ERSPAN_3;
	if ((flags & (ROUTING | VERSION)) ||
	    !decode_open_tunnel(decoding, mirrored ? TUNNEL_ERSPAN : TUNNEL_GRE))
		return DECODE_NOT_TCP;
	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	if (flags & KEY)
		decode_name_tunnel(decoding, bytes_be32(span.at + key_at));
	span_take(&span, bytes);
	switch (type) {
	case ETHERTYPE_WCCP:
		return decode_redirected(decoding, span);
	case ETHERTYPE_ERSPAN:
		return decode_erspan(decoding, span, flags & SEQUENCE);
	case ETHERTYPE_ERSPAN_3:
		return decode_erspan_3(decoding, span);
	default:
		return decode_payload(decoding, type, span);
	}
}

/* The verdict where a tunnel's header was not captured whole: without room for it, it is none. */
static enum decode_verdict header_cut(const struct decoding *decoding, const struct span *span,
				      uint32_t bytes)
{
	enum decode_verdict verdict = span_too_short(decoding, span, bytes);

	return verdict == DECODE_INVALID ? DECODE_NOT_TCP : verdict;
}

/* Ends the span where a length field says; false where there is no room for so much. The rest of a
 * first fragment is in the others. */
static bool take_length(struct decoding *decoding, struct span *span, uint32_t bytes)
{
	if (bytes > span_wire_bytes(decoding, span))
		return decoding->fragment;
	span_limit(decoding, span, bytes);
	return true;
}

/* RFC 7348, 5; the bit and the number of a group policy: draft-smith-vxlan-group-policy. */
static enum decode_verdict decode_vxlan(struct decoding *decoding, struct span span)
{
	enum { HAS_NETWORK = 0x08, HAS_POLICY = 0x80, POLICY_MASK = 0xffffff, RESERVED_AT = 7 };
	enum { BYTES = 8 };

	if (!span_has(&span, BYTES))
		return header_cut(decoding, &span, BYTES);
	unsigned flags = span.at[0];
	bool has_policy = flags & HAS_POLICY;
	if ((flags & ~(unsigned)HAS_POLICY) != HAS_NETWORK || span.at[RESERVED_AT] ||
	    (!has_policy && (bytes_be32(span.at) & POLICY_MASK)))
		return DECODE_NOT_TCP;
	if (!decode_open_tunnel(decoding, TUNNEL_VXLAN))
		return DECODE_NOT_TCP;
	decode_name_tunnel(decoding, bytes_be32(span.at + 4) >> 8);
	span_take(&span, BYTES);
	return decode_ethernet(decoding, span);
}

/*
 * RFC 8926, 3.4. A control packet's payload is none of the network's. The network's id is chosen
 * for where the packet goes: routed connections have one in each direction, so that it is no part
 * of their key.
 */
static enum decode_verdict decode_geneve(struct decoding *decoding, struct span span)
{
	enum { VERSION = 0xc0, OPTION_WORDS = 0x3f, CONTROL = 0x80, RESERVED = 0x3f };
	enum { MIN_BYTES = 8, RESERVED_AT = 7 };

	if (!span_has(&span, MIN_BYTES))
		return header_cut(decoding, &span, MIN_BYTES);
	if ((span.at[0] & VERSION) || (span.at[1] & (CONTROL | RESERVED)) || span.at[RESERVED_AT])
		return DECODE_NOT_TCP;
	uint32_t bytes = MIN_BYTES + 4U * (span.at[0] & OPTION_WORDS);
	if (!span_has(&span, bytes))
		return header_cut(decoding, &span, bytes);
	if (!decode_open_tunnel(decoding, TUNNEL_GENEVE))
		return DECODE_NOT_TCP;
	unsigned type = bytes_be16(span.at + 2);
	span_take(&span, bytes);
	return decode_payload(decoding, type, span);
}

/* Passes extension headers, each with its length in words at the front and the next one's type at
 * its end, up to the type 0; DECODE_TCP where they are all passed. */
static enum decode_verdict pass_gtp_extensions(struct decoding *decoding, struct span *span,
					       unsigned type)
{
	while (type) {
		if (!span_has(span, 1))
			return header_cut(decoding, span, 1);
		uint32_t bytes = 4U * span->at[0];
		if (bytes == 0)
			return DECODE_NOT_TCP;
		if (!span_has(span, bytes))
			return header_cut(decoding, span, bytes);
		type = span->at[bytes - 1];
		span_take(span, bytes);
	}
	return DECODE_TCP;
}

/*
 * A user's packet (3GPP TS 29.281, 5.1). The endpoint's id is the receiver's own: each direction
 * has another, so that it is no part of the connection's key.
 */
static enum decode_verdict decode_gtp_u(struct decoding *decoding, struct span span)
{
	enum { FIXED = 0xf8, VERSION_1 = 0x30, EXTENDED = 0x04, OPTIONAL = 0x07, USER = 0xff };
	enum { MIN_BYTES = 8, OPTIONAL_BYTES = 4, EXTENSION_AT = 3 };

	if (!span_has(&span, MIN_BYTES))
		return header_cut(decoding, &span, MIN_BYTES);
	unsigned flags = span.at[0];
	unsigned message = span.at[1];
	uint32_t bytes = bytes_be16(span.at + 2);
	span_take(&span, MIN_BYTES);
	if ((flags & FIXED) != VERSION_1 || message != USER || !take_length(decoding, &span, bytes))
		return DECODE_NOT_TCP;
	if (flags & OPTIONAL) {
		if (!span_has(&span, OPTIONAL_BYTES))
			return header_cut(decoding, &span, OPTIONAL_BYTES);
		unsigned extension = flags & EXTENDED ? span.at[EXTENSION_AT] : 0;
		span_take(&span, OPTIONAL_BYTES);
		enum decode_verdict passed = pass_gtp_extensions(decoding, &span, extension);
		if (passed != DECODE_TCP)
			return passed;
	}
	if (!decode_open_tunnel(decoding, TUNNEL_GTP_U))
		return DECODE_NOT_TCP;
	return decode_ip_or_other(decoding, span);
}

/*
 * A session's PPP frame (RFC 2661, 3.1). The numbers of tunnel and session are the receiver's own:
 * each direction has others, so that they are no part of the connection's key.
 */
static enum decode_verdict decode_l2tp(struct decoding *decoding, struct span span)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200 };
	enum { FIXED = CONTROL | 0x34ff, VERSION_2 = 2 };
	enum { MIN_BYTES = 6 };

	if (!span_has(&span, MIN_BYTES))
		return header_cut(decoding, &span, MIN_BYTES);
	unsigned flags = bytes_be16(span.at);
	uint32_t bytes = MIN_BYTES + 2U * ((flags & LENGTH) != 0) + 4U * ((flags & SEQUENCE) != 0) +
			 2U * ((flags & OFFSET) != 0);
	if ((flags & FIXED) != VERSION_2 ||
	    ((flags & LENGTH) && !take_length(decoding, &span, bytes_be16(span.at + 2))))
		return DECODE_NOT_TCP;
	if (!span_has(&span, bytes))
		return header_cut(decoding, &span, bytes);
	if (flags & OFFSET)
		bytes += bytes_be16(span.at + bytes - 2);
	if (!span_has(&span, bytes))
		return header_cut(decoding, &span, bytes);
	if (!decode_open_tunnel(decoding, TUNNEL_L2TP))
		return DECODE_NOT_TCP;
	span_take(&span, bytes);
	return decode_ppp(decoding, span);
}

/* How long what a server puts before a packet is: the proof of who it is, or where the packet came
 * from (RFC 4380, 5.1.1); 0 where there is none of this type. */
static uint32_t teredo_indication_bytes(const struct span *span, unsigned type)
{
	enum { AUTHENTICATION_BYTES = 13, ORIGIN_BYTES = 8 };

	if (bytes_be16(span->at) != type)
		return 0;
	if (type == TEREDO_ORIGIN)
		return ORIGIN_BYTES;
	return AUTHENTICATION_BYTES + (uint32_t)span->at[2] + span->at[3];
}

/* IPv6 through address translators (RFC 4380, 5.2.3), with room for the whole packet. */
static enum decode_verdict decode_teredo(struct decoding *decoding, struct span span)
{
	static const unsigned indications[] = {TEREDO_AUTHENTICATION, TEREDO_ORIGIN};
	enum { MIN_BYTES = 4, VERSION_6 = 6, LENGTH_AT = 4, IPV6_BYTES = 40 };

	for (unsigned i = 0; i < sizeof(indications) / sizeof(indications[0]); i++) {
		if (!span_has(&span, MIN_BYTES))
			return header_cut(decoding, &span, MIN_BYTES);
		uint32_t bytes = teredo_indication_bytes(&span, indications[i]);
		if (!span_has(&span, bytes))
			return header_cut(decoding, &span, bytes);
		span_take(&span, bytes);
	}
	if (span_has(&span, 1) && span.at[0] >> 4 != VERSION_6)
		return DECODE_NOT_TCP;
	if (!span_has(&span, IPV6_BYTES))
		return header_cut(decoding, &span, IPV6_BYTES);
	if (!take_length(decoding, &span, IPV6_BYTES + bytes_be16(span.at + LENGTH_AT)) ||
	    !decode_open_tunnel(decoding, TUNNEL_TEREDO))
		return DECODE_NOT_TCP;
	return decode_ip(decoding, span);
}

/* A tunnel of which one end has this port: the other may have chosen any, and the answers go there
 * (RFC 2661, 8.1; RFC 4380, 5.2). */
static enum decode_verdict decode_by_either_port(struct decoding *decoding, unsigned source,
						 unsigned destination, struct span span)
{
	if (source == PORT_L2TP || destination == PORT_L2TP)
		return decode_l2tp(decoding, span);
	if (source == PORT_TEREDO || destination == PORT_TEREDO)
		return decode_teredo(decoding, span);
	return DECODE_NOT_TCP;
}

bool decode_may_be_tunnel(const struct span *span)
{
	enum { PORTS_BYTES = 4 };
	static const uint16_t ports[] = {PORT_L2TP,  PORT_GTP_U,  PORT_TEREDO,
					 PORT_VXLAN, PORT_GENEVE, PORT_OLD_VXLAN};

	if (!span_has(span, PORTS_BYTES))
		return false;
	for (unsigned i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (bytes_be16(span->at) == ports[i] || bytes_be16(span->at + 2) == ports[i])
			return true;
	return false;
}

enum decode_verdict decode_udp(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, UDP_BYTES))
		return DECODE_NOT_TCP;
	unsigned source = bytes_be16(span.at);
	unsigned destination = bytes_be16(span.at + 2);
	uint32_t bytes = bytes_be16(span.at + 4);
	/* 0 in a jumbogram (RFC 2675, 4) */
	if (bytes && (bytes < UDP_BYTES || !take_length(decoding, &span, bytes)))
		return DECODE_NOT_TCP;
	span_take(&span, UDP_BYTES);
	switch (destination) {
	case PORT_VXLAN:
	case PORT_OLD_VXLAN:
		return decode_vxlan(decoding, span);
	case PORT_GENEVE:
		return decode_geneve(decoding, span);
	case PORT_GTP_U:
		return decode_gtp_u(decoding, span);
	default:
		return decode_by_either_port(decoding, source, destination, span);
	}
}
