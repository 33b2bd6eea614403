/* The TCP header, its options and its checksum. */
#include "test_decode_packet.h"

/* A segment over IPv4 with these options (padded with zeros to four bytes) and flags. */
static struct packet with_options(unsigned flags, const uint8_t *options, unsigned bytes)
{
	struct packet packet = {.count = 0};
	unsigned padded = (bytes + 3) / 4 * 4;

	put_ipv4(&packet, 6, SEGMENT_BYTES + padded);
	put_tcp(&packet, flags);
	packet.at[32] = (uint8_t)((20 + padded) / 4 << 4);
	for (unsigned i = 0; i < bytes; i++)
		put8(&packet, options[i]);
	put_zeros(&packet, padded - bytes + 7);
	return packet;
}

static struct segment decode_options(unsigned flags, const uint8_t *options, unsigned bytes)
{
	struct packet packet = with_options(flags, options, bytes);
	struct decoded decoded = decode_whole(&packet, LINK_RAW);

	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.payload_bytes, 7);
	return decoded.segment;
}

#define OPTIONS(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

Test(tcp, every_flag)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		struct packet packet = with_options(flags, NULL, 0);

		cr_assert_eq(decode_whole(&packet, LINK_RAW).segment.flags, flags);
	}
}

Test(tcp, the_options_of_a_syn)
{
	struct segment segment = decode_options(TCP_SYN, OPTIONS(2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1,
								 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7));

	cr_assert_eq(segment.mss, 1460);
	cr_assert_eq(segment.window_scale, 7);
	cr_assert_eq(segment.tsval, 0x01020304);
	cr_assert_eq(segment.tsecr, 0x05060708);
	cr_assert_eq(segment.marks, SEGMENT_TIMESTAMPS);
}

Test(tcp, what_only_a_syn_announces)
{
	struct segment segment = decode_options(TCP_ACK, OPTIONS(2, 4, 0x05, 0xb4, 3, 3, 7, 0));

	cr_assert_eq(segment.mss, 0);
	cr_assert_eq(segment.window_scale, SEGMENT_NO_WINDOW_SCALE);
	cr_assert_eq(segment.marks, 0);
}

Test(tcp, a_window_scale_beyond_14_is_14)
{
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(3, 3, 14)).window_scale, 14);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(3, 3, 15)).window_scale, 14);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(3, 3, 255)).window_scale, 14);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(3, 3, 0)).window_scale, 0);
}

Test(tcp, fast_open)
{
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(34, 2)).marks, SEGMENT_FAST_OPEN);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(34, 6, 1, 2, 3, 4)).marks, SEGMENT_FAST_OPEN);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(254, 4, 0xf9, 0x89)).marks, SEGMENT_FAST_OPEN);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(254, 4, 0xe2, 0xd4)).marks, 0);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(254, 2)).marks, 0);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(34, 3, 1)).marks, SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(34, 7, 1, 2, 3, 4, 5)).marks,
		     SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(34, 4, 1, 2)).marks, SEGMENT_BAD_OPTIONS);
}

Test(tcp, multipath)
{
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(30, 4, 0x20, 0)).marks, SEGMENT_MULTIPATH);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(30, 2)).marks, SEGMENT_BAD_OPTIONS);
}

Test(tcp, why_multipath_resets)
{
	struct segment reset = decode_options(TCP_RST, OPTIONS(30, 4, 0x81, 5));

	cr_assert_eq(reset.marks, SEGMENT_MULTIPATH | SEGMENT_MULTIPATH_RESET);
	cr_assert_eq(reset.reset_reason, 5);
	cr_assert_eq(
		decode_options(TCP_RST, OPTIONS(30, 12, 0x70, 0, 1, 2, 3, 4, 5, 6, 7, 8)).marks,
		SEGMENT_MULTIPATH | SEGMENT_FAST_CLOSE);
	cr_assert_eq(decode_options(TCP_RST, OPTIONS(30, 5, 0x81, 5, 0)).marks,
		     SEGMENT_MULTIPATH | SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_RST, OPTIONS(30, 4, 0x70, 0)).marks,
		     SEGMENT_MULTIPATH | SEGMENT_BAD_OPTIONS);
}

/* The packet acknowledges 0x001e8482. */
Test(tcp, a_duplicate_that_sack_reports)
{
	cr_assert_eq(
		decode_options(TCP_ACK, OPTIONS(5, 10, 0, 0x1e, 0x84, 0x81, 0, 0x1e, 0x84, 0x82))
			.marks,
		SEGMENT_DSACK);
	cr_assert_eq(
		decode_options(TCP_ACK, OPTIONS(5, 10, 0, 0x1e, 0x84, 0x84, 0, 0x1e, 0x84, 0x90))
			.marks,
		0, "a block beyond the acknowledgement is an ordinary one");
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(5, 6, 0, 0x1e, 0x84, 0x82)).marks, 0);
}

Test(tcp, options_whose_lengths_do_not_add_up)
{
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(2, 3, 5)).marks, SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_SYN, OPTIONS(3, 4, 7, 0)).marks, SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(8, 9, 0, 0, 0, 0, 0, 0, 0)).marks,
		     SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(5, 0, 1, 1)).marks, SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(5, 1, 1, 1)).marks, SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(5, 5, 1, 1)).marks, SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(1, 1, 1, 5)).marks, SEGMENT_BAD_OPTIONS);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(1, 1, 5, 2)).marks, 0);
	cr_assert_eq(decode_options(TCP_ACK, OPTIONS(1, 0, 5, 99)).marks, 0);
}

Test(tcp, options_before_a_bad_one_stand_and_later_ones_do_not)
{
	struct segment segment =
		decode_options(TCP_SYN, OPTIONS(2, 4, 0x05, 0xb4, 5, 1, 3, 3, 7, 0, 0, 0));

	cr_assert_eq(segment.mss, 1460);
	cr_assert_eq(segment.window_scale, SEGMENT_NO_WINDOW_SCALE);
	cr_assert_eq(segment.marks, SEGMENT_BAD_OPTIONS);
}

Test(tcp, header_lengths)
{
	struct packet packet = with_options(TCP_ACK, NULL, 0);

	for (unsigned offset = 0; offset < 16; offset++) {
		packet.at[32] = (uint8_t)(offset << 4);
		enum decode_verdict verdict = decode_whole(&packet, LINK_RAW).verdict;
		/* 27 bytes: a header of 20 or 24 fits. */
		cr_assert_eq(verdict, offset == 5 || offset == 6 ? DECODE_TCP : DECODE_INVALID,
			     "%u", offset);
	}
}

Test(tcp, cut_options_are_not_read)
{
	struct packet packet = with_options(TCP_SYN, OPTIONS(2, 4, 0x05, 0xb4, 8, 10, 1, 2, 3, 4, 5,
							     6, 7, 8, 3, 3, 7, 0, 0, 0));

	for (uint32_t length = 34; length < 60; length++) {
		struct decoded decoded = decode_part(&packet, LINK_RAW, length, packet.count,
						     DECODE_VERIFY_CHECKSUMS);
		cr_assert_eq(decoded.verdict, DECODE_TCP);
		cr_assert_eq(decoded.segment.marks, SEGMENT_CUT);
		cr_assert_eq(decoded.segment.mss, 0);
		cr_assert_eq(decoded.segment.window, length < 36 ? 0 : 501);
		cr_assert_eq(decoded.segment.payload_bytes, 7);
	}
	struct decoded decoded =
		decode_part(&packet, LINK_RAW, 60, packet.count, DECODE_VERIFY_CHECKSUMS);
	cr_assert_eq(decoded.segment.marks, SEGMENT_TIMESTAMPS);
	cr_assert_eq(decoded.segment.mss, 1460);
}

/* One's complement sum of 16-bit words in the plainest way. */
static unsigned plain_sum(const uint8_t *at, unsigned bytes, unsigned sum)
{
	for (unsigned i = 0; i < bytes; i++)
		sum += i % 2 ? at[i] : (unsigned)at[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* A packet of the version, with payload that sums to something; its checksum field is at *field. */
static struct packet summed(unsigned version, unsigned payload, uint32_t *field, unsigned *pseudo)
{
	struct packet packet = {.count = 0};
	unsigned addresses = version == 4 ? 8 : 32;

	if (version == 4)
		put_ipv4(&packet, 6, 20 + payload);
	else
		put_ipv6(&packet, 6, 20 + payload);
	uint32_t tcp_at = packet.count;
	put_tcp(&packet, TCP_ACK);
	for (unsigned i = 0; i < payload; i++)
		put8(&packet, 250 - i);
	*field = tcp_at + 16;
	*pseudo = plain_sum(packet.at + tcp_at - addresses, addresses, 6 + 20 + payload);
	unsigned sum = ~plain_sum(packet.at + tcp_at, 20 + payload, *pseudo) & 0xffff;
	packet.at[*field] = (uint8_t)(sum >> 8);
	packet.at[*field + 1] = (uint8_t)sum;
	return packet;
}

static unsigned marks_of(const struct packet *packet, uint32_t captured, unsigned how)
{
	struct decoded decoded = decode_part(packet, LINK_RAW, captured, packet->count, how);
	bool bad = decoded.segment.marks & SEGMENT_BAD_CHECKSUM;

	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.counters.bad_checksum, bad);
	return decoded.segment.marks;
}

Test(checksum, right_wrong_offloaded_unknown)
{
	for (unsigned payload = 0; payload < 9; payload++) {
		for (unsigned version = 4; version <= 6; version += 2) {
			uint32_t field;
			unsigned pseudo;
			struct packet packet = summed(version, payload, &field, &pseudo);

			cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS),
				     SEGMENT_GOOD_CHECKSUM);
			cr_assert_eq(marks_of(&packet, packet.count, DECODE_HEADERS_ONLY), 0);
			if (payload)
				cr_assert_eq(marks_of(&packet, packet.count - 1,
						      DECODE_VERIFY_CHECKSUMS),
					     0);
			packet.at[field] ^= 0x40;
			cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS),
				     SEGMENT_BAD_CHECKSUM);
			packet.at[field] = (uint8_t)(pseudo >> 8);
			packet.at[field + 1] = (uint8_t)pseudo;
			cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS), 0);
		}
	}
}

Test(checksum, ethernet_padding_is_not_summed)
{
	uint32_t field;
	unsigned pseudo;
	struct packet packet = summed(4, 3, &field, &pseudo);

	put32(&packet, 0xdeadbeef);
	cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS),
		     SEGMENT_GOOD_CHECKSUM);
}

Test(checksum, fragments_are_not_judged)
{
	uint32_t field;
	unsigned pseudo;
	struct packet packet = summed(4, 8, &field, &pseudo);

	packet.at[6] = 0x20;
	packet.at[field] ^= 1;
	cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS), SEGMENT_FRAGMENT);
}

Test(checksum, nor_are_packets_whose_final_destination_is_elsewhere)
{
	struct packet packet = {.count = 0};

	put_ipv6(&packet, 43, 8 + SEGMENT_BYTES);
	put32(&packet, 0x06000001); /* one segment left */
	put32(&packet, 0);
	put_segment(&packet);
	cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS), 0);
	packet.at[43] = 0;
	cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS),
		     SEGMENT_BAD_CHECKSUM);
}

Test(checksum, what_an_envelope_hides_does_not_concern_its_content)
{
	struct packet packet = {.count = 0};

	put_ipv6(&packet, 43, 8 + IPV4_BYTES);
	put32(&packet, 0x04000001); /* IPv4 behind it, one segment left */
	put32(&packet, 0);
	put_ipv4_segment(&packet);
	cr_assert_eq(marks_of(&packet, packet.count, DECODE_VERIFY_CHECKSUMS),
		     SEGMENT_BAD_CHECKSUM);
}

/* Random damage to good packets: no crash, one verdict each, and the sanitizers watch. */
Test(decode, random_damage)
{
	static const unsigned links[] = {LINK_NULL, LINK_ETHERNET, LINK_PPP, LINK_PPP_HDLC,
					 LINK_RAW,  LINK_C_HDLC,   LINK_SLL, LINK_SLL2};
	uint32_t state = 12345;

	for (unsigned round = 0; round < 40000; round++) {
		struct packet packet = {.count = 0};
		unsigned link = links[round % 8];

		if (link == LINK_ETHERNET)
			put_ethernet(&packet, round & 8 ? TYPE_IPV4 : 0x8100);
		else if (link == LINK_NULL)
			put32(&packet, 2);
		if (round & 16)
			put_ipv4(&packet, round & 32 ? 47 : 4, 100);
		put_ipv6(&packet, round & 64 ? 60 : 6, 80);
		put_zeros(&packet, 8);
		put_segment(&packet);
		for (unsigned hits = 0; hits < 3; hits++) {
			state = state * 1664525 + 1013904223;
			packet.at[(state >> 8) % packet.count] = (uint8_t)(state >> 24);
		}
		uint32_t captured = (state >> 10) % (packet.count + 1);
		decode_part(&packet, link, captured, packet.count, DECODE_VERIFY_CHECKSUMS);
	}
}
