/* Which frames go the express way, and what it notes of them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/timeline.h"
#include "run/express_frames.h"

enum {
	PORT = 4000,
	SERVICE = 80,
	TTL = 64,
	LINK = 0x02030405,
	PAYLOAD_BYTES = 100,
	FRAME_BYTES = PLAIN_OPTIONS_AT + PAYLOAD_BYTES,
	START_NS = 1000,
	DUE_NS = 5000,
};

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static const struct memory memory = {allocate, free};
static const struct hash_key key = {{1, 2}};

static struct express express;
static struct pace pace[PARTITIONS];
static struct ends *ends;
static struct stretch stretch;
static struct express_trip trip;

/* From the client, which has the higher address, without time stamps. */
static uint8_t bytes[FRAME_BYTES];
static struct frame frame;

static void write_frame(void)
{
	static const uint8_t headers[PLAIN_OPTIONS_AT] = {
		2,         1,
		1,         1,
		1,         1,
		2,         1,
		2,         3,
		4,         5,
		8,         0, /* Ethernet */
		0x45,      0,
		0,         40 + PAYLOAD_BYTES,
		0,         1,
		0x40,      0,
		TTL,       6,
		0,         0, /* IP */
		10,        0,
		0,         9,
		10,        0,
		0,         1, /* its addresses */
		PORT >> 8, PORT & 255,
		0,         SERVICE,
		0,         0,
		0,         0,
		0,         0,
		0,         0, /* TCP */
		0x50,      TCP_ACK | TCP_PSH,
		3,         232,
		0,         0,
		0,         0,
	};

	memcpy(bytes, headers, sizeof headers);
	memset(bytes + sizeof headers, 1, PAYLOAD_BYTES);
	frame = (struct frame){
		.ts_ns = START_NS + 1,
		.number = 7,
		.bytes = bytes,
		.captured_bytes = FRAME_BYTES,
		.wire_bytes = FRAME_BYTES,
		.linktype = PLAIN_LINKTYPE,
	};
}

static void lead(void)
{
	static const uint8_t client[4] = {10, 0, 0, 9}, server[4] = {10, 0, 0, 1};
	struct segment segment = {.tuple.ip_version = 4, .hash = 17};

	for (unsigned side = 0; side < 2; side++) {
		stretch.end[side].payload_most = UINT16_MAX;
		stretch.end[side].payload_left = INT32_MAX;
		stretch.end[side].ttl = TTL;
		stretch.end[side].link = LINK;
	}
	segment.from = (uint8_t)tuple_set_ends(&segment.tuple, client, PORT, server, SERVICE);
	cr_assert_eq(segment.from, 1);
	ends_note(ends, &segment);
	express_lead(&express, &segment, &stretch);
}

static void open_way(void)
{
	ends = ends_create(&memory, &key);
	cr_assert_not_null(ends);
	express = (struct express){.is_open = true,
				   .until_ns = DUE_NS,
				   .clock_ns = START_NS,
				   .ends = ends,
				   .pace = pace};
	for (unsigned i = 0; i < PARTITIONS; i++)
		pace[i] = (struct pace){.is_roomy = true};
	stretch = (struct stretch){.last_ns = 0};
	trip = (struct express_trip){.depth = DECODE_LOOK_AT_PAYLOAD,
				     .before = 3,
				     .now_ns = START_NS,
				     .last_ns = START_NS};
	write_frame();
	lead();
}

static void close_way(void)
{
	ends_destroy(ends);
}

TestSuite(express_frames, .init = open_way, .fini = close_way);

static void takes(void)
{
	uint32_t packets = stretch.end[1].packets;

	cr_assert_eq(express_frames(&express, &trip, &frame, 1), 1);
	cr_assert_eq(stretch.end[1].packets, packets + 1);
}

/* Of what is not taken nothing is noted. */
static void refuses(void)
{
	const struct stretch stretch_before = stretch;
	const struct express_trip trip_before = trip;
	int64_t clock_ns = express.clock_ns;

	cr_assert_eq(express_frames(&express, &trip, &frame, 1), 0);
	cr_assert_arr_eq(&stretch, &stretch_before, sizeof stretch);
	cr_assert_eq(trip.now_ns, trip_before.now_ns);
	cr_assert_eq(trip.last_ns, trip_before.last_ns);
	cr_assert_eq(trip.wire_bytes, trip_before.wire_bytes);
	cr_assert_eq(express.clock_ns, clock_ns);
	cr_assert_eq(express.ordinal, 0);
}

Test(express_frames, notes_what_it_takes)
{
	takes();
	cr_assert_eq(trip.now_ns, START_NS + 1);
	cr_assert_eq(trip.last_ns, START_NS + 1);
	cr_assert_eq(trip.wire_bytes, FRAME_BYTES);
	cr_assert_eq(express.clock_ns, START_NS + 1);
	cr_assert_eq(express.ordinal, 1);
	cr_assert_eq(pace[17].ahead, 1);
	cr_assert_eq(pace[17].clock_ns, START_NS + 1);
	cr_assert_eq(stretch.last_number, 7);
	cr_assert_eq(stretch.source, 3);
	cr_assert_eq(stretch.end[1].max, PAYLOAD_BYTES);
	cr_assert_eq(stretch.end[1].flags, TCP_ACK | TCP_PSH);
	cr_assert_eq(stretch.frame[1][0].window, 1000);
	cr_assert_eq(stretch.frame[1][0].ip_id, 1);
}

Test(express_frames, takes_frames_up_to_the_first_that_is_not_plain)
{
	static uint8_t other_bytes[12][FRAME_BYTES];
	struct frame frames[12];

	for (unsigned i = 0; i < 12; i++) {
		memcpy(other_bytes[i], bytes, sizeof bytes);
		other_bytes[i][PLAIN_TCP_AT + 7] = (uint8_t)(i * PAYLOAD_BYTES);
		other_bytes[i][PLAIN_TCP_AT + 6] = (uint8_t)(i * PAYLOAD_BYTES >> 8);
		frames[i] = frame;
		frames[i].bytes = other_bytes[i];
		frames[i].ts_ns += i;
	}
	other_bytes[10][PLAIN_TCP_AT + 13] = TCP_ACK | TCP_FIN;
	cr_assert_eq(express_frames(&express, &trip, frames, 12), 10);
	cr_assert_eq(express.ordinal, 10);
	cr_assert_eq(express.clock_ns, START_NS + 10);
	cr_assert_eq(trip.wire_bytes, 10 * FRAME_BYTES);
	cr_assert_eq(stretch.end[1].packets, 10);
}

Test(express_frames, takes_nothing_from_the_time_on_when_something_is_due)
{
	frame.ts_ns = DUE_NS;
	refuses();
	frame.ts_ns = DUE_NS - 1;
	express.clock_ns = DUE_NS; /* the frame's own time is behind */
	refuses();
	express.clock_ns = DUE_NS - 1;
	frame.ts_ns = DUE_NS - 2;
	takes();
	cr_assert_eq(express.clock_ns, DUE_NS - 1);
	cr_assert_eq(pace[17].clock_ns, DUE_NS - 1);
	cr_assert_eq(stretch.clock_ns, DUE_NS - 1);
	cr_assert_eq(stretch.last_ns, DUE_NS - 2);
	cr_assert_eq(trip.now_ns, DUE_NS - 2);
}

/* As if nothing had come from the client yet. */
static void forget(void)
{
	stretch.end[1].max = 0;
	stretch.last_ns = 0;
	express.ordinal = 0;
	express.clock_ns = START_NS;
}

/* Two that are taken together are never further apart than what is believed of one. */
Test(express_frames, takes_nothing_whose_time_has_to_be_judged)
{
	const int64_t now_ns = 2 * TIMELINE_LEAP_NS, near_ns = TIMELINE_LEAP_NS / 2;
	const struct {
		int64_t ts_ns;
		bool is_near;
	} times[] = {
		{now_ns - near_ns, true},
		{now_ns - near_ns - 1, false},
		{now_ns + near_ns, false},
		{now_ns + near_ns - 1, true},
	};

	express.until_ns = ANALYZER_LATEST_NS;
	for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
		forget();
		trip.now_ns = now_ns;
		frame.ts_ns = times[i].ts_ns;
		if (times[i].is_near)
			takes();
		else
			refuses();
	}
}

Test(express_frames, takes_nothing_where_the_time_before_is_none_that_can_be)
{
	express.until_ns = ANALYZER_LATEST_NS;
	trip.now_ns = INT64_MIN;
	refuses();
	trip.now_ns = INT64_MAX;
	refuses();
	trip.now_ns = START_NS;
	takes();
}

Test(express_frames, takes_nothing_that_is_not_of_the_kind)
{
	static const struct {
		unsigned at;
		uint8_t differs;
	} changes[] = {
		{8, 1},
		{11, 1},
		{12, 1},
		{PLAIN_IP_AT, 1},
		{PLAIN_IP_AT + 6, 0x20},
		{PLAIN_IP_AT + 7, 1},
		{PLAIN_IP_AT + 8, 1},
		{PLAIN_IP_AT + 9, 1},
		{PLAIN_TCP_AT + 12, 0x10},
		{PLAIN_TCP_AT + 13, TCP_FIN},
		{PLAIN_TCP_AT + 13, TCP_SYN},
		{PLAIN_TCP_AT + 13, TCP_RST},
		{PLAIN_TCP_AT + 13, TCP_ACK},
	};

	for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		bytes[changes[i].at] ^= changes[i].differs;
		refuses();
		bytes[changes[i].at] ^= changes[i].differs;
	}
	frame.interface = 1;
	refuses();
	frame.interface = 0;
	frame.linktype = 113;
	refuses();
	frame.linktype = PLAIN_LINKTYPE;
	takes();
}

Test(express_frames, takes_nothing_whose_payload_is_known)
{
	memcpy(bytes + PLAIN_OPTIONS_AT, "GET / HTTP/1.1\r\n", 16);
	refuses();
	trip.depth = DECODE_HEADERS_ONLY;
	takes();
}
