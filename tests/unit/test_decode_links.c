/* Rarer link layers: ARCNET, InfiniBand, Juniper's, rings, NFLOG, and IEEE 802.11 with what stands
 * before it. */
#include "test_decode_packet.h"

static void put_bytes(struct packet *packet, const uint8_t *bytes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put8(packet, bytes[i]);
}

/* The usual segment behind `head`. */
static struct packet behind(const uint8_t *head, unsigned head_bytes)
{
	struct packet packet = {.count = 0};

	put_bytes(&packet, head, head_bytes);
	put_ipv4_segment(&packet);
	return packet;
}

#define BEHIND(head) behind(head, sizeof(head))

/* It is the usual segment, whole and at every prefix. */
static void check_behind(const struct packet *packet, unsigned linktype)
{
	check_link(packet, linktype, 4);
	check_prefixes(packet, linktype, packet->count - SEGMENT_BYTES);
}

Test(arcnet, packets_of_both_rfcs)
{
	static const uint8_t old[] = {1, 2, 0xf0}, linux_old[] = {1, 2, 0, 0, 0xf0};
	static const uint8_t new[] = {1, 2, 0xd4, 0, 0, 9};
	static const uint8_t linux_new[] = {1, 2, 0, 0, 0xd4, 0, 0, 9};
	static const uint8_t exception[] = {1, 2, 0xd4, 0xff, 0xff, 0xff, 0xd4, 0, 0, 9};
	struct packet packet = BEHIND(old);

	check_behind(&packet, LINK_ARCNET);
	packet = BEHIND(linux_old);
	check_behind(&packet, LINK_ARCNET_LINUX);
	packet = BEHIND(new);
	check_behind(&packet, LINK_ARCNET);
	packet = BEHIND(linux_new);
	check_behind(&packet, LINK_ARCNET_LINUX);
	packet = BEHIND(exception);
	check_behind(&packet, LINK_ARCNET);
}

Test(arcnet, ipv6)
{
	struct packet packet = {.count = 0};

	put32(&packet, 0x0102c400);
	put16(&packet, 9);
	put_ipv6_segment(&packet);
	check_link(&packet, LINK_ARCNET, 6);
	check_prefixes(&packet, LINK_ARCNET, packet.count - SEGMENT_BYTES);
}

Test(arcnet, fragments)
{
	static const uint8_t first[] = {1, 2, 0xd4, 3, 0, 9}, second[] = {1, 2, 0xd4, 2, 0, 9};
	struct packet packet = BEHIND(first);
	struct decoded decoded = decode_whole(&packet, LINK_ARCNET);

	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.marks, SEGMENT_FRAGMENT);
	cr_assert_eq(decoded.segment.payload_bytes, 7);
	packet = BEHIND(second);
	cr_assert_eq(verdict_of(&packet, LINK_ARCNET), DECODE_FRAGMENT);
}

Test(arcnet, other_protocols)
{
	static const unsigned protocols[] = {0, 0xd5, 0xf1, 0xfa, 0xff};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		uint8_t head[] = {1, 2, (uint8_t)protocols[i], 0, 0, 9};
		struct packet packet = BEHIND(head);

		cr_assert_eq(verdict_of(&packet, LINK_ARCNET), DECODE_NOT_TCP);
	}
}

Test(ipoib, behind_its_header)
{
	struct packet packet = {.count = 0};

	put_zeros(&packet, 40);
	put16(&packet, TYPE_IPV4);
	put16(&packet, 0);
	put_ipv4_segment(&packet);
	check_behind(&packet, LINK_IPOIB);
	packet.at[41] = 0x06; /* ARP */
	cr_assert_eq(verdict_of(&packet, LINK_IPOIB), DECODE_NOT_TCP);
}

Test(juniper, with_and_without_extensions)
{
	static const uint8_t plain[] = {0x4d, 0x47, 0x43, 0x01};
	static const uint8_t extended[] = {0x4d, 0x47, 0x43, 0x80, 0, 3, 9, 9, 9};
	static const uint8_t bare[] = {0x4d, 0x47, 0x43, 0x82, 0, 3, 9, 9, 9, 2, 0, 0, 0};
	struct packet packet = {.count = 0};

	put_bytes(&packet, plain, sizeof(plain));
	put_ethernet(&packet, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_behind(&packet, LINK_JUNIPER);
	packet.count = 0;
	put_bytes(&packet, extended, sizeof(extended));
	put_ethernet(&packet, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_behind(&packet, LINK_JUNIPER);
	packet = BEHIND(bare);
	check_behind(&packet, LINK_JUNIPER);
	packet.at[sizeof(bare)] = 0x25; /* neither Ethernet nor IP */
	cr_assert_eq(verdict_of(&packet, LINK_JUNIPER), DECODE_NOT_TCP);
}

Test(juniper, wrong_headers)
{
	static const uint8_t extended[] = {0x4d, 0x47, 0x43, 0x80, 0xff, 0xff};
	struct packet packet = BEHIND(extended);

	cr_assert_eq(verdict_of(&packet, LINK_JUNIPER), DECODE_INVALID);
	packet.at[1] = 0x48;
	cr_assert_eq(verdict_of(&packet, LINK_JUNIPER), DECODE_NOT_TCP);
}

/* A ring's frame: what stands before LLC, then the usual segment behind LLC and SNAP. */
static struct packet ring(const uint8_t *head, unsigned head_bytes)
{
	struct packet packet = {.count = 0};

	put_bytes(&packet, head, head_bytes);
	put_llc_snap(&packet, 0, TYPE_IPV4);
	put_ipv4_segment(&packet);
	return packet;
}

Test(token_ring, with_and_without_routing)
{
	static const uint8_t plain[] = {0x10, 0x40, 1, 2, 3, 4, 5, 6, 0x00, 8, 9, 10, 11, 12};
	static const uint8_t routed[] = {0x10, 0x40, 1,  2,  3, 4,    5,    6, 0x80, 8,
					 9,    10,   11, 12, 6, 0x30, 0x12, 3, 0x45, 6};
	struct packet packet = ring(plain, sizeof(plain));

	check_behind(&packet, LINK_TOKEN_RING);
	packet.at[1] = 0x00; /* the ring's own */
	cr_assert_eq(verdict_of(&packet, LINK_TOKEN_RING), DECODE_NOT_TCP);
	packet = ring(routed, sizeof(routed));
	check_behind(&packet, LINK_TOKEN_RING);
	packet.at[14] = 1; /* its length is below that of its own first field */
	cr_assert_eq(verdict_of(&packet, LINK_TOKEN_RING), DECODE_INVALID);
}

Test(fddi, frames_of_llc)
{
	static const uint8_t head[] = {0x51, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct packet packet = ring(head, sizeof(head));

	check_behind(&packet, LINK_FDDI);
	packet.at[0] = 0x41; /* station management */
	cr_assert_eq(verdict_of(&packet, LINK_FDDI), DECODE_NOT_TCP);
}

/* A log entry for IPv4: these attributes' bytes, of which the last begin the packet's. */
static struct packet logged(const uint8_t *attributes, unsigned bytes)
{
	struct packet packet = {.count = 0};

	put32(&packet, 0x02000000);
	put_bytes(&packet, attributes, bytes);
	put_ipv4_segment(&packet);
	return packet;
}

Test(nflog, in_both_byte_orders)
{
	static const uint8_t little[] = {8,  0, 1,   0,   8, 0, 3,  0, 7, 0,
					 10, 0, 'a', 'b', 0, 0, 51, 0, 9, 0};
	static const uint8_t big[] = {0, 8,  0,   1,   8, 0, 3, 0,  0, 7,
				      0, 10, 'a', 'b', 0, 0, 0, 51, 0, 9};
	struct packet packet = logged(little, sizeof(little));

	check_behind(&packet, LINK_NFLOG);
	put8(&packet, 0); /* padding of the attribute */
	check_link(&packet, LINK_NFLOG, 4);
	packet = logged(big, sizeof(big));
	check_behind(&packet, LINK_NFLOG);
}

Test(nflog, without_a_packet)
{
	static const uint8_t none[] = {8, 0, 1, 0, 8, 0, 3, 0};
	static const uint8_t stuck[] = {0, 0, 1, 0};
	static const uint8_t beyond[] = {52, 0, 9, 0};
	struct packet packet = {.count = 0};

	put32(&packet, 0x02000000);
	put_bytes(&packet, none, sizeof(none));
	cr_assert_eq(verdict_of(&packet, LINK_NFLOG), DECODE_NOT_TCP);
	packet = logged(stuck, sizeof(stuck));
	cr_assert_eq(verdict_of(&packet, LINK_NFLOG), DECODE_NOT_TCP);
	packet = logged(beyond, sizeof(beyond));
	cr_assert_eq(verdict_of(&packet, LINK_NFLOG), DECODE_NOT_TCP);
	packet.at[1] = 1; /* another version of the header */
	cr_assert_eq(verdict_of(&packet, LINK_NFLOG), DECODE_NOT_TCP);
}

/* An 802.11 header and LLC with SNAP before the usual segment. */
static void put_wifi(struct packet *packet, unsigned type, unsigned flags, unsigned more_bytes)
{
	put8(packet, type);
	put8(packet, flags);
	put_zeros(packet, 22 + more_bytes);
	put_llc_snap(packet, 0, TYPE_IPV4);
	put_ipv4_segment(packet);
}

static struct packet wifi(unsigned type, unsigned flags, unsigned more_bytes)
{
	struct packet packet = {.count = 0};

	put_wifi(&packet, type, flags, more_bytes);
	return packet;
}

Test(wifi, data_frames)
{
	static const struct {
		unsigned type, flags, more_bytes;
	} cases[] = {
		{0x08, 0x01, 0},  {0x08, 0x02, 0}, {0x08, 0x03, 6}, {0x88, 0x01, 2},
		{0x88, 0x83, 12}, {0x88, 0x82, 6}, {0x08, 0x80, 0}, {0x88, 0x0a, 2},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet packet = wifi(cases[i].type, cases[i].flags, cases[i].more_bytes);

		check_behind(&packet, LINK_WIFI);
		put32(&packet, 0xdeadbeef); /* a checksum is no payload */
		check_link(&packet, LINK_WIFI, 4);
	}
}

Test(wifi, what_cannot_be_read)
{
	static const struct {
		unsigned type, flags, more_bytes;
	} cases[] = {
		{0x80, 0x00, 0}, {0xd4, 0x00, 0}, {0x48, 0x01, 0}, {0xc8, 0x01, 2},
		{0x08, 0x41, 0}, {0x88, 0x42, 2}, {0x09, 0x01, 0}, {0x0c, 0x01, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet packet = wifi(cases[i].type, cases[i].flags, cases[i].more_bytes);

		cr_assert_eq(verdict_of(&packet, LINK_WIFI), DECODE_NOT_TCP, "case %zu", i);
	}
	struct packet aggregate = wifi(0x88, 0x01, 2);
	aggregate.at[24] = 0x80;
	cr_assert_eq(verdict_of(&aggregate, LINK_WIFI), DECODE_NOT_TCP);
}

Test(wifi, a_short_acknowledgement_is_not_invalid)
{
	struct packet packet = {.count = 0};

	put16(&packet, 0xd400);
	put_zeros(&packet, 8);
	cr_assert_eq(verdict_of(&packet, LINK_WIFI), DECODE_NOT_TCP);
}

Test(wifi, fragments)
{
	struct packet packet = wifi(0x08, 0x05, 0);
	struct decoded decoded = decode_whole(&packet, LINK_WIFI);

	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.marks, SEGMENT_FRAGMENT);
	packet.at[22] = 0xf1;
	cr_assert_eq(verdict_of(&packet, LINK_WIFI), DECODE_FRAGMENT);
}

Test(radiotap, is_passed)
{
	static const uint8_t shortest[] = {0, 0, 8, 0, 0, 0, 0, 0};
	static const uint8_t chained[] = {0, 0, 16, 0, 0x02, 0, 0, 0x80, 0, 0, 0, 0, 0x10, 0, 0, 0};
	struct packet packet = {.count = 0};

	put_bytes(&packet, shortest, sizeof(shortest));
	put_wifi(&packet, 0x08, 0x01, 0);
	check_behind(&packet, LINK_RADIOTAP);
	packet.count = 0;
	put_bytes(&packet, chained, sizeof(chained));
	put_wifi(&packet, 0x88, 0x01, 2);
	check_behind(&packet, LINK_RADIOTAP);
}

Test(radiotap, a_padded_header)
{
	static const uint8_t flags[] = {0, 0, 9, 0, 0x02, 0, 0, 0, 0x20};
	static const uint8_t timer[] = {0, 0, 17, 0, 0x03, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0x20};
	static const uint8_t chained[] = {0, 0, 25, 0, 0x03, 0, 0, 0x80, 0, 0, 0, 0,   0,
					  0, 0, 0,  1, 1,    1, 1, 1,    1, 1, 1, 0x20};
	struct packet packet = {.count = 0};

	put_bytes(&packet, flags, sizeof(flags));
	put_wifi(&packet, 0x88, 0x01, 4);
	check_behind(&packet, LINK_RADIOTAP);
	packet.at[8] = 0;
	cr_assert_eq(verdict_of(&packet, LINK_RADIOTAP), DECODE_NOT_TCP);
	packet.count = 0;
	put_bytes(&packet, timer, sizeof(timer));
	put_wifi(&packet, 0x88, 0x01, 4);
	check_behind(&packet, LINK_RADIOTAP);
	packet.count = 0;
	put_bytes(&packet, chained, sizeof(chained));
	put_wifi(&packet, 0x88, 0x01, 4);
	check_behind(&packet, LINK_RADIOTAP);
}

Test(radiotap, wrong_headers)
{
	static const uint8_t endless[] = {0, 0, 12, 0, 2, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff};
	struct packet packet = {.count = 0};

	put_bytes(&packet, endless, sizeof(endless));
	put_wifi(&packet, 0x88, 0x01, 2);
	check_link(&packet, LINK_RADIOTAP, 4);
	packet.at[2] = 7;
	cr_assert_eq(verdict_of(&packet, LINK_RADIOTAP), DECODE_INVALID);
	packet.at[3] = 9;
	cr_assert_eq(verdict_of(&packet, LINK_RADIOTAP), DECODE_INVALID);
	packet.at[0] = 1;
	cr_assert_eq(verdict_of(&packet, LINK_RADIOTAP), DECODE_NOT_TCP);
}

Test(ppi, before_any_link_type)
{
	static const uint8_t head[] = {0, 0, 12, 0, 105, 0, 0, 0, 9, 9, 9, 9};
	struct packet packet = {.count = 0};

	put_bytes(&packet, head, sizeof(head));
	put_wifi(&packet, 0x88, 0x01, 2);
	check_behind(&packet, LINK_PPI);
	packet.count = sizeof(head);
	packet.at[4] = LINK_ETHERNET;
	put_ethernet(&packet, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_behind(&packet, LINK_PPI);
}

Test(ppi, wrong_headers)
{
	static const uint8_t head[] = {0, 0, 8, 0, 105, 0, 0, 0};
	struct packet packet = {.count = 0};

	put_bytes(&packet, head, sizeof(head));
	put_wifi(&packet, 0x88, 0x01, 2);
	check_link(&packet, LINK_PPI, 4);
	packet.at[2] = 7;
	cr_assert_eq(verdict_of(&packet, LINK_PPI), DECODE_INVALID);
	packet.at[2] = 8;
	packet.at[4] = LINK_PPI; /* not within itself */
	cr_assert_eq(verdict_of(&packet, LINK_PPI), DECODE_NOT_TCP);
	packet.at[4] = LINK_WIFI;
	packet.at[0] = 1;
	cr_assert_eq(verdict_of(&packet, LINK_PPI), DECODE_NOT_TCP);
}
