/*
 * What is kept of a lone SYN: its record comes back whole, and what is more than a lone SYN is
 * refused. The short way for the first SYN (core/first_syn.h) leaves the same record as the long
 * one, or is not taken.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core/context.h"
#include "core/lone_syn.h"

enum { AT_MOST_BYTES = 64 };

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static void ignore_port(void *context, const struct port_report *report)
{
	(void)context;
	(void)report;
}

enum way { LONG_WAY, ANY_WAY };

static struct analyzer *open_analyzer(enum way way)
{
	static const struct memory memory = {allocate, free};
	const struct report_sink sink = {.port = ignore_port};
	struct analyzer_config config;

	analyzer_config_default(&config);
	config.long_way = way == LONG_WAY;
	return analyzer_create(&config, &memory, &sink);
}

static struct segment syn_from(const uint8_t source[4], const uint8_t destination[4])
{
	struct segment segment = {
		.ts_ns = INT64_C(1700000000123456789),
		.number = 123457,
		.tuple.ip_version = 4,
		.seq = UINT32_MAX,
		.frame_bytes = 74,
		.tsval = 0x12345678,
		.link = 0x0203,
		.window = 64240,
		.ip_id = 7,
		.mss = 1460,
		.source = 3,
		.marks = SEGMENT_TIMESTAMPS,
		.flags = TCP_SYN | TCP_ECE | TCP_CWR,
		.ttl = 64,
		.window_scale = 7,
	};

	segment.from = (uint8_t)tuple_set_ends(&segment.tuple, source, 40000, destination, 80);
	return segment;
}

static const uint8_t low[4] = {10, 0, 0, 1}, high[4] = {192, 0, 2, 1};

/* The record that these segments leave; it is the analyzer's. */
static const struct flow *flow_after(struct analyzer *analyzer, const struct segment *segments,
				     unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		analyzer_take(analyzer, &segments[i]);
	return flow_at(&analyzer->table, 1);
}

static void comes_back(struct segment segment, enum flow_part part)
{
	struct analyzer *analyzer = open_analyzer(LONG_WAY);
	const struct flow *flow = flow_after(analyzer, &segment, 1);
	size_t bytes = part == FLOW_WHOLE ? sizeof *flow : offsetof(struct flow, next_frame);
	struct lone_syn syn;
	struct flow again;

	memset(&again, 0, sizeof again);
	cr_assert(lone_syn_pack(flow, part, &syn));
	lone_syn_unpack(&syn, &again);
	memcpy(again.tuple.addr, flow->tuple.addr, sizeof again.tuple.addr);
	memcpy(again.tuple.port, flow->tuple.port, sizeof again.tuple.port);
	cr_assert_eq(memcmp(&again, flow, bytes), 0);
	analyzer_destroy(analyzer);
}

Test(lone_syn, comes_back_whole)
{
	struct segment bare = syn_from(low, high);

	bare.marks = bare.ip_id = bare.mss = 0;
	bare.tsval = bare.link = 0;
	bare.window_scale = SEGMENT_NO_WINDOW_SCALE;
	comes_back(syn_from(low, high), FLOW_WHOLE);
	comes_back(syn_from(high, low), FLOW_WHOLE);
	comes_back(syn_from(high, low), FLOW_WITHOUT_FRAMES);
	comes_back(bare, FLOW_WHOLE);
	cr_assert_leq(sizeof(struct lone_syn), (size_t)AT_MOST_BYTES);
}

/* The capture's clock was ahead when the SYN came, or something else is remarkable about it. */
static void is_more(const struct segment *segments, unsigned count)
{
	struct analyzer *analyzer = open_analyzer(LONG_WAY);
	struct lone_syn syn;

	cr_assert_not(lone_syn_pack(flow_after(analyzer, segments, count), FLOW_WHOLE, &syn));
	analyzer_destroy(analyzer);
}

Test(lone_syn, more_is_refused)
{
	struct segment twice[2] = {syn_from(low, high), syn_from(low, high)};
	struct segment odd = syn_from(low, high), vlan = odd, data = odd, reset = odd;

	twice[1].ts_ns += 1000000000;
	is_more(twice, 2);
	odd.marks |= SEGMENT_BAD_OPTIONS;
	is_more(&odd, 1);
	vlan.tuple.vlan_count = 1;
	vlan.tuple.vlan[0] = 7;
	is_more(&vlan, 1);
	data.payload_bytes = 1;
	is_more(&data, 1);
	reset.flags = TCP_RST;
	is_more(&reset, 1);
}

/* Opens the connection both ways, after `before` of another one; true if the short way was taken.
 */
static bool leaves_same_record(const struct segment *before, const struct segment *segment)
{
	struct analyzer *analyzer[2] = {open_analyzer(LONG_WAY), open_analyzer(ANY_WAY)};
	uint32_t handle = before == NULL ? 1 : 2;
	bool is_short;

	for (unsigned i = 0; i < 2; i++) {
		if (before != NULL)
			analyzer_take(analyzer[i], before);
		analyzer_take(analyzer[i], segment);
	}
	is_short = node_at(&analyzer[1]->table, handle)->packed_bytes != 0;
	cr_assert_eq(node_at(&analyzer[0]->table, handle)->packed_bytes, 0);
	cr_assert_eq(memcmp(flow_at(&analyzer[0]->table, handle),
			    flow_at(&analyzer[1]->table, handle), sizeof(struct flow)),
		     0);
	cr_assert_eq(deadlines_key(&analyzer[0]->deadlines, handle),
		     deadlines_key(&analyzer[1]->deadlines, handle));
	cr_assert_eq(analyzer[0]->table.total, analyzer[1]->table.total);
	for (unsigned i = 0; i < 2; i++)
		analyzer_destroy(analyzer[i]);
	return is_short;
}

Test(first_syn, short_way_leaves_the_same)
{
	struct segment from_low = syn_from(low, high), from_high = syn_from(high, low);
	struct segment bare = from_low, other = from_low;

	bare.marks = bare.ip_id = bare.mss = 0;
	bare.tsval = bare.link = 0;
	bare.window_scale = SEGMENT_NO_WINDOW_SCALE;
	other.tuple.port[0]++;
	other.ordinal = 1;
	cr_assert(leaves_same_record(NULL, &from_low));
	cr_assert(leaves_same_record(NULL, &from_high));
	cr_assert(leaves_same_record(NULL, &bare));
	cr_assert(leaves_same_record(&other, &from_low));
}

Test(first_syn, more_goes_the_long_way)
{
	static const uint16_t marks[] = {
		SEGMENT_CUT,        SEGMENT_BAD_CHECKSUM,  SEGMENT_FRAGMENT,
		SEGMENT_FAST_OPEN,  SEGMENT_MULTIPATH,     SEGMENT_BAD_OPTIONS,
		SEGMENT_WRONG_TIME, SEGMENT_GOOD_CHECKSUM, SEGMENT_FAST_CLOSE};
	const struct segment syn = syn_from(low, high);
	struct segment odd = syn, later = syn;

	for (unsigned i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		odd.marks = syn.marks | marks[i];
		cr_assert_not(leaves_same_record(NULL, &odd));
	}
	odd = syn;
	odd.ack = 1;
	cr_assert_not(leaves_same_record(NULL, &odd));
	odd = syn;
	odd.payload_bytes = 1;
	cr_assert_not(leaves_same_record(NULL, &odd));
	odd = syn;
	odd.flags |= TCP_ACK;
	cr_assert_not(leaves_same_record(NULL, &odd));
	odd = syn;
	odd.marks = 0; /* and yet it bears a time stamp */
	cr_assert_not(leaves_same_record(NULL, &odd));
	odd = syn;
	odd.tuple.vlan_count = 1;
	odd.tuple.vlan[0] = 7;
	later.ts_ns += 1000000000;
	cr_assert_not(leaves_same_record(NULL, &odd));
	cr_assert_not(leaves_same_record(&odd, &later), "its ends are known in a VLAN");
	later.tuple.port[0]++;
	cr_assert_not(leaves_same_record(&later, &syn), "the clock is ahead of it");
}
