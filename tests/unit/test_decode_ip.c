/* IP headers, extension headers, fragments and tunnels. */
#include "test_decode_packet.h"

enum { IPV4_TOTAL_AT = 2, IPV4_FRAGMENT_AT = 6, IPV4_PROTOCOL_AT = 9, IPV6_LENGTH_AT = 4 };

static void set16(struct packet *packet, uint32_t at, unsigned value)
{
	packet->at[at] = (uint8_t)(value >> 8);
	packet->at[at + 1] = (uint8_t)value;
}

static struct packet ipv4_packet(void)
{
	struct packet packet = {.count = 0};

	put_ipv4_segment(&packet);
	return packet;
}

/* An IPv6 packet with one extension header of `bytes`, all zero but for the first two. */
static struct packet ipv6_with(unsigned protocol, unsigned length_field, unsigned bytes)
{
	struct packet packet = {.count = 0};

	put_ipv6(&packet, protocol, bytes + SEGMENT_BYTES);
	put8(&packet, 6);
	put8(&packet, length_field);
	put_zeros(&packet, bytes - 2);
	put_segment(&packet);
	return packet;
}

Test(ipv4, options_are_passed)
{
	struct packet packet = {.count = 0};

	put_ipv4(&packet, 6, 40 + SEGMENT_BYTES);
	packet.at[0] = 0x4f;
	put_zeros(&packet, 40);
	put_segment(&packet);
	struct decoded decoded = decode_whole(&packet, LINK_RAW);
	check_segment(&decoded, 4);
}

Test(ipv4, lengths_that_contradict)
{
	struct packet packet = ipv4_packet();

	packet.at[0] = 0x44;
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_INVALID);
	packet = ipv4_packet();
	set16(&packet, IPV4_TOTAL_AT, 19);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_INVALID);
	set16(&packet, IPV4_TOTAL_AT, 39);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_INVALID);
	set16(&packet, IPV4_TOTAL_AT, 40);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).segment.payload_bytes, 0);
	packet = ipv4_packet();
	packet.count = 12;
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_INVALID);
}

Test(ipv4, the_length_of_an_offloaded_packet_is_that_of_the_wire)
{
	struct packet packet = ipv4_packet();

	set16(&packet, IPV4_TOTAL_AT, 0);
	struct decoded decoded =
		decode_part(&packet, LINK_RAW, packet.count, 70000, DECODE_HEADERS_ONLY);
	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.payload_bytes, 70000 - 40);
	cr_assert_eq(decoded.segment.frame_bytes, 70000);
}

Test(ipv4, payload_is_what_the_header_says_however_long_the_frame_was)
{
	struct packet packet = ipv4_packet();

	set16(&packet, IPV4_TOTAL_AT, 1500);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).segment.payload_bytes, 1460);
}

Test(ipv4, a_wire_length_below_the_captured_one_is_not_believed)
{
	struct packet packet = ipv4_packet();
	struct decoded decoded =
		decode_part(&packet, LINK_RAW, packet.count, 0, DECODE_HEADERS_ONLY);

	check_segment(&decoded, 4);
}

Test(ipv4, other_protocols)
{
	static const unsigned protocols[] = {1, 2, 17, 50, 132, 255};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		struct packet packet = ipv4_packet();

		packet.at[IPV4_PROTOCOL_AT] = (uint8_t)protocols[i];
		struct decoded decoded = decode_whole(&packet, LINK_RAW);
		cr_assert_eq(decoded.verdict, DECODE_NOT_TCP);
		cr_assert_eq(decoded.counters.ipv4, 1);
	}
}

Test(ipv4, an_icmp_error_that_quotes_a_segment_is_not_tcp)
{
	struct packet packet = {.count = 0};

	put_ipv4(&packet, 1, 8 + IPV4_BYTES);
	put32(&packet, 0x03010000);
	put32(&packet, 0);
	put_ipv4_segment(&packet);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_NOT_TCP);
}

Test(ipv4, fragments)
{
	struct packet packet = ipv4_packet();

	set16(&packet, IPV4_FRAGMENT_AT, 0x2000);
	struct decoded decoded = decode_whole(&packet, LINK_RAW);
	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.marks, SEGMENT_FRAGMENT);
	cr_assert_eq(decoded.segment.payload_bytes, 7);

	set16(&packet, IPV4_FRAGMENT_AT, 0x2001);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT);
	set16(&packet, IPV4_FRAGMENT_AT, 0x0001);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT);
	packet.at[IPV4_PROTOCOL_AT] = 47;
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT);
	packet.at[IPV4_PROTOCOL_AT] = 17;
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_NOT_TCP);
}

Test(ipv4, a_first_fragment_without_the_whole_header)
{
	for (unsigned bytes = 0; bytes < 20; bytes++) {
		struct packet packet = ipv4_packet();

		set16(&packet, IPV4_FRAGMENT_AT, 0x2000);
		set16(&packet, IPV4_TOTAL_AT, 20 + bytes);
		cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT, "%u", bytes);
	}
	struct packet packet = ipv4_packet();
	set16(&packet, IPV4_FRAGMENT_AT, 0x2000);
	set16(&packet, IPV4_TOTAL_AT, 44);
	packet.at[32] = 0x80;
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT);
}

Test(ipv6, extension_headers)
{
	static const struct {
		unsigned protocol, length_field, bytes;
	} headers[] = {
		{0, 0, 8},   {0, 2, 24}, {43, 1, 16}, {44, 0, 8},  {44, 99, 8},  {51, 1, 12},
		{51, 4, 24}, {60, 0, 8}, {60, 5, 48}, {135, 0, 8}, {139, 3, 32}, {140, 0, 8},
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct packet packet =
			ipv6_with(headers[i].protocol, headers[i].length_field, headers[i].bytes);
		struct decoded decoded = decode_whole(&packet, LINK_RAW);

		check_segment(&decoded, 6);
	}
}

Test(ipv6, a_chain_of_extension_headers)
{
	struct packet packet = {.count = 0};

	put_ipv6(&packet, 0, 4 * 8 + 12 + SEGMENT_BYTES);
	for (unsigned i = 0; i < 4; i++) {
		static const unsigned next[] = {60, 43, 44, 51};
		put8(&packet, next[i]);
		put_zeros(&packet, 7);
	}
	put16(&packet, 0x0601);
	put_zeros(&packet, 10);
	put_segment(&packet);
	struct decoded decoded = decode_whole(&packet, LINK_RAW);
	check_segment(&decoded, 6);
}

Test(ipv6, an_endless_chain_is_given_up)
{
	for (unsigned count = 16; count <= 17; count++) {
		struct packet packet = {.count = 0};

		put_ipv6(&packet, 60, count * 8 + SEGMENT_BYTES);
		for (unsigned i = 0; i < count; i++) {
			put8(&packet, i + 1 < count ? 60 : 6);
			put_zeros(&packet, 7);
		}
		put_segment(&packet);
		cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict,
			     count == 16 ? DECODE_TCP : DECODE_NOT_TCP);
	}
}

Test(ipv6, an_extension_header_longer_than_the_packet)
{
	struct packet packet = ipv6_with(60, 5, 8);

	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_INVALID);
	set16(&packet, IPV6_LENGTH_AT, 1000);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_TRUNCATED);
}

Test(ipv6, what_is_not_tcp)
{
	static const unsigned protocols[] = {17, 50, 58, 59, 132};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		struct packet packet = ipv6_with(protocols[i], 0, 8);
		struct decoded decoded = decode_whole(&packet, LINK_RAW);

		cr_assert_eq(decoded.verdict, DECODE_NOT_TCP);
		cr_assert_eq(decoded.counters.ipv6, 1);
	}
}

Test(ipv6, fragments)
{
	enum { FRAGMENT_AT = 42 };
	struct packet packet = ipv6_with(44, 0, 8);

	set16(&packet, FRAGMENT_AT, 0x0001);
	struct decoded decoded = decode_whole(&packet, LINK_RAW);
	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.marks, SEGMENT_FRAGMENT);
	set16(&packet, FRAGMENT_AT, 0x0008);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT);
	set16(&packet, FRAGMENT_AT, 0xfff9);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT);
	packet.at[40] = 17;
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_NOT_TCP);
}

Test(ipv6, a_jumbogram_is_as_long_as_the_wire)
{
	struct packet packet = ipv6_with(0, 0, 8);

	set16(&packet, IPV6_LENGTH_AT, 0);
	struct decoded decoded =
		decode_part(&packet, LINK_RAW, packet.count, 100000, DECODE_HEADERS_ONLY);
	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.payload_bytes, 100000 - 40 - 8 - 20);
}

Test(ipv6, every_prefix_of_extension_headers)
{
	struct packet packet = ipv6_with(60, 1, 16);

	for (uint32_t length = 0; length < packet.count; length++) {
		struct decoded decoded = decode_part(&packet, LINK_RAW, length, packet.count,
						     DECODE_VERIFY_CHECKSUMS);
		cr_assert_eq(decoded.verdict, length < 40 + 16 + 14 ? DECODE_TRUNCATED : DECODE_TCP,
			     "%u", length);
	}
}

/* The usual segment behind an IP header of the given version that carries `protocol`, and `head`
 * bytes after it. */
static struct packet tunnelled(unsigned version, unsigned protocol, const uint8_t *head,
			       unsigned head_bytes, unsigned inner_version)
{
	struct packet packet = {.count = 0};
	unsigned inner = inner_version == 4 ? IPV4_BYTES : IPV6_PACKET_BYTES;

	if (version == 4)
		put_ipv4(&packet, protocol, head_bytes + inner);
	else
		put_ipv6(&packet, protocol, head_bytes + inner);
	packet.at[version == 4 ? 15 : 23] = 99; /* another sender than the inner one */
	for (unsigned i = 0; i < head_bytes; i++)
		put8(&packet, head[i]);
	if (inner_version == 4)
		put_ipv4_segment(&packet);
	else
		put_ipv6_segment(&packet);
	return packet;
}

static struct decoded check_tunnel(const struct packet *packet, unsigned version,
				   unsigned inner_version)
{
	struct decoded decoded = decode_whole(packet, LINK_RAW);

	check_segment(&decoded, inner_version);
	cr_assert_eq(decoded.counters.tunnel, 1);
	cr_assert_eq(decoded.counters.ipv4, version == 4);
	cr_assert_eq(decoded.counters.ipv6, version == 6);
	return decoded;
}

Test(tunnel, ip_in_ip)
{
	for (unsigned versions = 0; versions < 4; versions++) {
		unsigned outer = versions & 1 ? 4 : 6, inner = versions & 2 ? 4 : 6;
		struct packet packet = tunnelled(outer, inner == 4 ? 4 : 41, NULL, 0, inner);

		check_tunnel(&packet, outer, inner);
	}
}

Test(tunnel, gre)
{
	static const uint8_t plain[] = {0, 0, 0x08, 0};
	static const uint8_t six[] = {0, 0, 0x86, 0xdd};
	static const uint8_t full[] = {0xb0, 0, 0x08, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	static const uint8_t routed[] = {0x40, 0, 0x08, 0, 1, 2, 3, 4};
	static const uint8_t enhanced[] = {0x30, 1, 0x88, 0x0b, 1, 2, 3, 4, 5, 6, 7, 8};
	struct packet packet = tunnelled(4, 47, plain, sizeof(plain), 4);

	check_tunnel(&packet, 4, 4);
	packet = tunnelled(4, 47, six, sizeof(six), 6);
	check_tunnel(&packet, 4, 6);
	packet = tunnelled(6, 47, full, sizeof(full), 4);
	check_tunnel(&packet, 6, 4);
	packet = tunnelled(4, 47, routed, sizeof(routed), 4);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_NOT_TCP);
	packet = tunnelled(4, 47, enhanced, sizeof(enhanced), 4);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_NOT_TCP);
}

Test(tunnel, ethernet_in_gre)
{
	static const uint8_t head[] = {0, 0, 0x65, 0x58, 2, 0,    0, 0, 0,  1,    2,
				       0, 0, 0,    0,    2, 0x81, 0, 0, 55, 0x08, 0};
	struct packet packet = tunnelled(4, 47, head, sizeof(head), 4);

	cr_assert_eq(check_tunnel(&packet, 4, 4).segment.tuple.vlan[0], 55);
}

Test(tunnel, depth_is_limited)
{
	for (unsigned depth = 4; depth <= 5; depth++) {
		struct packet packet = {.count = 0};

		for (unsigned i = depth; i > 0; i--)
			put_ipv4(&packet, 4, (i - 1) * 20 + IPV4_BYTES);
		put_ipv4_segment(&packet);
		struct decoded decoded = decode_whole(&packet, LINK_RAW);
		cr_assert_eq(decoded.verdict, depth == 4 ? DECODE_TCP : DECODE_NOT_TCP);
		cr_assert_eq(decoded.counters.tunnel, 1);
		cr_assert_eq(decoded.counters.ipv4, 1);
	}
}

Test(tunnel, the_first_fragment_of_an_envelope)
{
	struct packet packet = tunnelled(4, 4, NULL, 0, 4);

	set16(&packet, IPV4_FRAGMENT_AT, 0x2000);
	set16(&packet, IPV4_TOTAL_AT, 20 + 40);
	struct decoded decoded = decode_whole(&packet, LINK_RAW);
	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.marks, SEGMENT_FRAGMENT);
	cr_assert_eq(decoded.segment.payload_bytes, 7);
	set16(&packet, IPV4_TOTAL_AT, 20 + 30);
	cr_assert_eq(decode_whole(&packet, LINK_RAW).verdict, DECODE_FRAGMENT);
}

Test(ipv4, an_authentication_header_is_passed)
{
	struct packet packet = {.count = 0};

	put_ipv4(&packet, 51, 24 + SEGMENT_BYTES);
	put16(&packet, 0x0604);
	put_zeros(&packet, 22);
	put_segment(&packet);
	struct decoded decoded = decode_whole(&packet, LINK_RAW);
	check_segment(&decoded, 4);
	cr_assert_eq(decoded.counters.tunnel, 0);
}
