/* Frames inside of frames and of datagrams: PBB, VN-tag, ERSPAN, Teredo; and AH in each IP. */
#include "test_decode_packet.h"

#include "core/words.h"

enum { TYPE_BACKBONE = 0x88e7, TYPE_VN_TAG = 0x8926, TYPE_ERSPAN = 0x88be, TYPE_ERSPAN_3 = 0x22eb };
enum { PORT_TEREDO = 3544, GRE_SEQUENCE = 0x1000 };

/* It holds the usual segment out of a tunnel of this type, with this id or, where it is -1, none.
 */
static struct decoded check_tunnel(const struct packet *packet, unsigned linktype, unsigned version,
				   enum tunnel type, int64_t id)
{
	struct decoded decoded = decode_whole(packet, linktype);
	const struct tuple *tuple = &decoded.segment.tuple;

	check_segment(&decoded, version);
	cr_assert_eq(decoded.counters.tunnel, 1);
	cr_assert(tuple->tunnelled);
	cr_assert_eq(tuple->tunnel_type, type);
	cr_assert_eq(tuple->tunnel_has_id, id >= 0);
	cr_assert_eq(tuple->tunnel_id, id >= 0 ? (uint32_t)id : 0);
	return decoded;
}

/* Cut at every length, the segment is seen from its flags on, and before that the cut. */
static void check_cuts(const struct packet *packet, unsigned linktype)
{
	uint32_t usable = packet->count - SEGMENT_BYTES + 14;

	for (uint32_t length = 0; length < packet->count; length++) {
		struct decoded cut = decode_part(packet, linktype, length, packet->count,
						 DECODE_VERIFY_CHECKSUMS);

		cr_assert_eq(cut.verdict, length < usable ? DECODE_TRUNCATED : DECODE_TCP, "%u",
			     length);
		cr_assert_neq(
			decode_part(packet, linktype, length, length, DECODE_HEADERS_ONLY).verdict,
			length < usable ? DECODE_TCP : DECODE_TRUNCATED, "%u", length);
	}
}

static struct packet backbone(unsigned type)
{
	struct packet packet = {.count = 0};

	put_ethernet(&packet, 0x88a8);
	put_vlan(&packet, 0x0123, TYPE_BACKBONE);
	put32(&packet, 0x20abcdef);
	put_ethernet(&packet, type);
	return packet;
}

Test(pbb, carries_a_customers_frame)
{
	struct packet packet = backbone(TYPE_IPV4);

	put_ipv4_segment(&packet);
	struct decoded decoded = check_tunnel(&packet, LINK_ETHERNET, 4, TUNNEL_PBB, 0xabcdef);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 1);
	cr_assert_eq(decoded.segment.tuple.vlan[0], 0x123);
	check_cuts(&packet, LINK_ETHERNET);
}

Test(pbb, a_customers_own_tags_follow_the_backbones)
{
	struct packet packet = backbone(0x8100);

	put_vlan(&packet, 0x0007, TYPE_IPV6);
	put_ipv6_segment(&packet);
	struct decoded decoded = check_tunnel(&packet, LINK_ETHERNET, 6, TUNNEL_PBB, 0xabcdef);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 2);
	cr_assert_eq(decoded.segment.tuple.vlan[1], 7);
}

Test(pbb, depth_is_limited)
{
	for (unsigned depth = 4; depth <= 5; depth++) {
		struct packet packet = {.count = 0};

		put_ethernet(&packet, TYPE_BACKBONE);
		for (unsigned i = depth; i > 0; i--) {
			put32(&packet, i);
			put_ethernet(&packet, i > 1 ? TYPE_BACKBONE : TYPE_IPV4);
		}
		put_ipv4_segment(&packet);
		cr_assert_eq(verdict_of(&packet, LINK_ETHERNET),
			     depth == 4 ? DECODE_TCP : DECODE_NOT_TCP);
	}
}

static struct packet vn_tagged(unsigned type)
{
	struct packet packet = {.count = 0};

	put_ethernet(&packet, TYPE_VN_TAG);
	put32(&packet, 0x80050003);
	put16(&packet, type);
	return packet;
}

Test(vn_tag, is_passed_and_leaves_nothing)
{
	struct packet packet = vn_tagged(TYPE_IPV4);

	put_ipv4_segment(&packet);
	struct decoded decoded = check_link(&packet, LINK_ETHERNET, 4);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 0);
	check_cuts(&packet, LINK_ETHERNET);
}

Test(vn_tag, before_a_vlan)
{
	struct packet packet = vn_tagged(0x8100);

	put_vlan(&packet, 0x0009, TYPE_IPV4);
	put_ipv4_segment(&packet);
	struct decoded decoded = check_link(&packet, LINK_ETHERNET, 4);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 1);
	cr_assert_eq(decoded.segment.tuple.vlan[0], 9);
}

Test(vn_tag, tags_of_both_kinds_are_limited_together)
{
	struct packet packet = {.count = 0};

	put_ethernet(&packet, TYPE_VN_TAG);
	for (unsigned i = 0; i < 9; i++) {
		put32(&packet, i);
		put16(&packet, i < 8 ? TYPE_VN_TAG : TYPE_IPV4);
	}
	put_ipv4_segment(&packet);
	cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
}

/* GRE with this head, then the mirrored frame, or packet where the head says so. */
static struct packet mirrored(unsigned flags, unsigned type, const uint8_t *head,
			      unsigned head_bytes, unsigned frame_bytes)
{
	struct packet packet = {.count = 0};
	unsigned gre_bytes = flags & GRE_SEQUENCE ? 8 : 4;

	put_ipv4(&packet, 47, gre_bytes + head_bytes + frame_bytes + IPV4_BYTES);
	packet.at[15] = 99;
	put16(&packet, flags);
	put16(&packet, type);
	if (flags & GRE_SEQUENCE)
		put32(&packet, 77);
	for (unsigned i = 0; i < head_bytes; i++)
		put8(&packet, head[i]);
	if (frame_bytes)
		put_ethernet(&packet, TYPE_IPV4);
	put_ipv4_segment(&packet);
	return packet;
}

static const uint8_t second[] = {0x10, 0x05, 0x18, 0x09, 0, 0, 0, 1};
static const uint8_t third[] = {0x20, 0x05, 0x18, 0x09, 1, 2, 3, 4, 0, 0, 0x80, 0x00};
static const uint8_t third_more[] = {0x20, 0x05, 0x18, 0x09, 1, 2, 3, 4, 0, 0,
				     0x80, 0x07, 0x0c, 1,    2, 3, 4, 5, 6, 7};
static const uint8_t third_packet[] = {0x20, 0x05, 0x18, 0x09, 1, 2, 3, 4, 0, 0, 0x08, 0x00};

Test(erspan, of_the_three_types)
{
	const struct packet packets[] = {
		mirrored(0, TYPE_ERSPAN, NULL, 0, 14),
		mirrored(GRE_SEQUENCE, TYPE_ERSPAN, second, sizeof(second), 14),
		mirrored(GRE_SEQUENCE, TYPE_ERSPAN_3, third, sizeof(third), 14),
		mirrored(GRE_SEQUENCE, TYPE_ERSPAN_3, third_more, sizeof(third_more), 14),
		mirrored(GRE_SEQUENCE, TYPE_ERSPAN_3, third_packet, sizeof(third_packet), 0),
	};

	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		check_tunnel(&packets[i], LINK_RAW, 4, TUNNEL_ERSPAN, -1);
		check_cuts(&packets[i], LINK_RAW);
	}
}

Test(erspan, only_by_its_version_and_frame_type)
{
	struct packet packet = mirrored(GRE_SEQUENCE, TYPE_ERSPAN, second, sizeof(second), 14);

	packet.at[28] = 0x20;
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
	packet = mirrored(GRE_SEQUENCE, TYPE_ERSPAN_3, third, sizeof(third), 14);
	packet.at[28] = 0x10;
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
	packet.at[28] = 0x20;
	packet.at[38] = 0x84; /* type 1: neither Ethernet nor IP */
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
}

/* The usual segment over IPv6 in UDP to this port, behind `head`. */
static struct packet teredo(unsigned port, const uint8_t *head, unsigned head_bytes)
{
	struct packet packet = {.count = 0};
	unsigned bytes = 8 + head_bytes + IPV6_PACKET_BYTES;

	put_ipv4(&packet, 17, bytes);
	put16(&packet, 40000);
	put16(&packet, port);
	put16(&packet, bytes);
	put16(&packet, 0);
	for (unsigned i = 0; i < head_bytes; i++)
		put8(&packet, head[i]);
	put_ipv6_segment(&packet);
	return packet;
}

static const uint8_t origin[] = {0, 0, 1, 2, 3, 4, 5, 6};
static const uint8_t both[] = {0, 1, 2, 1, 9, 9, 8, 1, 2, 3, 4, 5,
			       6, 7, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6};

Test(teredo, behind_every_indication)
{
	struct packet packets[] = {
		teredo(PORT_TEREDO, NULL, 0),  teredo(PORT_TEREDO, origin, sizeof(origin)),
		teredo(PORT_TEREDO, both, 16), teredo(PORT_TEREDO, both, sizeof(both)),
		teredo(40001, NULL, 0),
	};

	packets[4].at[20] = PORT_TEREDO >> 8;
	packets[4].at[21] = PORT_TEREDO & 0xff;
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		check_tunnel(&packets[i], LINK_RAW, 6, TUNNEL_TEREDO, -1);
}

Test(teredo, only_by_its_port_version_and_length)
{
	struct packet packet = teredo(PORT_TEREDO + 1, NULL, 0);

	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
	packet = teredo(PORT_TEREDO, NULL, 0);
	packet.at[28] = 0x40;
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
	packet = teredo(PORT_TEREDO, NULL, 0);
	packet.at[33]++; /* one byte more than there is room for */
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
}

/* Whole, at every cut, and with everything said to end there: the UDP header and what is in it. */
Test(teredo, every_prefix)
{
	struct packet packet = teredo(PORT_TEREDO, both, sizeof(both));
	uint32_t usable = packet.count - SEGMENT_BYTES + 14;

	for (uint32_t length = 28; length < packet.count; length++) {
		struct packet shorter = packet;

		cr_assert_eq(decode_part(&packet, LINK_RAW, length, packet.count,
					 DECODE_VERIFY_CHECKSUMS)
				     .verdict,
			     length < usable ? DECODE_TRUNCATED : DECODE_TCP, "%u", length);
		shorter.count = length;
		shorter.at[3] = (uint8_t)length;
		shorter.at[25] = (uint8_t)(length - 20);
		cr_assert_eq(verdict_of(&shorter, LINK_RAW), DECODE_NOT_TCP, "%u", length);
	}
}

/* An authentication header before `next`: 3 words of 4 bytes, then as many of proof. */
static void put_ah(struct packet *packet, unsigned next, unsigned proof_words)
{
	put8(packet, next);
	put8(packet, 1 + proof_words);
	put_zeros(packet, 10 + 4 * proof_words);
}

Test(ah, in_transport_and_in_tunnel_mode)
{
	struct packet packet = {.count = 0};

	put_ipv6(&packet, 51, 24 + SEGMENT_BYTES);
	put_ah(&packet, 6, 3);
	put_segment(&packet);
	check_link(&packet, LINK_RAW, 6);
	check_cuts(&packet, LINK_RAW);
	packet.count = 0;
	put_ipv4(&packet, 51, 24 + IPV6_PACKET_BYTES);
	put_ah(&packet, 41, 3);
	put_ipv6_segment(&packet);
	check_tunnel(&packet, LINK_RAW, 6, TUNNEL_6IN4, -1);
	check_cuts(&packet, LINK_RAW);
}
