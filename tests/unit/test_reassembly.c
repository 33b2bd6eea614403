/* Fragments put together: in every order, doubled, cut, contradictory, lost, and too many. */
#include "test_decode_packet.h"

#include "core/words.h"
#include "decode/reassembly.h"

enum { MS = 1000000, FIRST_NS = 1000 * MS, LARGE = 1600, IPV6_EXTENSION_BYTES = 8 };
static const int64_t second_ns = 1000 * (int64_t)MS;

/* What frames are given to. */
struct tap {
	struct reassembly *reassembly;
	struct decode_counters counters;
	struct segment segment; /* the last one */
	int64_t now_ns;
	uint64_t number;
	unsigned depth;
};

static struct tap open_tap(void)
{
	struct tap tap = {.now_ns = FIRST_NS, .reassembly = calloc(1, sizeof(*tap.reassembly))};

	cr_assert_not_null(tap.reassembly);
	return tap;
}

/* Every frame is counted once, whatever became of it. */
static void close_tap(struct tap *tap)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DECODE_VERDICT_COUNT; i++)
		sum += tap->counters.by_verdict[i];
	cr_assert_eq(sum, tap->counters.frames);
	free(tap->reassembly);
}

/* The first `captured` bytes of the packet, alone in memory. */
static enum decode_verdict give_part(struct tap *tap, const struct packet *packet,
				     uint32_t captured)
{
	uint8_t *copy = malloc(captured ? captured : 1);
	struct frame frame = {
		.ts_ns = tap->now_ns,
		.number = ++tap->number,
		.bytes = copy,
		.captured_bytes = captured,
		.wire_bytes = packet->count,
		.linktype = LINK_RAW,
	};

	cr_assert_not_null(copy);
	memcpy(copy, packet->at, captured);
	enum decode_verdict verdict = decode_reassembling(tap->reassembly, &frame, tap->depth,
							  &tap->segment, &tap->counters);
	free(copy);
	return verdict;
}

static enum decode_verdict give(struct tap *tap, const struct packet *packet)
{
	return give_part(tap, packet, packet->count);
}

static bool overdue(struct tap *tap, int64_t now_ns)
{
	return decode_overdue(tap->reassembly, now_ns, &tap->segment, &tap->counters);
}

/* What an IP packet carries: the usual TCP header, then zeros. */
static struct packet carried_segment(unsigned bytes)
{
	struct packet carried = {.count = 0};

	put_tcp(&carried, TCP_ACK | TCP_FIN);
	put_zeros(&carried, bytes - carried.count);
	return carried;
}

/* The bytes of `carried` from `begin` to `end` as a fragment. */
static struct packet cut_out(const struct packet *carried, unsigned version, unsigned protocol,
			     unsigned begin, unsigned end)
{
	struct packet packet = {.count = 0};
	unsigned more = end < carried->count;

	if (version == 4) {
		put_ipv4(&packet, protocol, end - begin);
		packet.at[6] = (uint8_t)(more << 5 | begin >> 11);
		packet.at[7] = (uint8_t)(begin >> 3);
	} else {
		put_ipv6(&packet, 44, IPV6_EXTENSION_BYTES + end - begin);
		put8(&packet, protocol);
		put8(&packet, 0);
		put16(&packet, begin | more);
		put32(&packet, 0x12345678);
	}
	memcpy(packet.at + packet.count, carried->at + begin, end - begin);
	packet.count += end - begin;
	return packet;
}

static void check_whole(const struct tap *tap, unsigned bytes)
{
	const struct segment *segment = &tap->segment;

	cr_assert_eq(segment->payload_bytes, bytes - 20);
	cr_assert_eq(segment->seq, 1000001);
	cr_assert_eq(segment->flags, TCP_ACK | TCP_FIN);
	cr_assert_eq(segment->marks, SEGMENT_FRAGMENT);
	cr_assert_eq(segment->number, tap->number);
	cr_assert_eq(segment->ts_ns, tap->now_ns);
	cr_assert_eq(segment->from, 1);
	cr_assert_eq(segment->tuple.port[1], 5000);
}

enum { PARTS = 4, PART_BYTES = LARGE / PARTS };

static struct packet part_of_four(const struct packet *carried, unsigned version, unsigned part)
{
	return cut_out(carried, version, 6, part * PART_BYTES, (part + 1) * PART_BYTES);
}

/* Gives four parts in this order; only the last makes them whole. */
static void check_order(unsigned version, const unsigned *order)
{
	struct packet carried = carried_segment(LARGE);
	struct tap tap = open_tap();
	uint32_t frame_bytes = 0;

	for (unsigned i = 0; i < PARTS; i++) {
		struct packet packet = part_of_four(&carried, version, order[i]);

		frame_bytes += packet.count;
		cr_assert_eq(give(&tap, &packet), i < PARTS - 1 ? DECODE_FRAGMENT : DECODE_TCP);
		cr_assert_not(overdue(&tap, tap.now_ns));
	}
	check_whole(&tap, LARGE);
	cr_assert_eq(tap.segment.frame_bytes, frame_bytes);
	cr_assert_eq(tap.segment.tuple.ip_version, version);
	cr_assert_eq(tap.counters.reassembled, 1);
	cr_assert_not(overdue(&tap, INT64_MAX));
	close_tap(&tap);
}

Test(reassembly, in_every_order)
{
	for (unsigned n = 0; n < 256; n++) {
		const unsigned order[PARTS] = {n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6 & 3};
		unsigned seen = 1U << order[0] | 1U << order[1] | 1U << order[2] | 1U << order[3];

		if (seen != 15)
			continue;
		check_order(4, order);
		check_order(6, order);
	}
}

/* Whose part it is, so that the frames of one connection can be found again. */
Test(reassembly, a_part_tells_its_connection_once_that_is_known)
{
	struct packet carried = carried_segment(LARGE);
	struct tap tap = open_tap();

	for (unsigned i = 0; i < 3; i++) {
		static const unsigned order[] = {3, 0, 2};
		struct packet packet = part_of_four(&carried, 4, order[i]);

		cr_assert_eq(give(&tap, &packet), DECODE_FRAGMENT);
		cr_assert_eq(tap.segment.marks, i == 0 ? 0 : SEGMENT_FRAGMENT);
		if (i == 0)
			continue;
		cr_assert_eq(tap.segment.tuple.port[1], 5000);
		cr_assert_eq(tap.segment.tuple.addr[1][3], 9);
		cr_assert_eq(tap.segment.from, 1);
		cr_assert_eq(tap.segment.number, tap.number);
	}
	close_tap(&tap);
}

Test(reassembly, every_frame_captured_twice)
{
	struct packet carried = carried_segment(LARGE);
	struct tap tap = open_tap();

	for (unsigned part = 0; part < PARTS; part++) {
		struct packet packet = part_of_four(&carried, 4, part);

		cr_assert_eq(give(&tap, &packet), part < PARTS - 1 ? DECODE_FRAGMENT : DECODE_TCP);
		cr_assert_eq(give(&tap, &packet), DECODE_FRAGMENT);
	}
	cr_assert_eq(tap.counters.by_verdict[DECODE_TCP], 1);
	cr_assert_not(overdue(&tap, INT64_MAX));
	close_tap(&tap);
}

Test(reassembly, of_what_the_capture_has_cut)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet second = cut_out(&carried, 4, 6, 800, LARGE);
	struct tap tap = open_tap();

	cr_assert_eq(give_part(&tap, &first, 60), DECODE_FRAGMENT);
	cr_assert_eq(give_part(&tap, &second, 60), DECODE_TCP);
	check_whole(&tap, LARGE);
	close_tap(&tap);
	tap = open_tap();
	cr_assert_eq(give_part(&tap, &first, 33), DECODE_FRAGMENT);
	cr_assert_eq(give(&tap, &second), DECODE_TRUNCATED);
	close_tap(&tap);
}

Test(reassembly, of_a_header_in_pieces)
{
	struct packet carried = carried_segment(64);
	struct tap tap = open_tap();

	for (unsigned at = 0; at < 64; at += 8) {
		struct packet packet = cut_out(&carried, 4, 6, at, at + 8);

		cr_assert_eq(give(&tap, &packet), at < 56 ? DECODE_FRAGMENT : DECODE_TCP);
		cr_assert_not(overdue(&tap, INT64_MAX), "a header in pieces is never judged alone");
	}
	check_whole(&tap, 64);
	close_tap(&tap);
}

Test(reassembly, the_checksum_of_what_was_kept_whole_is_verified)
{
	static const unsigned sizes[] = {REASSEMBLY_HEAD_BYTES, REASSEMBLY_HEAD_BYTES + 8};

	for (unsigned i = 0; i < 2; i++) {
		struct packet carried = carried_segment(sizes[i]);
		struct packet first = cut_out(&carried, 4, 6, 0, 80);
		struct packet second = cut_out(&carried, 4, 6, 80, sizes[i]);
		struct tap tap = open_tap();

		tap.depth = DECODE_VERIFY_CHECKSUMS;
		give(&tap, &first);
		cr_assert_eq(give(&tap, &second), DECODE_TCP);
		cr_assert_eq(tap.segment.marks,
			     SEGMENT_FRAGMENT | (i == 0 ? SEGMENT_BAD_CHECKSUM : 0));
		close_tap(&tap);
	}
}

Test(reassembly, overlapping_parts_are_given_up)
{
	static const struct {
		unsigned begin, end;
	} wrong[] = {{392, 808}, {0, 1200}, {8, 400}, {800, 1592}, {1592, 1608}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct packet carried = carried_segment(LARGE), longer = carried_segment(LARGE + 8);
		struct packet first = cut_out(&carried, 4, 6, 0, 400);
		struct packet last = cut_out(&carried, 4, 6, 1200, LARGE);
		struct packet bad = cut_out(&longer, 4, 6, wrong[i].begin, wrong[i].end);
		struct packet middle = cut_out(&carried, 4, 6, 400, 1200);
		bool copy = wrong[i].begin == 8;
		struct tap tap = open_tap();

		give(&tap, &first);
		give(&tap, &last);
		cr_assert_eq(give(&tap, &bad), DECODE_FRAGMENT);
		cr_assert_eq(give(&tap, &middle), copy ? DECODE_TCP : DECODE_FRAGMENT, "%zu", i);
		cr_assert_not(overdue(&tap, INT64_MAX));
		close_tap(&tap);
	}
}

Test(reassembly, two_ends_contradict)
{
	struct packet carried = carried_segment(LARGE), shorter = carried_segment(1200);
	struct packet parts[] = {cut_out(&carried, 4, 6, 0, 400),
				 cut_out(&carried, 4, 6, 1200, LARGE),
				 cut_out(&shorter, 4, 6, 400, 1200)};
	struct tap tap = open_tap();

	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(give(&tap, &parts[i]), DECODE_FRAGMENT);
	cr_assert_eq(tap.counters.reassembled, 0);
	close_tap(&tap);
}

Test(reassembly, a_name_is_used_again)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet second = cut_out(&carried, 4, 6, 800, LARGE);
	struct packet overlap = cut_out(&carried, 4, 6, 792, LARGE);
	struct tap tap = open_tap();

	for (unsigned i = 0; i < 3; i++, tap.now_ns += 2 * second_ns) {
		cr_assert_eq(give(&tap, &first), DECODE_FRAGMENT);
		cr_assert_eq(give(&tap, &second), DECODE_TCP);
		check_whole(&tap, LARGE);
	}
	give(&tap, &first);
	give(&tap, &overlap);
	tap.now_ns += 2 * second_ns;
	cr_assert_eq(give(&tap, &first), DECODE_FRAGMENT);
	cr_assert_eq(give(&tap, &second), DECODE_TCP);
	close_tap(&tap);
}

Test(reassembly, not_after_its_time)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet second = cut_out(&carried, 4, 6, 800, LARGE);
	struct tap tap = open_tap();

	give(&tap, &first);
	tap.now_ns += 31 * second_ns;
	cr_assert(overdue(&tap, tap.now_ns));
	cr_assert_eq(give(&tap, &second), DECODE_FRAGMENT);
	close_tap(&tap);
}

/* Nothing that tells datagrams apart may be mixed up. */
Test(reassembly, other_datagrams_parts_do_not_fit)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet last = cut_out(&carried, 4, 6, 800, LARGE);
	static const unsigned changed_at[] = {4, 5, 9, 12, 15, 16, 19};

	for (size_t i = 0; i < sizeof(changed_at) / sizeof(changed_at[0]); i++) {
		struct packet other = last;
		struct tap tap = open_tap();

		other.at[changed_at[i]] = changed_at[i] == 9 ? 47 : other.at[changed_at[i]] ^ 1;
		give(&tap, &first);
		cr_assert_eq(give(&tap, &other), DECODE_FRAGMENT, "byte %u", changed_at[i]);
		cr_assert_eq(give(&tap, &last), DECODE_TCP, "byte %u", changed_at[i]);
		close_tap(&tap);
	}
}

Test(reassembly, of_ipv6_only_the_first_parts_next_header_counts)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 6, 6, 0, 800);
	struct packet second = cut_out(&carried, 6, 60, 800, LARGE);
	struct tap tap = open_tap();

	give(&tap, &second);
	cr_assert_eq(give(&tap, &first), DECODE_TCP);
	check_whole(&tap, LARGE);
	close_tap(&tap);
}

Test(reassembly, a_first_part_is_judged_alone_where_the_rest_does_not_come)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet second = cut_out(&carried, 4, 6, 800, LARGE);
	struct tap tap = open_tap();

	cr_assert_eq(give(&tap, &first), DECODE_FRAGMENT);
	cr_assert_not(overdue(&tap, FIRST_NS + 99 * MS));
	cr_assert(overdue(&tap, FIRST_NS + 100 * MS));
	cr_assert_eq(tap.segment.number, 1);
	cr_assert_eq(tap.segment.ts_ns, FIRST_NS);
	cr_assert_eq(tap.segment.payload_bytes, 780);
	cr_assert_eq(tap.counters.by_verdict[DECODE_TCP], 1);
	cr_assert_eq(tap.counters.by_verdict[DECODE_FRAGMENT], 0);
	cr_assert_not(overdue(&tap, INT64_MAX));

	/* Once judged, it is not judged again. */
	tap.now_ns += 200 * MS;
	cr_assert_eq(give(&tap, &second), DECODE_FRAGMENT);
	cr_assert_eq(tap.counters.reassembled, 0);
	close_tap(&tap);
}

Test(reassembly, where_no_rest_is_ever_captured_nothing_is_held_back)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet second = cut_out(&carried, 4, 6, 800, LARGE);
	struct tap tap = open_tap();

	give(&tap, &first);
	cr_assert(overdue(&tap, FIRST_NS + 100 * MS));
	for (unsigned i = 2; i < 5; i++) {
		first.at[5] = (uint8_t)i;
		cr_assert_eq(give(&tap, &first), DECODE_TCP);
		cr_assert_eq(tap.segment.payload_bytes, 780);
		cr_assert_not(overdue(&tap, INT64_MAX));
	}
	/* A rest after all: this packet was judged already, the next ones wait again. */
	second.at[5] = 4;
	cr_assert_eq(give(&tap, &second), DECODE_FRAGMENT);
	first.at[5] = second.at[5] = 5;
	cr_assert_eq(give(&tap, &first), DECODE_FRAGMENT);
	cr_assert_eq(give(&tap, &second), DECODE_TCP);
	check_whole(&tap, LARGE);
	close_tap(&tap);
}

Test(reassembly, what_is_overdue_leaves_in_the_order_of_its_capture)
{
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct tap tap = open_tap();

	for (unsigned i = 0; i < 50; i++) {
		first.at[5] = (uint8_t)i;
		give(&tap, &first);
	}
	for (uint64_t number = 1; number <= 50; number++) {
		cr_assert(overdue(&tap, INT64_MAX));
		cr_assert_eq(tap.segment.number, number);
	}
	cr_assert_not(overdue(&tap, INT64_MAX));
	close_tap(&tap);
}

Test(reassembly, memory_is_bounded_and_the_latest_stay)
{
	enum { MANY = 5000, RECENT = 100 };
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet second = cut_out(&carried, 4, 6, 800, LARGE);
	struct tap tap = open_tap();
	unsigned whole = 0;

	for (unsigned i = 0; i < MANY; i++) {
		first.at[4] = (uint8_t)(i >> 8);
		first.at[5] = (uint8_t)i;
		cr_assert_eq(give(&tap, &first), DECODE_FRAGMENT);
	}
	for (unsigned i = MANY - RECENT; i < MANY; i++) {
		second.at[4] = (uint8_t)(i >> 8);
		second.at[5] = (uint8_t)i;
		whole += give(&tap, &second) == DECODE_TCP;
	}
	cr_assert_geq(whole, RECENT * 9 / 10);
	while (overdue(&tap, INT64_MAX))
		continue;
	cr_assert_leq(tap.counters.by_verdict[DECODE_TCP], REASSEMBLY_SETS * REASSEMBLY_WAYS);
	close_tap(&tap);
}

Test(reassembly, too_many_holes_are_given_up)
{
	struct packet carried = carried_segment(LARGE);
	struct tap tap = open_tap();

	for (unsigned i = 0; i <= REASSEMBLY_RANGES_MAX; i++) {
		struct packet packet = cut_out(&carried, 4, 6, i * 16, i * 16 + 8);

		give(&tap, &packet);
	}
	for (unsigned at = 8; at < LARGE; at += at < 272 ? 16 : 8) {
		struct packet packet = cut_out(&carried, 4, 6, at, at + 8);

		cr_assert_eq(give(&tap, &packet), DECODE_FRAGMENT);
	}
	close_tap(&tap);
}

Test(reassembly, times_of_any_kind)
{
	static const int64_t times[] = {INT64_MIN, INT64_MAX, 0, -1, INT64_MAX - 1, INT64_MIN + 1};
	struct packet carried = carried_segment(LARGE);
	struct packet first = cut_out(&carried, 4, 6, 0, 800);
	struct packet second = cut_out(&carried, 4, 6, 800, LARGE);

	for (unsigned i = 0; i < 36; i++) {
		struct tap tap = open_tap();

		tap.now_ns = times[i / 6];
		give(&tap, &first);
		tap.now_ns = times[i % 6];
		overdue(&tap, tap.now_ns);
		give(&tap, &second);
		overdue(&tap, INT64_MAX);
		close_tap(&tap);
	}
}

/* GRE, or a VXLAN or other UDP datagram, around the usual segment in an Ethernet frame or packet.
 */
static struct packet envelope(unsigned protocol, unsigned port)
{
	struct packet carried = {.count = 0};

	if (protocol == 47) {
		put32(&carried, TYPE_IPV4);
	} else {
		put16(&carried, 40000);
		put16(&carried, port);
		put16(&carried, 8 + 8 + 14 + IPV4_BYTES);
		put16(&carried, 0);
		put32(&carried, 0x08000000);
		put32(&carried, 0x00002a00);
		put_ethernet(&carried, TYPE_IPV4);
	}
	put_ipv4_segment(&carried);
	return carried;
}

Test(reassembly, of_a_tunnels_envelope)
{
	static const unsigned protocols[] = {47, 17};
	static const enum tunnel types[] = {TUNNEL_GRE, TUNNEL_VXLAN};

	for (unsigned i = 0; i < 2; i++) {
		struct packet carried = envelope(protocols[i], 4789);
		struct tap tap = open_tap();

		for (unsigned at = 0; at < carried.count; at += 24) {
			unsigned end = at + 24 < carried.count ? at + 24 : carried.count;
			struct packet packet = cut_out(&carried, 4, protocols[i], at, end);

			cr_assert_eq(give(&tap, &packet),
				     end < carried.count ? DECODE_FRAGMENT : DECODE_TCP);
		}
		cr_assert_eq(tap.segment.payload_bytes, 7);
		cr_assert_eq(tap.segment.tuple.tunnel_type, types[i]);
		cr_assert_eq(tap.counters.tunnel > 0, true);
		close_tap(&tap);
	}
}

Test(reassembly, not_of_udp_that_is_no_tunnel)
{
	struct packet carried = envelope(17, 53);
	struct packet first = cut_out(&carried, 4, 17, 0, 24);
	struct packet second = cut_out(&carried, 4, 17, 24, carried.count);
	struct tap tap = open_tap();

	cr_assert_eq(give(&tap, &second), DECODE_NOT_TCP);
	cr_assert_eq(give(&tap, &first), DECODE_NOT_TCP);
	cr_assert_eq(give(&tap, &second), DECODE_NOT_TCP);
	cr_assert_eq(tap.reassembly->uses, 0, "it takes nobody's place");
	close_tap(&tap);
}

/* Both the packet in the tunnel and the tunnel's own packets are fragments. */
Test(reassembly, inside_of_reassembly)
{
	struct packet segment = carried_segment(64);
	struct tap tap = open_tap();
	enum decode_verdict verdict = DECODE_NOT_TCP;

	for (unsigned inner = 0; inner < 64; inner += 32) {
		struct packet part = cut_out(&segment, 4, 6, inner, inner + 32);

		for (unsigned at = 0; at < part.count; at += 8) {
			unsigned end = at + 8 < part.count ? at + 8 : part.count;
			struct packet packet = cut_out(&part, 4, 4, at, end);

			packet.at[5] = (uint8_t)inner;
			packet.at[15] = 77;
			verdict = give(&tap, &packet);
			cr_assert_eq(verdict,
				     inner + end == 32 + part.count ? DECODE_TCP : DECODE_FRAGMENT);
		}
	}
	check_whole(&tap, 64);
	cr_assert_eq(tap.segment.tuple.tunnel_type, TUNNEL_IPIP);
	cr_assert_eq(tap.segment.tuple.addr[1][3], 9);
	close_tap(&tap);
}
