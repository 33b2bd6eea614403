/* Link layers, tags and labels down to the IP packet. */
#include "test_decode_packet.h"

Test(link, ethernet)
{
	struct packet four = {.count = 0}, six = {.count = 0};

	put_ethernet(&four, TYPE_IPV4);
	put_ipv4_segment(&four);
	check_link(&four, LINK_ETHERNET, 4);
	put_ethernet(&six, TYPE_IPV6);
	put_ipv6_segment(&six);
	check_link(&six, LINK_ETHERNET, 6);
}

Test(link, ethernet_padding_is_no_payload)
{
	struct packet four = {.count = 0}, six = {.count = 0};

	put_ethernet(&four, TYPE_IPV4);
	put_ipv4_segment(&four);
	put_zeros(&four, 40);
	check_link(&four, LINK_ETHERNET, 4);
	put_ethernet(&six, TYPE_IPV6);
	put_ipv6_segment(&six);
	put_zeros(&six, 40);
	check_link(&six, LINK_ETHERNET, 6);
}

Test(link, a_wrong_ethertype_of_ip_is_forgiven)
{
	struct packet packet = {.count = 0};

	put_ethernet(&packet, TYPE_IPV4);
	put_ipv6_segment(&packet);
	check_link(&packet, LINK_ETHERNET, 6);
}

Test(link, other_ethertypes)
{
	static const unsigned types[] = {0x0806, 0x88cc, 0x8863, 0xffff, 0x88be};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct packet packet = {.count = 0};

		put_ethernet(&packet, types[i]);
		put_ipv4_segment(&packet);
		cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
	}
}

/* A frame with these tags, outermost first, all of the same EtherType. */
static struct decoded tagged(const unsigned *tags, unsigned count, unsigned ethertype)
{
	struct packet packet = {.count = 0};

	put_ethernet(&packet, count ? ethertype : TYPE_IPV4);
	for (unsigned i = 0; i < count; i++)
		put_vlan(&packet, tags[i], i + 1 < count ? ethertype : TYPE_IPV4);
	put_ipv4_segment(&packet);
	return decode_whole(&packet, LINK_ETHERNET);
}

Test(vlan, tags_of_every_ethertype)
{
	static const unsigned ethertypes[] = {0x8100, 0x88a8, 0x9100, 0x9200};
	static const unsigned tags[] = {0xe000 | 42};

	for (size_t i = 0; i < sizeof(ethertypes) / sizeof(ethertypes[0]); i++) {
		struct decoded decoded = tagged(tags, 1, ethertypes[i]);

		check_segment(&decoded, 4);
		cr_assert_eq(decoded.segment.tuple.vlan_count, 1);
		cr_assert_eq(decoded.segment.tuple.vlan[0], 42);
		cr_assert_eq(decoded.counters.vlan, 1);
	}
}

Test(vlan, stacked_outermost_first)
{
	static const unsigned tags[] = {100, 200, 300};
	struct decoded decoded = tagged(tags, 3, 0x8100);

	check_segment(&decoded, 4);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 3);
	cr_assert_eq(decoded.segment.tuple.vlan[0], 100);
	cr_assert_eq(decoded.segment.tuple.vlan[1], 200);
	cr_assert_eq(decoded.segment.tuple.vlan[2], 300);
	cr_assert_eq(decoded.counters.vlan, 1);
}

Test(vlan, a_priority_tag_names_no_vlan)
{
	static const unsigned tags[] = {0x6000, 7};
	struct decoded decoded = tagged(tags, 1, 0x8100);

	check_segment(&decoded, 4);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 0);
	cr_assert_eq(decoded.counters.vlan, 0);
	decoded = tagged(tags, 2, 0x8100);
	check_segment(&decoded, 4);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 1);
	cr_assert_eq(decoded.segment.tuple.vlan[0], 7);
}

Test(vlan, many_tags)
{
	static const unsigned tags[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct decoded decoded = tagged(tags, 8, 0x8100);

	check_segment(&decoded, 4);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 3);
	cr_assert_eq(decoded.segment.tuple.vlan[2], 3);
	cr_assert_eq(tagged(tags, 9, 0x8100).verdict, DECODE_NOT_TCP);
}

Test(link, ethernet_with_llc)
{
	static const unsigned organisations[] = {0, 0xf8};
	struct packet packet = {.count = 0};

	for (size_t i = 0; i < 2; i++) {
		packet.count = 0;
		put_ethernet(&packet, IPV4_BYTES + 8);
		put_llc_snap(&packet, organisations[i], TYPE_IPV4);
		put_ipv4_segment(&packet);
		check_link(&packet, LINK_ETHERNET, 4);
	}
	packet.count = 0;
	put_ethernet(&packet, IPV4_BYTES + 3);
	put16(&packet, 0x0606);
	put8(&packet, 0x03);
	put_ipv4_segment(&packet);
	check_link(&packet, LINK_ETHERNET, 4);

	packet.count = 0;
	put_ethernet(&packet, 0x8100);
	put_vlan(&packet, 9, IPV4_BYTES + 8);
	put_llc_snap(&packet, 0, TYPE_IPV4);
	put_ipv4_segment(&packet);
	cr_assert_eq(check_link(&packet, LINK_ETHERNET, 4).segment.tuple.vlan[0], 9);
}

Test(link, llc_with_something_else)
{
	struct packet packet = {.count = 0};

	put_ethernet(&packet, 38);
	put32(&packet, 0x42420300);
	put_zeros(&packet, 34);
	cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
	packet.count = 0;
	put_ethernet(&packet, IPV4_BYTES + 8);
	put_llc_snap(&packet, 0x00000c, TYPE_IPV4); /* Cisco's own protocols */
	put_ipv4_segment(&packet);
	cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
	packet.count = 0;
	put_ethernet(&packet, IPV4_BYTES + 8);
	put_llc_snap(&packet, 0, 100); /* no length within a length */
	put_ipv4_segment(&packet);
	cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
}

Test(link, mpls)
{
	static const unsigned types[] = {0x8847, 0x8848};
	struct packet packet = {.count = 0};

	for (size_t i = 0; i < 2; i++) {
		packet.count = 0;
		put_ethernet(&packet, types[i]);
		put32(&packet, 0x000640ff);
		put32(&packet, 0x000651ff); /* bottom of the stack */
		put_ipv4_segment(&packet);
		check_link(&packet, LINK_ETHERNET, 4);
	}
	packet.count = 0;
	put_ethernet(&packet, 0x8847);
	put32(&packet, 0x000651ff);
	put_ipv6_segment(&packet);
	check_link(&packet, LINK_ETHERNET, 6);

	packet.count = 0;
	put_ethernet(&packet, 0x8847);
	put32(&packet, 0x000651ff);
	put32(&packet, 0); /* a pseudowire's control word */
	put_ipv4_segment(&packet);
	cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);

	packet.count = 0;
	put_ethernet(&packet, 0x8847);
	for (unsigned i = 0; i < 17; i++)
		put32(&packet, i < 16 ? 0x000640ff : 0x000651ff);
	put_ipv4_segment(&packet);
	cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
}

Test(link, pppoe)
{
	static const unsigned protocols[] = {0x0021, 0x0057, 0xc021};
	struct packet packet = {.count = 0};

	for (size_t i = 0; i < 3; i++) {
		packet.count = 0;
		put_ethernet(&packet, 0x8864);
		put16(&packet, 0x1100);
		put16(&packet, 99);
		put16(&packet, 100);
		put16(&packet, protocols[i]);
		if (i == 1)
			put_ipv6_segment(&packet);
		else
			put_ipv4_segment(&packet);
		if (i < 2)
			check_link(&packet, LINK_ETHERNET, i == 1 ? 6 : 4);
		else
			cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
	}
	packet.at[14] = 0x12;
	packet.at[20] = 0;
	packet.at[21] = 0x21;
	cr_assert_eq(verdict_of(&packet, LINK_ETHERNET), DECODE_NOT_TCP);
}

Test(link, raw_ip)
{
	static const unsigned any[] = {LINK_RAW, 12, 14};
	struct packet four = {.count = 0}, six = {.count = 0}, neither = {.count = 0};

	put_ipv4_segment(&four);
	put_ipv6_segment(&six);
	put_zeros(&neither, 60);
	for (size_t i = 0; i < 3; i++) {
		check_link(&four, any[i], 4);
		check_link(&six, any[i], 6);
		cr_assert_eq(verdict_of(&neither, any[i]), DECODE_INVALID);
	}
	check_link(&four, LINK_IPV4, 4);
	check_link(&six, LINK_IPV6, 6);
}

Test(link, cooked)
{
	struct packet packet = {.count = 0};

	put16(&packet, 4);
	put16(&packet, 1);
	put_zeros(&packet, 10);
	put16(&packet, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_link(&packet, LINK_SLL, 4);

	packet.count = 14;
	put16(&packet, 0x8100);
	put_vlan(&packet, 12, TYPE_IPV6);
	put_ipv6_segment(&packet);
	cr_assert_eq(check_link(&packet, LINK_SLL, 6).segment.tuple.vlan[0], 12);

	packet.count = 14;
	put16(&packet, 4);
	put_llc_snap(&packet, 0, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_link(&packet, LINK_SLL, 4);

	packet.count = 14;
	put16(&packet, 1);
	put_llc_snap(&packet, 0, TYPE_IPV4);
	put_ipv4_segment(&packet);
	cr_assert_eq(verdict_of(&packet, LINK_SLL), DECODE_NOT_TCP);
}

Test(link, cooked_of_version_two)
{
	struct packet packet = {.count = 0};

	put16(&packet, TYPE_IPV6);
	put_zeros(&packet, 18);
	put_ipv6_segment(&packet);
	check_link(&packet, LINK_SLL2, 6);

	packet.count = 0;
	put16(&packet, 0x8100);
	put_zeros(&packet, 18);
	put_vlan(&packet, 12, TYPE_IPV4);
	put_ipv4_segment(&packet);
	cr_assert_eq(check_link(&packet, LINK_SLL2, 4).segment.tuple.vlan[0], 12);
}

Test(link, loopback_in_both_byte_orders)
{
	static const unsigned families[] = {2, 10, 24, 28, 30};

	for (unsigned i = 0; i < 10; i++) {
		struct packet packet = {.count = 0};
		unsigned family = families[i / 2];

		put32(&packet, i % 2 ? family : family << 24);
		if (family == 2)
			put_ipv4_segment(&packet);
		else
			put_ipv6_segment(&packet);
		check_link(&packet, LINK_NULL, family == 2 ? 4 : 6);
		check_link(&packet, LINK_LOOP, family == 2 ? 4 : 6);
	}
}

Test(link, loopback_of_another_family)
{
	struct packet packet = {.count = 0};

	put32(&packet, 7);
	put_ipv4_segment(&packet);
	cr_assert_eq(verdict_of(&packet, LINK_NULL), DECODE_NOT_TCP);
}

Test(link, ppp)
{
	struct packet packet = {.count = 0};

	put16(&packet, 0xff03);
	put16(&packet, 0x0021);
	put_ipv4_segment(&packet);
	check_link(&packet, LINK_PPP, 4);
	check_link(&packet, LINK_PPP_HDLC, 4);

	packet.count = 0;
	put16(&packet, 0x0057);
	put_ipv6_segment(&packet);
	check_link(&packet, LINK_PPP, 6);

	packet.count = 0;
	put8(&packet, 0x21);
	put_ipv4_segment(&packet);
	check_link(&packet, LINK_PPP, 4);

	packet.count = 0;
	put16(&packet, 0x0281);
	put32(&packet, 0x000651ff);
	put_ipv4_segment(&packet);
	check_link(&packet, LINK_PPP, 4);

	packet.count = 0;
	put16(&packet, 0xff03);
	put16(&packet, 0xc021);
	put_zeros(&packet, 40);
	cr_assert_eq(verdict_of(&packet, LINK_PPP), DECODE_NOT_TCP);
}

Test(link, cisco_hdlc)
{
	struct packet packet = {.count = 0};

	put16(&packet, 0x0f00);
	put16(&packet, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_link(&packet, LINK_C_HDLC, 4);
	check_link(&packet, LINK_PPP_HDLC, 4);
	packet.at[2] = 0x80;
	packet.at[3] = 0x35;
	cr_assert_eq(verdict_of(&packet, LINK_C_HDLC), DECODE_NOT_TCP);
}

Test(link, unknown)
{
	struct packet packet = {.count = 0};

	put_ipv4_segment(&packet);
	cr_assert_not(decode_knows_linktype(4711));
	cr_assert_not(decode_knows_linktype(189));
	cr_assert_eq(verdict_of(&packet, 4711), DECODE_NOT_TCP);
}

Test(link, every_prefix)
{
	struct packet packet = {.count = 0};

	put_ethernet(&packet, 0x8100);
	put_vlan(&packet, 42, 0x88a8);
	put_vlan(&packet, 43, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_prefixes(&packet, LINK_ETHERNET, 14 + 8 + 20);

	packet.count = 0;
	put_ethernet(&packet, 100);
	put_llc_snap(&packet, 0, 0x8847);
	put32(&packet, 0x000651ff);
	put_ipv6_segment(&packet);
	check_prefixes(&packet, LINK_ETHERNET, 14 + 8 + 4 + 40);

	packet.count = 0;
	put_ethernet(&packet, 0x8864);
	put32(&packet, 0x11000001);
	put16(&packet, 100);
	put16(&packet, 0x0021);
	put_ipv4_segment(&packet);
	check_prefixes(&packet, LINK_ETHERNET, 14 + 8 + 20);

	packet.count = 0;
	put_zeros(&packet, 14);
	put16(&packet, TYPE_IPV4);
	put_ipv4_segment(&packet);
	check_prefixes(&packet, LINK_SLL, 16 + 20);

	packet.count = 0;
	put16(&packet, TYPE_IPV6);
	put_zeros(&packet, 18);
	put_ipv6_segment(&packet);
	check_prefixes(&packet, LINK_SLL2, 20 + 40);

	packet.count = 0;
	put32(&packet, 2);
	put_ipv4_segment(&packet);
	check_prefixes(&packet, LINK_NULL, 4 + 20);
	check_prefixes(&packet, LINK_LOOP, 4 + 20);

	packet.count = 0;
	put32(&packet, 0xff030021);
	put_ipv4_segment(&packet);
	check_prefixes(&packet, LINK_PPP, 4 + 20);
	check_prefixes(&packet, LINK_PPP_HDLC, 4 + 20);

	packet.count = 0;
	put32(&packet, 0x0f000800);
	put_ipv4_segment(&packet);
	check_prefixes(&packet, LINK_C_HDLC, 4 + 20);

	packet.count = 0;
	put_ipv6_segment(&packet);
	check_prefixes(&packet, LINK_RAW, 40);
}
