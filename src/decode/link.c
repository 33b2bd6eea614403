/*
 * Link layers: from a frame's first byte to its IP packet.
 */
#include "decode/layers.h"

#include "source/bytes.h"

#include <stddef.h>

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_PROVIDER_VLAN = 0x88a8,
	ETHERTYPE_BACKBONE = 0x88e7,
	ETHERTYPE_VN_TAG = 0x8926,
	ETHERTYPE_OLD_PROVIDER_VLAN = 0x9100,
	ETHERTYPE_OLDER_PROVIDER_VLAN = 0x9200,
	ETHERTYPE_MIN = 0x0600, /* below it, the field is a length (IEEE 802.3) */
};

enum {
	ETHERNET_HEADER_BYTES = 14,
	VLAN_TAG_BYTES = 4,
	VN_TAG_BYTES = 6,
	VLAN_TAGS_MAX = 8,
	MPLS_LABEL_BYTES = 4,
	MPLS_LABELS_MAX = 16,
	PPPOE_HEADER_BYTES = 6,
	SNAP_HEADER_BYTES = 8,
	LLC_HEADER_BYTES = 3,
};

/* Protocol numbers of PPP. */
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_ADDRESS_CONTROL = 0xff03 };

/* Reads a tag and notes its VLAN, if it names one: id 0 carries a priority only (IEEE 802.1Q, 6.9).
 */
static unsigned take_vlan_tag(struct decoding *decoding, struct span *span)
{
	struct tuple *tuple = &decoding->segment->tuple;
	uint16_t id = bytes_be16(span->at) & 0x0fff;
	unsigned ethertype = bytes_be16(span->at + 2);

	if (id && tuple->vlan_count < TUPLE_VLANS_MAX)
		tuple->vlan[tuple->vlan_count++] = id;
	decoding->tags++;
	span_take(span, VLAN_TAG_BYTES);
	return ethertype;
}

/* Passes a tag between a switch and what stands in for its ports (IEEE 802.1Qbh, draft 2.0): each
 * direction names another port, so that nothing of it is kept. */
static unsigned pass_vn_tag(struct decoding *decoding, struct span *span)
{
	unsigned ethertype = bytes_be16(span->at + 4);

	decoding->tags++;
	span_take(span, VN_TAG_BYTES);
	return ethertype;
}

static bool is_vlan(unsigned ethertype)
{
	return ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_PROVIDER_VLAN ||
	       ethertype == ETHERTYPE_OLD_PROVIDER_VLAN ||
	       ethertype == ETHERTYPE_OLDER_PROVIDER_VLAN;
}

/* Labels down to the bottom of the stack (RFC 3032, 2.1); behind them, a pseudowire's control word
 * has no IP version (RFC 4385, 3). */
static enum decode_verdict decode_mpls(struct decoding *decoding, struct span span)
{
	for (unsigned labels = 0; labels < MPLS_LABELS_MAX; labels++) {
		if (!span_has(&span, MPLS_LABEL_BYTES))
			return span_too_short(decoding, &span, MPLS_LABEL_BYTES);
		bool bottom = span.at[2] & 1;
		span_take(&span, MPLS_LABEL_BYTES);
		if (bottom)
			return decode_ip_or_other(decoding, span);
	}
	return DECODE_NOT_TCP;
}

/* The protocol field of PPP, which may be compressed to one odd byte (RFC 1661, 6.5). */
static enum decode_verdict decode_ppp_protocol(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, 2))
		return span_too_short(decoding, &span, 2);

	bool compressed = span.at[0] & 1;
	unsigned protocol = compressed ? span.at[0] : bytes_be16(span.at);
	span_take(&span, compressed ? 1 : 2);
	if (protocol == PPP_IPV4 || protocol == PPP_IPV6)
		return decode_ip(decoding, span);
	return protocol == PPP_MPLS ? decode_mpls(decoding, span) : DECODE_NOT_TCP;
}

/* A session's packet (RFC 2516, 4). */
static enum decode_verdict decode_pppoe(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, PPPOE_HEADER_BYTES))
		return span_too_short(decoding, &span, PPPOE_HEADER_BYTES);
	if (span.at[0] != 0x11 || span.at[1] != 0)
		return DECODE_NOT_TCP;
	span_take(&span, PPPOE_HEADER_BYTES);
	return decode_ppp_protocol(decoding, span);
}

/* IP by its own service access point, or by an EtherType in a SNAP header. */
enum decode_verdict decode_llc(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, LLC_HEADER_BYTES))
		return span_too_short(decoding, &span, LLC_HEADER_BYTES);
	if (span.at[0] == 0x06 && span.at[1] == 0x06 && span.at[2] == 0x03) {
		span_take(&span, LLC_HEADER_BYTES);
		return decode_ip(decoding, span);
	}
	if (span.at[0] != 0xaa || span.at[1] != 0xaa || span.at[2] != 0x03)
		return DECODE_NOT_TCP;
	if (!span_has(&span, SNAP_HEADER_BYTES))
		return span_too_short(decoding, &span, SNAP_HEADER_BYTES);
	if (span.at[3] != 0 || span.at[4] != 0)
		return DECODE_NOT_TCP;

	/* Organisation 0, or 0xf8 for bridged frames (RFC 1042). */
	unsigned ethertype = bytes_be16(span.at + 6);
	if ((span.at[5] != 0 && span.at[5] != 0xf8) || ethertype < ETHERTYPE_MIN)
		return DECODE_NOT_TCP;
	span_take(&span, SNAP_HEADER_BYTES);
	return decode_ethertype(decoding, ethertype, span);
}

/* A type field that stands where IEEE 802.3 may have a length instead. */
static enum decode_verdict decode_type_or_length(struct decoding *decoding, unsigned field,
						 struct span span)
{
	return field < ETHERTYPE_MIN ? decode_llc(decoding, span)
				     : decode_ethertype(decoding, field, span);
}

/* A customer's frame in a provider's backbone, behind the number of its service (IEEE 802.1ah). */
static enum decode_verdict decode_backbone(struct decoding *decoding, struct span span)
{
	enum { SERVICE_TAG_BYTES = 4, SERVICE_MASK = 0xffffff };

	if (!span_has(&span, SERVICE_TAG_BYTES))
		return span_too_short(decoding, &span, SERVICE_TAG_BYTES);
	if (!decode_open_tunnel(decoding, TUNNEL_PBB))
		return DECODE_NOT_TCP;
	decode_name_tunnel(decoding, bytes_be32(span.at) & SERVICE_MASK);
	span_take(&span, SERVICE_TAG_BYTES);
	return decode_ethernet(decoding, span);
}

enum decode_verdict decode_ethertype(struct decoding *decoding, unsigned ethertype,
				     struct span span)
{
	while (is_vlan(ethertype) || ethertype == ETHERTYPE_VN_TAG) {
		bool vlan = is_vlan(ethertype);
		uint32_t bytes = vlan ? VLAN_TAG_BYTES : VN_TAG_BYTES;

		if (!span_has(&span, bytes))
			return span_too_short(decoding, &span, bytes);
		if (decoding->tags == VLAN_TAGS_MAX)
			return DECODE_NOT_TCP;
		ethertype = vlan ? take_vlan_tag(decoding, &span) : pass_vn_tag(decoding, &span);
		if (ethertype < ETHERTYPE_MIN)
			return decode_llc(decoding, span);
	}
	switch (ethertype) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
		return decode_ip(decoding, span);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return decode_mpls(decoding, span);
	case ETHERTYPE_PPPOE:
		return decode_pppoe(decoding, span);
	case ETHERTYPE_BACKBONE:
		return decode_backbone(decoding, span);
	default:
		return DECODE_NOT_TCP;
	}
}

enum decode_verdict decode_ethernet(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, ETHERNET_HEADER_BYTES))
		return span_too_short(decoding, &span, ETHERNET_HEADER_BYTES);

	unsigned field = bytes_be16(span.at + 12);
	decoding->segment->link = bytes_be32(span.at + 8);
	span_take(&span, ETHERNET_HEADER_BYTES);
	return decode_type_or_length(decoding, field, span);
}

/* Linux cooked capture: a header of `bytes` with an EtherType or 802.3's "4: LLC" at `at`. */
static enum decode_verdict decode_cooked(struct decoding *decoding, struct span span,
					 uint32_t bytes, uint32_t at)
{
	enum { COOKED_LLC = 4 };

	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);

	unsigned field = bytes_be16(span.at + at);
	span_take(&span, bytes);
	if (field < ETHERTYPE_MIN && field != COOKED_LLC)
		return DECODE_NOT_TCP;
	return decode_type_or_length(decoding, field, span);
}

static enum decode_verdict decode_sll(struct decoding *decoding, struct span span)
{
	return decode_cooked(decoding, span, 16, 14);
}

static enum decode_verdict decode_sll2(struct decoding *decoding, struct span span)
{
	return decode_cooked(decoding, span, 20, 0);
}

/*
 * The address family of BSD's loopback, in the order of whatever machine captured it. AF_INET is 2
 * everywhere, AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS.
 */
static enum decode_verdict decode_loopback(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, 4))
		return span_too_short(decoding, &span, 4);

	uint32_t family = bytes_be32(span.at);
	if (family > 0xffff)
		family = bytes_le32(span.at);
	span_take(&span, 4);
	switch (family) {
	case 2:
	case 10:
	case 24:
	case 28:
	case 30:
		return decode_ip(decoding, span);
	default:
		return DECODE_NOT_TCP;
	}
}

/* PPP, whose address and control bytes are left out where the ends agreed on it (RFC 1661, 6.6). */
enum decode_verdict decode_ppp(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, 2))
		return span_too_short(decoding, &span, 2);
	if (bytes_be16(span.at) == PPP_ADDRESS_CONTROL)
		span_take(&span, 2);
	return decode_ppp_protocol(decoding, span);
}

/* Cisco's HDLC: address, control, EtherType. */
static enum decode_verdict decode_cisco_hdlc(struct decoding *decoding, struct span span)
{
	if (!span_has(&span, 4))
		return span_too_short(decoding, &span, 4);

	unsigned ethertype = bytes_be16(span.at + 2);
	span_take(&span, 4);
	return decode_ethertype(decoding, ethertype, span);
}

/* PPP in HDLC-like framing (RFC 1662), or else Cisco's HDLC, told by the address. */
static enum decode_verdict decode_ppp_or_cisco(struct decoding *decoding, struct span span)
{
	bool cisco = span_has(&span, 1) && (span.at[0] == 0x0f || span.at[0] == 0x8f);

	return cisco ? decode_cisco_hdlc(decoding, span) : decode_ppp(decoding, span);
}

/*
 * ARCNET with the protocol number at `at`: 2 behind the addresses, 4 where Linux puts an offset
 * between them. By RFC 1051 the packet follows; by RFC 1201 (IPv6: RFC 2497) the split flag and a
 * sequence number do first, and they and the protocol number once more in an exception frame.
 */
static enum decode_verdict decode_arcnet(struct decoding *decoding, struct span span, uint32_t at)
{
	enum { OLD_IPV4 = 0xf0, IPV4 = 0xd4, IPV6 = 0xc4, EXCEPTION = 0xff, NUMBER_BYTES = 4 };
	uint32_t bytes = at + 1;

	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	unsigned protocol = span.at[at];
	if (protocol != OLD_IPV4 && protocol != IPV4 && protocol != IPV6)
		return DECODE_NOT_TCP;
	if (protocol != OLD_IPV4) {
		bytes = at + NUMBER_BYTES;
		if (span_has(&span, at + 2) && span.at[at + 1] == EXCEPTION)
			bytes += NUMBER_BYTES;
		if (!span_has(&span, bytes))
			return span_too_short(decoding, &span, bytes);
		/* Odd in the first fragment of several, even in the others. */
		unsigned split = span.at[bytes - 3];
		if (split && split % 2 == 0)
			return DECODE_FRAGMENT;
		decoding->fragment = split != 0;
	}
	span_take(&span, bytes);
	return decode_ip(decoding, span);
}

static enum decode_verdict decode_arcnet_bsd(struct decoding *decoding, struct span span)
{
	return decode_arcnet(decoding, span, 2);
}

static enum decode_verdict decode_arcnet_linux(struct decoding *decoding, struct span span)
{
	return decode_arcnet(decoding, span, 4);
}

/* IP over InfiniBand: two addresses of 20 bytes, then EtherType and reserved bytes (RFC 4391, 6).
 */
static enum decode_verdict decode_ipoib(struct decoding *decoding, struct span span)
{
	enum { ETHERTYPE_AT = 40, BYTES = 44 };

	if (!span_has(&span, BYTES))
		return span_too_short(decoding, &span, BYTES);

	unsigned ethertype = bytes_be16(span.at + ETHERTYPE_AT);
	span_take(&span, BYTES);
	return decode_ethertype(decoding, ethertype, span);
}

/*
 * Ethernet behind Juniper's header: a magic number and flags, which tell of extensions with a
 * length, and whether 4 bytes with an address family stand in for the Ethernet header.
 */
static enum decode_verdict decode_juniper(struct decoding *decoding, struct span span)
{
	enum { MAGIC = 0x4d4743, EXTENDED = 0x80, NO_LINK_HEADER = 0x02, FAMILY_BYTES = 4 };
	uint32_t bytes = 4;

	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	uint32_t first = bytes_be32(span.at);
	if (first >> 8 != MAGIC)
		return DECODE_NOT_TCP;
	if (first & EXTENDED) {
		bytes += 2;
		if (!span_has(&span, bytes))
			return span_too_short(decoding, &span, bytes);
		bytes += bytes_be16(span.at + 4);
	}
	if (first & NO_LINK_HEADER)
		bytes += FAMILY_BYTES;
	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	span_take(&span, bytes);
	return first & NO_LINK_HEADER ? decode_ip_or_other(decoding, span)
				      : decode_ethernet(decoding, span);
}

/* The link types that are understood (LINKTYPE_* as in files). */
static const struct {
	uint16_t linktype;
	enum decode_verdict (*decode)(struct decoding *decoding, struct span span);
} links[] = {
	{1, decode_ethernet},
	{0, decode_loopback},       /* NULL */
	{6, decode_token_ring},     /* IEEE802_5 */
	{7, decode_arcnet_bsd},     /* ARCNET_BSD */
	{9, decode_ppp},            /* PPP */
	{10, decode_fddi},          /* FDDI */
	{12, decode_ip},            /* RAW, as some systems write it */
	{14, decode_ip},            /* RAW, as OpenBSD writes it */
	{50, decode_ppp_or_cisco},  /* PPP_HDLC */
	{101, decode_ip},           /* RAW */
	{104, decode_cisco_hdlc},   /* C_HDLC */
	{105, decode_wifi},         /* IEEE802_11 */
	{108, decode_loopback},     /* LOOP */
	{113, decode_sll},          /* LINUX_SLL */
	{127, decode_radiotap},     /* IEEE802_11_RADIOTAP */
	{129, decode_arcnet_linux}, /* ARCNET_LINUX */
	{178, decode_juniper},      /* JUNIPER_ETHER */
	{192, decode_ppi},          /* PPI */
	{228, decode_ip},           /* IPV4 */
	{229, decode_ip},           /* IPV6 */
	{239, decode_nflog},        /* NFLOG */
	{242, decode_ipoib},        /* IPOIB */
	{276, decode_sll2},         /* LINUX_SLL2 */
};

enum { LINK_COUNT = sizeof(links) / sizeof(links[0]) };

static unsigned find_link(unsigned linktype)
{
	unsigned link = 0;

	while (link < LINK_COUNT && links[link].linktype != linktype)
		link++;
	return link;
}

bool decode_knows_linktype(unsigned linktype)
{
	return find_link(linktype) < LINK_COUNT;
}

enum decode_verdict decode_link(struct decoding *decoding, unsigned linktype, struct span span)
{
	unsigned link = find_link(linktype);

	return link < LINK_COUNT ? links[link].decode(decoding, span) : DECODE_NOT_TCP;
}
