/* What carries packets: GRE and the tunnels inside of UDP, and what becomes of them in a record. */
#include "test_decode_packet.h"

#include "core/analyzer.h"

enum { PORT_L2TP = 1701, PORT_GTP_U = 2152, PORT_VXLAN = 4789, PORT_GENEVE = 6081 };
enum { ETHERNET_BYTES = 14, UDP_AT = 20, UDP_LENGTH_AT = 24, TUNNEL_AT = 28 };

/* The usual segment inside of UDP to `port`, behind `head`. */
static struct packet carried(unsigned port, const uint8_t *head, unsigned head_bytes)
{
	struct packet packet = {.count = 0};
	unsigned bytes = 8 + head_bytes + IPV4_BYTES;

	put_ipv4(&packet, 17, bytes);
	packet.at[15] = 99; /* another sender than the inner one */
	put16(&packet, 40000);
	put16(&packet, port);
	put16(&packet, bytes);
	put16(&packet, 0);
	for (unsigned i = 0; i < head_bytes; i++)
		put8(&packet, head[i]);
	put_ipv4_segment(&packet);
	return packet;
}

#define CARRIED(port, head) carried(port, head, sizeof(head))

static struct decoded check_carried(const struct packet *packet, enum tunnel type)
{
	struct decoded decoded = decode_whole(packet, LINK_RAW);

	check_segment(&decoded, 4);
	cr_assert_eq(decoded.counters.tunnel, 1);
	cr_assert_eq(decoded.counters.ipv4, 1);
	cr_assert(decoded.segment.tuple.tunnelled);
	cr_assert_eq(decoded.segment.tuple.tunnel_type, type);
	return decoded;
}

static void check_named(const struct packet *packet, enum tunnel type, uint32_t id)
{
	struct decoded decoded = check_carried(packet, type);

	cr_assert(decoded.segment.tuple.tunnel_has_id);
	cr_assert_eq(decoded.segment.tuple.tunnel_id, id);
}

static void check_nameless(const struct packet *packet, enum tunnel type)
{
	struct decoded decoded = check_carried(packet, type);

	cr_assert_not(decoded.segment.tuple.tunnel_has_id);
	cr_assert_eq(decoded.segment.tuple.tunnel_id, 0);
}

static void check_other(const struct packet *packet)
{
	struct decoded decoded = decode_whole(packet, LINK_RAW);

	cr_assert_eq(decoded.verdict, DECODE_NOT_TCP);
	cr_assert_eq(decoded.counters.tunnel, 0);
}

/* Cut short by the capture at every length, and short on the wire with and without lengths that say
 * so: never a segment before its flags are there, and then always this one. */
static void check_every_prefix(const struct packet *packet)
{
	uint32_t usable = packet->count - SEGMENT_BYTES + 14;

	for (uint32_t length = 0; length < packet->count; length++) {
		struct packet shorter = *packet;
		struct decoded cut = decode_part(packet, LINK_RAW, length, packet->count,
						 DECODE_VERIFY_CHECKSUMS);
		struct decoded short_frame =
			decode_part(packet, LINK_RAW, length, length, DECODE_VERIFY_CHECKSUMS);

		if (length >= usable) {
			cr_assert_eq(cut.verdict, DECODE_TCP, "%u", length);
			cr_assert_eq(cut.segment.seq, 1000001);
			cr_assert_eq(cut.segment.payload_bytes, 7);
			continue;
		}
		cr_assert_eq(cut.verdict,
			     length >= UDP_AT && length < UDP_AT + 8 ? DECODE_NOT_TCP
								     : DECODE_TRUNCATED,
			     "%u", length);
		cr_assert_neq(short_frame.verdict, DECODE_TCP, "%u", length);
		shorter.count = length;
		shorter.at[2] = (uint8_t)(length >> 8);
		shorter.at[3] = (uint8_t)length;
		cr_assert_neq(verdict_of(&shorter, LINK_RAW), DECODE_TCP, "%u", length);
	}
}

/* Another value of the bits `fixed` of one byte of the tunnel's header makes it another protocol.
 */
static void check_fixed_bits(const struct packet *packet, unsigned at, unsigned fixed)
{
	for (unsigned value = 0; value < 256; value++) {
		struct packet changed = *packet;

		if (((value ^ packet->at[TUNNEL_AT + at]) & fixed) == 0)
			continue;
		changed.at[TUNNEL_AT + at] = (uint8_t)value;
		check_other(&changed);
	}
}

/* UDP's own length is below its header, or beyond the packet's end. */
static void check_udp_lengths(const struct packet *packet)
{
	static const unsigned wrong[] = {1, 7, 8, 9, 0xffff};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct packet changed = *packet;

		changed.at[UDP_LENGTH_AT] = (uint8_t)(wrong[i] >> 8);
		changed.at[UDP_LENGTH_AT + 1] = (uint8_t)wrong[i];
		check_other(&changed);
	}
}

static const uint8_t vxlan[] = {0x08, 0, 0, 0, 0x12, 0x34, 0x56, 0,    2, 0, 0,
				0,    0, 1, 2, 0,    0,    0,    0x00, 2, 8, 0};

Test(vxlan, carries_ethernet)
{
	struct packet packet = CARRIED(PORT_VXLAN, vxlan), old = CARRIED(8472, vxlan);

	check_named(&packet, TUNNEL_VXLAN, 0x123456);
	check_named(&old, TUNNEL_VXLAN, 0x123456);
	check_every_prefix(&packet);
	packet.at[TUNNEL_AT] = 0x88;
	packet.at[TUNNEL_AT + 1] = 0x08;
	packet.at[TUNNEL_AT + 3] = 7; /* a group policy */
	check_named(&packet, TUNNEL_VXLAN, 0x123456);
}

Test(vxlan, only_by_its_port_and_its_bits)
{
	struct packet packet = CARRIED(PORT_VXLAN, vxlan), elsewhere = CARRIED(53, vxlan);

	check_other(&elsewhere);
	check_udp_lengths(&packet);
	check_fixed_bits(&packet, 0, 0x7f);
	for (unsigned at = 1; at < 4; at++)
		check_fixed_bits(&packet, at, 0xff);
	check_fixed_bits(&packet, 7, 0xff);
}

Test(vxlan, tags_inside_follow_those_outside)
{
	static const uint8_t tagged[] = {0x08, 0, 0, 0, 0,    0,    0x56, 0,    2, 0,    0, 0, 0,
					 1,    2, 0, 0, 0x00, 0x00, 2,    0x81, 0, 0x20, 9, 8, 0};
	struct packet inner = CARRIED(PORT_VXLAN, tagged), packet = {.count = 0};

	put_ethernet(&packet, 0x8100);
	put_vlan(&packet, 42, TYPE_IPV4);
	memcpy(packet.at + packet.count, inner.at, inner.count);
	packet.count += inner.count;
	struct decoded decoded = decode_whole(&packet, LINK_ETHERNET);
	check_segment(&decoded, 4);
	cr_assert_eq(decoded.segment.tuple.vlan_count, 2);
	cr_assert_eq(decoded.segment.tuple.vlan[0], 42);
	cr_assert_eq(decoded.segment.tuple.vlan[1], 9);
	cr_assert_eq(decoded.segment.tuple.tunnel_id, 0x56);
}

static const uint8_t geneve[] = {0x02, 0x40, 0x08, 0, 0, 0, 9, 0, 1, 2, 0x80, 1, 3, 4, 5, 6};

Test(geneve, carries_ip_behind_options)
{
	struct packet packet = CARRIED(PORT_GENEVE, geneve);

	check_nameless(&packet, TUNNEL_GENEVE);
	check_every_prefix(&packet);
}

Test(geneve, carries_ethernet)
{
	static const uint8_t head[] = {0, 0, 0x65, 0x58, 0, 0, 9,    0, 2, 0, 0,
				       0, 0, 1,    2,    0, 0, 0x00, 0, 2, 8, 0};
	struct packet packet = CARRIED(PORT_GENEVE, head);

	check_nameless(&packet, TUNNEL_GENEVE);
	check_every_prefix(&packet);
}

Test(geneve, only_by_its_bits_and_with_room_for_its_options)
{
	struct packet packet = CARRIED(PORT_GENEVE, geneve);

	check_udp_lengths(&packet);
	check_fixed_bits(&packet, 0, 0xc0);
	check_fixed_bits(&packet, 1, 0xbf); /* control, reserved */
	check_fixed_bits(&packet, 7, 0xff);
	packet.at[TUNNEL_AT] = 0x3f;
	check_other(&packet);
}

/* A G-PDU of this many bytes before the packet, of which the first 8 are not counted. */
static struct packet gtp(const uint8_t *head, unsigned head_bytes)
{
	struct packet packet = carried(PORT_GTP_U, head, head_bytes);

	packet.at[TUNNEL_AT + 3] = (uint8_t)(head_bytes - 8 + IPV4_BYTES);
	return packet;
}

static const uint8_t gtp_plain[] = {0x30, 0xff, 0, 0, 1, 2, 3, 4};
static const uint8_t gtp_numbered[] = {0x32, 0xff, 0, 0, 1, 2, 3, 4, 0, 9, 0, 0x85};
static const uint8_t gtp_extended[] = {0x34, 0xff, 0,    0, 1, 2,    3,    4, 0, 0, 0, 0x85,
				       1,    0x10, 0x20, 3, 2, 0xaa, 0xbb, 4, 5, 6, 7, 0};

Test(gtp_u, carries_ip)
{
	struct packet plain = gtp(gtp_plain, sizeof(gtp_plain));
	struct packet numbered = gtp(gtp_numbered, sizeof(gtp_numbered));
	struct packet extended = gtp(gtp_extended, sizeof(gtp_extended));

	check_nameless(&plain, TUNNEL_GTP_U);
	check_every_prefix(&plain);
	check_nameless(&numbered, TUNNEL_GTP_U);
	check_every_prefix(&numbered);
	check_nameless(&extended, TUNNEL_GTP_U);
	check_every_prefix(&extended);
}

Test(gtp_u, only_by_its_bits_and_lengths)
{
	struct packet packet = gtp(gtp_extended, sizeof(gtp_extended));

	check_udp_lengths(&packet);
	check_fixed_bits(&packet, 0, 0xf8);
	check_fixed_bits(&packet, 1, 0xff); /* echoes, errors and the like */
	packet.at[TUNNEL_AT + 3]++;
	check_other(&packet);
	packet = gtp(gtp_extended, sizeof(gtp_extended));
	packet.at[TUNNEL_AT + 12] = 0; /* an extension header of no length leads nowhere */
	check_other(&packet);
	packet.at[TUNNEL_AT + 12] = 255;
	check_other(&packet);
	packet = gtp(gtp_plain, sizeof(gtp_plain));
	packet.at[TUNNEL_AT + sizeof(gtp_plain)] = 0x05; /* not IP */
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
}

static const uint8_t l2tp[] = {0x00, 0x02, 0, 1, 0, 2, 0xff, 0x03, 0x00, 0x21};
static const uint8_t l2tp_full[] = {0x4a, 0x02, 0, 67, 0, 1, 0, 2, 0,   3,
				    0,    4,    0, 3,  9, 9, 9, 0, 0x21};

Test(l2tp, carries_ppp)
{
	struct packet packet = CARRIED(PORT_L2TP, l2tp), full = CARRIED(PORT_L2TP, l2tp_full);
	struct packet answer = CARRIED(40001, l2tp);

	full.at[TUNNEL_AT + 3] = sizeof(l2tp_full) + IPV4_BYTES;
	answer.at[UDP_AT] = PORT_L2TP >> 8;
	answer.at[UDP_AT + 1] = PORT_L2TP & 0xff;
	check_nameless(&packet, TUNNEL_L2TP);
	check_every_prefix(&packet);
	check_nameless(&answer, TUNNEL_L2TP);
	check_nameless(&full, TUNNEL_L2TP);
	check_every_prefix(&full);
}

Test(l2tp, only_by_its_bits_and_lengths)
{
	struct packet packet = CARRIED(PORT_L2TP, l2tp), full = CARRIED(PORT_L2TP, l2tp_full);

	check_udp_lengths(&full);
	check_fixed_bits(&packet, 0, 0xb4); /* control messages, reserved bits */
	check_fixed_bits(&packet, 1, 0xff); /* version 3, reserved bits */
	full.at[TUNNEL_AT + 3] = sizeof(l2tp_full) + IPV4_BYTES + 1;
	check_other(&full);
	full.at[TUNNEL_AT + 3] = 13;
	check_other(&full);
	full.at[TUNNEL_AT + 3] = sizeof(l2tp_full) + IPV4_BYTES;
	full.at[TUNNEL_AT + 12] = 0xff; /* an offset beyond the end */
	check_other(&full);
	packet.at[TUNNEL_AT + 8] = 0xc0; /* LCP */
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
}

Test(udp, of_a_fragmented_envelope_only_the_first_part_is_read)
{
	struct packet packet = CARRIED(PORT_VXLAN, vxlan);

	packet.at[6] = 0x20;
	packet.at[3] = (uint8_t)(packet.count - 3); /* the rest is in the second fragment */
	struct decoded decoded = decode_whole(&packet, LINK_RAW);
	cr_assert_eq(decoded.verdict, DECODE_TCP);
	cr_assert_eq(decoded.segment.marks, SEGMENT_FRAGMENT);
	cr_assert_eq(decoded.segment.payload_bytes, 7);
	packet.at[7] = 1;
	cr_assert_eq(verdict_of(&packet, LINK_RAW), DECODE_NOT_TCP);
}

Test(udp, a_length_of_zero_is_the_packets)
{
	struct packet packet = CARRIED(PORT_VXLAN, vxlan);

	packet.at[UDP_LENGTH_AT] = packet.at[UDP_LENGTH_AT + 1] = 0;
	check_named(&packet, TUNNEL_VXLAN, 0x123456);
}

/* GRE with this header around the usual segment. */
static struct packet gre(const uint8_t *head, unsigned head_bytes)
{
	struct packet packet = {.count = 0};

	put_ipv4(&packet, 47, head_bytes + IPV4_BYTES);
	for (unsigned i = 0; i < head_bytes; i++)
		put8(&packet, head[i]);
	put_ipv4_segment(&packet);
	return packet;
}

Test(gre, is_named_by_its_key)
{
	static const uint8_t keyed[] = {0x20, 0, 8, 0, 0, 0, 0, 0};
	static const uint8_t full[] = {0xb0, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	static const uint8_t keyless[] = {0x90, 0, 8, 0, 1, 2, 3, 4, 9, 10, 11, 12};
	struct packet packet = gre(keyed, sizeof(keyed));

	check_named(&packet, TUNNEL_GRE, 0);
	packet = gre(full, sizeof(full));
	check_named(&packet, TUNNEL_GRE, 0x05060708);
	packet = gre(keyless, sizeof(keyless));
	check_nameless(&packet, TUNNEL_GRE);
}

Test(gre, redirected_to_a_cache)
{
	static const uint8_t first[] = {0, 0, 0x88, 0x3e};
	static const uint8_t second[] = {0, 0, 0x88, 0x3e, 0x80, 0x33, 0, 72};
	struct packet packet = gre(first, sizeof(first));

	check_nameless(&packet, TUNNEL_GRE);
	check_prefixes(&packet, LINK_RAW, 20 + 4 + 20);
	packet = gre(second, sizeof(second));
	check_nameless(&packet, TUNNEL_GRE);
	check_prefixes(&packet, LINK_RAW, 20 + 8 + 20);
}

Test(tunnel, the_innermost_is_told)
{
	static const uint8_t keyed[] = {0x20, 0, 8, 0, 0, 0, 0, 5};
	struct packet inner = CARRIED(PORT_GENEVE, geneve), packet = {.count = 0};

	put_ipv4(&packet, 47, sizeof(keyed) + inner.count);
	memcpy(packet.at + packet.count, keyed, sizeof(keyed));
	packet.count += sizeof(keyed);
	memcpy(packet.at + packet.count, inner.at, inner.count);
	packet.count += inner.count;
	check_nameless(&packet, TUNNEL_GENEVE);
}

Test(tunnel, ip_in_ip_tells_both_versions)
{
	static const struct {
		unsigned outer, inner;
		enum tunnel type;
	} cases[] = {
		{4, 4, TUNNEL_IPIP}, {4, 6, TUNNEL_6IN4}, {6, 4, TUNNEL_4IN6}, {6, 6, TUNNEL_6IN6}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned protocol = cases[i].inner == 4 ? 4 : 41;
		unsigned bytes = cases[i].inner == 4 ? IPV4_BYTES : IPV6_PACKET_BYTES;
		struct packet packet = {.count = 0};

		if (cases[i].outer == 4)
			put_ipv4(&packet, protocol, bytes);
		else
			put_ipv6(&packet, protocol, bytes);
		if (cases[i].inner == 4)
			put_ipv4_segment(&packet);
		else
			put_ipv6_segment(&packet);
		struct decoded decoded = decode_whole(&packet, LINK_RAW);
		check_segment(&decoded, cases[i].inner);
		cr_assert_eq(decoded.segment.tuple.tunnel_type, cases[i].type);
		cr_assert_not(decoded.segment.tuple.tunnel_has_id);
	}
}

Test(tunnel, depth_is_limited_for_every_kind)
{
	for (unsigned depth = 3; depth <= 4; depth++) {
		struct packet inner = CARRIED(PORT_VXLAN, vxlan), packet = {.count = 0};

		for (unsigned i = depth; i > 0; i--)
			put_ipv4(&packet, 4, (i - 1) * 20 + inner.count);
		memcpy(packet.at + packet.count, inner.at, inner.count);
		packet.count += inner.count;
		cr_assert_eq(verdict_of(&packet, LINK_RAW),
			     depth == 3 ? DECODE_TCP : DECODE_NOT_TCP);
	}
}

/* The envelopes of the records of what these packets carry. */
struct envelopes {
	struct report_envelope envelope[4];
	unsigned count;
};

static void keep_envelope(void *context, const struct flow_report *report)
{
	struct envelopes *kept = context;

	cr_assert_lt(kept->count, 4);
	kept->envelope[kept->count++] = report->envelope;
}

static void *allocate_zeroed(size_t bytes)
{
	return calloc(1, bytes);
}

static const int64_t second_ns = 1000000000;

static struct envelopes record(const struct packet *packets, unsigned count)
{
	struct envelopes kept = {.count = 0};
	struct report_sink sink = {.context = &kept, .flow = keep_envelope};
	struct memory memory = {allocate_zeroed, free};
	struct analyzer_config config;

	analyzer_config_default(&config);
	struct analyzer *analyzer = analyzer_create(&config, &memory, &sink);
	cr_assert_not_null(analyzer);
	for (unsigned i = 0; i < count; i++) {
		struct decoded decoded = decode_whole(&packets[i], LINK_RAW);
		cr_assert_eq(decoded.verdict, DECODE_TCP);
		decoded.segment.number = i + 1;
		decoded.segment.ts_ns = i * second_ns; /* they are no copies of each other */
		analyzer_take(analyzer, &decoded.segment);
	}
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
	analyzer_destroy(analyzer);
	return kept;
}

Test(tunnel, connections_in_different_tunnels_are_different)
{
	struct packet packets[4] = {CARRIED(PORT_VXLAN, vxlan), CARRIED(PORT_VXLAN, vxlan),
				    CARRIED(PORT_GENEVE, geneve)};

	packets[1].at[TUNNEL_AT + 6] = 0x57;
	put_ipv4_segment(&packets[3]);
	struct envelopes kept = record(packets, 4);
	cr_assert_eq(kept.count, 4);
	cr_assert(kept.envelope[0].tunnel.present && kept.envelope[0].tunnel.has_id);
	cr_assert_eq(kept.envelope[0].tunnel.type, TUNNEL_VXLAN);
	cr_assert_eq(kept.envelope[0].tunnel.id, 0x123456);
	cr_assert_eq(kept.envelope[1].tunnel.id, 0x123457);
	cr_assert(kept.envelope[2].tunnel.present);
	cr_assert_eq(kept.envelope[2].tunnel.type, TUNNEL_GENEVE);
	cr_assert_not(kept.envelope[2].tunnel.has_id);
	cr_assert_not(kept.envelope[3].tunnel.present);
}

Test(tunnel, what_each_direction_chooses_for_itself_does_not_part_a_connection)
{
	struct packet packets[2] = {gtp(gtp_plain, sizeof(gtp_plain)),
				    gtp(gtp_plain, sizeof(gtp_plain))};

	packets[1].at[TUNNEL_AT + 7] ^= 0x40;
	cr_assert_eq(record(packets, 2).count, 1);
	packets[0] = CARRIED(PORT_GENEVE, geneve);
	packets[1] = packets[0];
	packets[1].at[TUNNEL_AT + 6] ^= 0x40;
	cr_assert_eq(record(packets, 2).count, 1);
	packets[0] = CARRIED(PORT_L2TP, l2tp);
	packets[1] = packets[0];
	packets[1].at[TUNNEL_AT + 3] ^= 0x40;
	packets[1].at[TUNNEL_AT + 5] ^= 0x40;
	cr_assert_eq(record(packets, 2).count, 1);
}
