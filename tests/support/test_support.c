/*
 * The test support itself: mistakes in a .pkt are told, captures hold what the scenario says, and a
 * record that differs from its expectation does not pass.
 */
#define _POSIX_C_SOURCE 200809L

#include "decode/decode.h"
#include "source/source.h"
#include "support/json_match.h"
#include "support/scenario.h"
#include "support/scenario_capture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_TEXT_MAX = 512 };

static const char *const themes[] = {"cause", "close", "incomplete", "reset", "time_wait"};

/* Writes text to a new file; the caller unlinks it. */
static void write_text(char path[PATH_TEXT_MAX], const char *text)
{
	FILE *file;
	int fd;

	strcpy(path, "/tmp/scenario-XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	file = fdopen(fd, "w");
	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fclose(file), 0);
}

static struct scenario *read_text(const char *text, struct scenario_error *error)
{
	char path[PATH_TEXT_MAX];
	struct scenario *scenario;

	write_text(path, text);
	scenario = scenario_read(path, error);
	unlink(path);
	return scenario;
}

Test(scenario, mistakes_are_told_with_their_line)
{
	static const struct {
		const char *text, *told;
	} mistakes[] = {
		{"", "holds no packet"},
		{"handshke\n", ":1: neither a packet nor a directive: 'handshke'"},
		{"handshake\n+.01 > FA 1:2(0) ack 1\n", ":2: 0 bytes from 1 end at 1"},
		{"handshake\n+.01 > FX 1:1(0) ack 1\n", ":2: flags are of FSRPAUEC: 'X'"},
		{"handshake\n+.01 > FA 1:1(0)\n", ":2: flag A without 'ack N'"},
		{"handshake\n+.01 = A 1:1(0) ack 1\n", ":2: a direction is > or <: '='"},
		{"handshake\n+x > A 1:1(0) ack 1\n", ":2: not a time: '+x'"},
		{"handshake\ntick @5\n@1 > A 1:1(0) ack 1\n", ":3: time goes back: '@1'"},
		{"handshake\n+.01 > A 1:1(0) ack 1 window 5\n", "not a detail"},
		{"handshake\n+.01 > A 1:1(0) ack 1 win\n", "cut short: 'win'"},
		{"handshake\n+.01 > A 1:1(0) ack 1 win 65536\n", "not a number up to 65535"},
		{"handshake\n+.01 > A 1:1(0) ack 1 | CLOSED\n", ":2: after | stand two states"},
		{"handshake\n+.01 > A 1:1(0) ack 1 | CLOSED OPEN\n", ":2: no such state: 'OPEN'"},
		{"handshake\niss 1 2\n", ":2: 'iss' must stand before the first packet"},
		{"data\n", ":1: 'data' needs a handshake before it"},
		{"tick\n", ":1: 'tick' takes 1 words"},
	};

	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		struct scenario_error error = {""};

		cr_assert_null(read_text(mistakes[i].text, &error), "%s", mistakes[i].text);
		cr_assert_not_null(strstr(error.text, mistakes[i].told), "told: %s", error.text);
	}
}

Test(scenario, the_preludes_are_those_of_the_rules)
{
	struct scenario_error error;
	struct scenario *scenario = read_text("handshake\ndata\n", &error);
	static const struct {
		uint32_t seq, ack, bytes;
		uint8_t flags, sender;
	} expected[] = {
		{1000, 0, 0, TCP_SYN, SCENARIO_A},
		{5000, 1001, 0, TCP_SYN | TCP_ACK, SCENARIO_B},
		{1001, 5001, 0, TCP_ACK, SCENARIO_A},
		{1001, 5001, 100, TCP_PSH | TCP_ACK, SCENARIO_A},
		{5001, 1101, 0, TCP_ACK, SCENARIO_B},
		{5001, 1101, 200, TCP_PSH | TCP_ACK, SCENARIO_B},
		{1101, 5201, 0, TCP_ACK, SCENARIO_A},
	};

	cr_assert_not_null(scenario);
	cr_assert_eq(scenario->count, 7);
	for (size_t i = 0; i < 7; i++) {
		const struct scenario_event *event = &scenario->event[i];

		cr_expect_eq(event->segment.seq, expected[i].seq);
		cr_expect_eq(event->segment.ack, expected[i].ack);
		cr_expect_eq(event->segment.payload_bytes, expected[i].bytes);
		cr_expect_eq(event->segment.flags, expected[i].flags);
		cr_expect_eq(event->sender, expected[i].sender);
		cr_expect_eq(event->segment.ts_ns,
			     INT64_C(1700000060000000000) + (int64_t)i * 10000000);
	}
	cr_expect_eq(scenario->origin_ns, scenario->event[6].segment.ts_ns);
	scenario_free(scenario);
}

static bool is_scenario(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcmp(name + length - 4, ".pkt") == 0;
}

/* Reads the capture back and compares each segment with the one that it was made of. */
static void compare_frames(const struct scenario *scenario, const char *capture)
{
	struct source_error error;
	struct source *source = source_open_file(capture, 0, &error);
	struct decode_counters counters = {0};
	struct frame frame;

	cr_assert_not_null(source, "%s", error.text);
	for (size_t i = 0; i < scenario->count; i++) {
		struct segment expected = scenario->event[i].segment, got = {0};
		enum decode_verdict verdict;

		cr_assert_eq(source_next(source, &frame, &error), SOURCE_FRAME);
		verdict = decode_frame(&frame, DECODE_VERIFY_CHECKSUMS | DECODE_LOOK_AT_PAYLOAD,
				       &got, &counters);
		cr_assert_eq(verdict, scenario->event[i].is_tick ? DECODE_NOT_TCP : DECODE_TCP);
		if (verdict != DECODE_TCP)
			continue;
		if (expected.frame_bytes <= scenario->snaplen_bytes)
			expected.marks |= SEGMENT_GOOD_CHECKSUM;
		cr_expect(tuple_equal(&got.tuple, &expected.tuple));
		got.tuple = expected.tuple;
		cr_expect_arr_eq(&got, &expected, sizeof got, "frame %zu of %s", i + 1, capture);
	}
	cr_assert_eq(source_next(source, &frame, &error), SOURCE_END);
	source_close(source);
}

static void check_capture(const char *path)
{
	struct scenario_error error;
	struct scenario *scenario = scenario_read(path, &error);
	char capture[] = "/tmp/capture-XXXXXX";
	int fd = mkstemp(capture);
	FILE *file = fdopen(fd, "wb");

	cr_assert_not_null(scenario, "%s", error.text);
	cr_assert_not_null(file);
	cr_assert(scenario_write_capture(scenario, file));
	cr_assert_eq(fclose(file), 0);
	if (scenario->second_fragments == 0)
		compare_frames(scenario, capture);
	unlink(capture);
	scenario_free(scenario);
}

Test(scenario, captures_decode_to_the_segments_they_were_made_of)
{
	unsigned checked = 0;

	for (size_t i = 0; i < sizeof themes / sizeof themes[0]; i++) {
		char folder[PATH_TEXT_MAX], path[2 * PATH_TEXT_MAX];
		struct dirent *entry;
		DIR *directory;

		snprintf(folder, sizeof folder, "%s/scenarios/%s", TESTDATA, themes[i]);
		directory = opendir(folder);
		cr_assert_not_null(directory, "%s", folder);
		while ((entry = readdir(directory)) != NULL) {
			if (!is_scenario(entry->d_name))
				continue;
			snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
			check_capture(path);
			checked++;
		}
		closedir(directory);
	}
	cr_assert_gt(checked, 70);
}

/* How many differences a flow record has from an expectation, both given as JSON. */
static unsigned differences(const char *expected_text, const char *flow_text)
{
	json_t *expected = json_pack("{s:[o]}", "flows", json_loads(expected_text, 0, NULL));
	json_t *flows = json_pack("[o]", json_loads(flow_text, 0, NULL));
	FILE *nowhere = fopen("/dev/null", "w");
	unsigned found;

	cr_assert(expected != NULL && flows != NULL && nowhere != NULL);
	found = match_flows(expected, flows, INT64_C(1700000060000000000), nowhere);
	fclose(nowhere);
	json_decref(expected);
	json_decref(flows);
	return found;
}

Test(json_match, what_differs_does_not_pass)
{
	static const char flow[] =
		"{\"a\": 1, \"list\": [1, 2], \"at\": \"2023-11-14T22:14:21.500000Z\", \"none\": "
		"null,"
		"\"path\": [{\"state\": \"closed\", \"certainty\": \"assumed\", \"pcap_cnt\": 7},"
		" {\"state\": \"last_ack\", \"certainty\": \"observed\", \"refuted\": true}],"
		"\"explanations\": [{\"cause\": \"so_linger_0\"}],"
		"\"anomalies\": [{\"event\": \"fin_unacked\", \"severity\": \"warning\", \"side\": "
		"\"client\", \"count\": 2}, {\"event\": \"half_close\", \"severity\": \"info\"},"
		" {\"event\": \"rst_exact\", \"severity\": \"notice\"}]}";
	static const struct {
		const char *expected;
		bool fits;
	} cases[] = {
		{"{\"a\": 1}", true},
		{"{\"a\": 2}", false},
		{"{\"b\": 1}", false},
		{"{\"none\": null}", true},
		{"{\"a\": null}", false},
		{"{\"list\": [1, 2]}", true},
		{"{\"list\": [1]}", false},
		{"{\"at\": \"@1.5\"}", true},
		{"{\"at\": \"@1.6\"}", false},
		{"{\"path\": [\"closed\", \"last_ack refuted\"]}", true},
		{"{\"path\": [\"closed assumed #7\", \"last_ack observed refuted\"]}", true},
		{"{\"path\": [\"closed\", \"last_ack\"]}", false},
		{"{\"path\": [\"closed refuted\", \"last_ack refuted\"]}", false},
		{"{\"path\": [\"closed #8\", \"last_ack refuted\"]}", false},
		{"{\"path\": [\"closed observed\", \"last_ack refuted\"]}", false},
		{"{\"path\": [\"closed\"]}", false},
		{"{\"causes\": [\"so_linger_0\"]}", true},
		{"{\"causes\": [\"user_timeout\"]}", false},
		{"{\"anomalies\": {\"fin_unacked\": \"warning\"}}", true},
		{"{\"anomalies\": {\"fin_unacked\": \"warning client x2\"}}", true},
		{"{\"anomalies\": {\"fin_unacked\": \"warning server\"}}", false},
		{"{\"anomalies\": {\"fin_unacked\": \"warning x3\"}}", false},
		{"{\"anomalies\": {\"fin_unacked\": \"error\"}}", false},
		{"{\"anomalies\": {}}", false},
		{"{\"anomalies\": {\"fin_unacked\": \"warning\", \"syn_fin\": \"warning\"}}",
		 false},
		{"{\"anomalies_info\": [\"half_close\"]}", true},
		{"{\"anomalies_info\": [\"half_close client\"]}", false},
		{"{\"anomalies_info\": [\"fin_unacked\"]}", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(differences(cases[i].expected, flow) == 0, cases[i].fits, "%s",
			     cases[i].expected);
}
