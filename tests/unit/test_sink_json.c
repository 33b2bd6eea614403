/*
 * The JSON sink: what its lines and documents say, and what becomes of them when the output fails.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/sink.h"
#include "support/record_tree.h"
#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { ALL_EVENTS = EVENT_FLOW | EVENT_ANOMALY | EVENT_STATE | EVENT_STATS | EVENT_SUMMARY };

static const char *const one_name[] = {"one.pcap"};

static const struct sink_config all_events = {
	.events = ALL_EVENTS,
	.tstamp_digits = 6,
	.source_count = 1,
	.source_name = one_name,
};

/* A sink that writes into memory. */
struct page {
	struct sink *sink;
	FILE *file;
	char *text;
	size_t bytes;
};

static void open_page(struct page *page, const struct sink_config *config,
		      enum sink_json_shape shape)
{
	page->file = open_memstream(&page->text, &page->bytes);
	cr_assert_not_null(page->file);
	page->sink = sink_json_create(config, shape, page->file);
	cr_assert_not_null(page->sink);
}

static void close_page(struct page *page)
{
	page->sink->destroy(page->sink);
	cr_assert_eq(fclose(page->file), 0);
}

/* Takes the place of `text`, which is released. */
static json_t *parse(char *text)
{
	json_error_t error;
	json_t *tree = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(tree, "%s at %d in %s", error.text, error.position, text);
	free(text);
	return tree;
}

static json_t *flow_record(const struct sink_config *config, const struct flow_report *report)
{
	struct page page;
	open_page(&page, config, SINK_NDJSON);
	cr_assert(page.sink->flow(page.sink, report));
	close_page(&page);
	return parse(page.text);
}

static const char *text_at(json_t *tree, const char *object, const char *key)
{
	return json_string_value(json_object_get(json_object_get(tree, object), key));
}

/* The example of the specification, with the times that it leaves out. */
static const char four_way_line[] =
	"{\"timestamp\":\"2023-11-14T22:14:20.090000Z\",\"event_type\":\"flow\",\"schema\":"
	"\"tcpbye/1\","
	"\"flow_id\":1482031870951425,\"community_id\":\"1:3k1SoWXs/FltHw2aBCgUTgbDQF4=\","
	"\"pcap_filename\":\"one.pcap\",\"pcap_cnt\":10,\"src_ip\":\"10.0.0.1\",\"src_port\":40000,"
	"\"dest_ip\":\"10.0.0.2\",\"dest_port\":80,\"proto\":\"TCP\",\"ip_v\":4,"
	"\"flow\":{\"start\":\"2023-11-14T22:13:20.000000Z\",\"end\":\"2023-11-14T22:13:20."
	"090000Z\","
	"\"duration_ns\":90000000,\"first_pcap_cnt\":1,\"pkts_toserver\":5,\"pkts_toclient\":5,"
	"\"bytes_toserver\":370,\"bytes_toclient\":470,\"payload_toserver\":100,\"payload_"
	"toclient\":200,"
	"\"state\":\"closed\",\"reason\":\"closed\",\"flow_end_reason\":3,\"origin\":\"handshake\","
	"\"orientation\":\"handshake\"},"
	"\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"1b\","
	"\"retransmissions_toserver\":0,\"retransmissions_toclient\":0},"
	"\"conn_state\":\"SF\",\"history\":\"ShADadFf\",\"tcp_completeness\":31,"
	"\"client\":{\"state\":\"closed\",\"state_proven\":\"time_wait\",\"iss\":1000,\"fin_seq\":"
	"1101,"
	"\"path\":[{\"state\":\"syn_sent\",\"timestamp\":\"2023-11-14T22:13:20.000000Z\",\"pcap_"
	"cnt\":1,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"established\",\"timestamp\":\"2023-11-14T22:13:20.010000Z\",\"pcap_cnt\":3,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"fin_wait_1\",\"timestamp\":\"2023-11-14T22:13:20.060000Z\",\"pcap_cnt\":7,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"fin_wait_2\",\"timestamp\":\"2023-11-14T22:13:20.090000Z\",\"pcap_cnt\":10,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"time_wait\",\"timestamp\":\"2023-11-14T22:13:20.090000Z\",\"pcap_cnt\":10,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"closed\",\"timestamp\":\"2023-11-14T22:14:20.090000Z\",\"pcap_cnt\":null,"
	"\"certainty\":\"timer\"}]},"
	"\"server\":{\"state\":\"closed\",\"state_proven\":\"last_ack\",\"iss\":5000,\"fin_seq\":"
	"5201,"
	"\"path\":[{\"state\":\"listen\",\"timestamp\":\"2023-11-14T22:13:20.000000Z\",\"pcap_"
	"cnt\":1,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"syn_received\",\"timestamp\":\"2023-11-14T22:13:20.005000Z\",\"pcap_cnt\":2,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"established\",\"timestamp\":\"2023-11-14T22:13:20.020000Z\",\"pcap_cnt\":4,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"close_wait\",\"timestamp\":\"2023-11-14T22:13:20.065000Z\",\"pcap_cnt\":8,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"last_ack\",\"timestamp\":\"2023-11-14T22:13:20.080000Z\",\"pcap_cnt\":9,"
	"\"certainty\":\"observed\"},"
	"{\"state\":\"closed\",\"timestamp\":\"2023-11-14T22:13:20.090000Z\",\"pcap_cnt\":10,"
	"\"certainty\":\"observed\"}]},"
	"\"teardown\":{\"type\":\"four_way\",\"closer\":\"client\",\"closer_by\":\"ack_coverage\","
	"\"complete\":true,\"start\":\"2023-11-14T22:13:20.060000Z\",\"end\":\"2023-11-14T22:13:20."
	"090000Z\","
	"\"duration_ns\":30000000,\"waves\":["
	"{\"wave\":1,\"role\":\"fin\",\"side\":\"client\",\"status\":\"ok\","
	"\"timestamp\":\"2023-11-14T22:13:20.060000Z\",\"pcap_cnt\":7,\"flags\":\"FA\",\"seq\":"
	"1101,"
	"\"ack\":5201,\"len\":0,\"expected_seq\":1101,\"expected_ack\":null,\"retransmits\":0},"
	"{\"wave\":2,\"role\":\"ack\",\"side\":\"server\",\"status\":\"ok\","
	"\"timestamp\":\"2023-11-14T22:13:20.065000Z\",\"pcap_cnt\":8,\"flags\":\"A\",\"seq\":5201,"
	"\"ack\":1102,\"len\":0,\"expected_seq\":5201,\"expected_ack\":1102,\"retransmits\":0},"
	"{\"wave\":3,\"role\":\"fin\",\"side\":\"server\",\"status\":\"ok\","
	"\"timestamp\":\"2023-11-14T22:13:20.080000Z\",\"pcap_cnt\":9,\"flags\":\"FA\",\"seq\":"
	"5201,"
	"\"ack\":1102,\"len\":0,\"expected_seq\":5201,\"expected_ack\":null,\"retransmits\":0},"
	"{\"wave\":4,\"role\":\"ack\",\"side\":\"client\",\"status\":\"ok\","
	"\"timestamp\":\"2023-11-14T22:13:20.090000Z\",\"pcap_cnt\":10,\"flags\":\"A\",\"seq\":"
	"1102,"
	"\"ack\":5202,\"len\":0,\"expected_seq\":1102,\"expected_ack\":5202,\"retransmits\":0}],"
	"\"half_close\":null,\"latency\":{\"peer_ack_ns\":5000000,\"application_ns\":15000000,"
	"\"last_ack_ns\":10000000},\"reset\":null,\"explanations\":[]},"
	"\"time_wait\":[{\"side\":\"client\",\"via\":\"fin_wait_2\","
	"\"start\":\"2023-11-14T22:13:20.090000Z\",\"nominal_ns\":60000000000,\"profile\":"
	"\"linux\","
	"\"restarts\":0,\"duration_ns\":60000000000,\"evidence_min_ns\":0,\"evidence_max_ns\":null,"
	"\"end\":\"2023-11-14T22:14:20.090000Z\",\"ended_by\":\"timer\"}],"
	"\"quality\":{\"capture_loss\":false,\"one_direction\":false,\"reordered_at_tap\":0,"
	"\"frame_duplicates\":0,\"truncated_headers\":0,\"fragments\":0,\"path_truncated\":false,"
	"\"anomalies_truncated\":false,"
	"\"capture_doubt\":\"none\"},\"anomalies\":[]}\n";

Test(sink_json, writes_the_example_of_the_specification)
{
	struct page page;
	struct flow_report report;
	fixture_four_way(&report);
	report.quality.capture_doubt = DOUBT_NONE;
	open_page(&page, &all_events, SINK_NDJSON);
	cr_assert(page.sink->flow(page.sink, &report));
	close_page(&page);
	cr_assert_str_eq(page.text, four_way_line);
	free(page.text);
}

/* A line must be what jansson would write of the tree that the table gives: same keys, order and
 * values. */
static void expect_line(const char *text, json_t *tree)
{
	cr_assert_not_null(tree);
	char *expected = json_dumps(tree, JSON_COMPACT);
	cr_assert_not_null(expected);
	size_t length = strlen(expected);
	cr_assert(strncmp(text, expected, length) == 0, "expected:\n%s\nwritten:\n%s", expected,
		  text);
	cr_assert_str_eq(text + length, "\n");
	free(expected);
	json_decref(tree);
}

Test(sink_json, flow_lines_are_what_jansson_would_write)
{
	static void (*const fill[])(struct flow_report *) = {fixture_four_way, fixture_everything,
							     fixture_minimal};
	for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
		struct page page;
		struct flow_report report;
		fill[i](&report);
		open_page(&page, &all_events, SINK_NDJSON);
		cr_assert(page.sink->flow(page.sink, &report));
		close_page(&page);
		expect_line(page.text, record_tree_flow(&all_events, &report));
		free(page.text);
	}
}

Test(sink_json, anomaly_lines_are_what_jansson_would_write)
{
	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		struct page page;
		struct anomaly_report report;
		fixture_anomaly(&report, (enum anomaly_id)id);
		open_page(&page, &all_events, SINK_NDJSON);
		cr_assert(page.sink->anomaly(page.sink, &report));
		close_page(&page);
		expect_line(page.text, record_tree_anomaly(&all_events, &report));
		free(page.text);
	}
}

Test(sink_json, state_line_is_what_jansson_would_write)
{
	struct page page;
	struct transition_report report;
	fixture_transition(&report);
	open_page(&page, &all_events, SINK_NDJSON);
	cr_assert(page.sink->transition(page.sink, &report));
	close_page(&page);
	cr_assert_not_null(strstr(page.text, "\"pcap_cnt\":null"));
	cr_assert_not_null(strstr(page.text,
				  "\"state\":{\"side\":\"client\",\"from\":\"time_wait\","
				  "\"to\":\"closed\",\"certainty\":\"timer\","
				  "\"cause\":\"2MSL timeout\"}}"));
	expect_line(page.text, record_tree_state(&all_events, &report));
	free(page.text);
}

Test(sink_json, summary_line_is_what_jansson_would_write)
{
	struct page page;
	struct run_report run;
	struct tally_view view;
	struct flow_report report;
	struct tally *tally = tally_create();
	fixture_run(&run);
	fixture_everything(&report);
	tally_flow(tally, &report);
	run.tally = tally;
	open_page(&page, &all_events, SINK_NDJSON);
	cr_assert(page.sink->summary(page.sink, &run));
	close_page(&page);
	tally_view(tally, &view);
	struct summary_source source = {.run = &run, .tally = &view};
	expect_line(page.text, record_tree_summary(&all_events, &source));
	free(page.text);
	tally_destroy(tally);
}

Test(sink_json, stats_line_is_what_jansson_would_write)
{
	struct page page;
	struct stats_report stats;
	struct flow_report report;
	struct tally *tally = tally_create();
	fixture_everything(&report);
	tally_flow(tally, &report);
	fixture_stats(&stats, tally_counters(tally));
	open_page(&page, &all_events, SINK_NDJSON);
	cr_assert(page.sink->stats(page.sink, &stats));
	close_page(&page);
	expect_line(page.text, record_tree_stats(&all_events, &stats));
	free(page.text);
	tally_destroy(tally);
}

Test(sink_json, a_live_record_names_its_interface)
{
	static const char *const names[] = {"veth0"};
	struct sink_config config = all_events;
	struct page page;
	struct flow_report report;
	config.sources = SINK_INTERFACES;
	config.source_count = 1;
	config.source_name = names;
	fixture_minimal(&report);
	report.envelope.source = 0;
	open_page(&page, &config, SINK_NDJSON);
	cr_assert(page.sink->flow(page.sink, &report));
	close_page(&page);
	json_t *record = parse(page.text);
	cr_expect_str_eq(json_string_value(json_object_get(record, "in_iface")), "veth0");
	cr_expect_null(json_object_get(record, "pcap_filename"));
	json_decref(record);
}

Test(sink_json, summary_names_what_was_counted)
{
	struct page page;
	struct run_report run;
	fixture_run(&run);
	open_page(&page, &all_events, SINK_NDJSON);
	cr_assert(page.sink->summary(page.sink, &run));
	close_page(&page);
	json_t *record = parse(page.text);
	json_t *summary = json_object_get(record, "summary");
	cr_assert_str_eq(json_string_value(json_object_get(record, "timestamp")),
			 "2023-11-14T22:13:20.090000Z");
	cr_assert_eq(
		json_integer_value(json_object_get(json_object_get(summary, "decoder"), "tcp")),
		10);
	json_t *source = json_array_get(json_object_get(summary, "sources"), 0);
	json_t *linktypes = json_object_get(source, "linktypes");
	cr_assert_str_eq(json_string_value(json_array_get(linktypes, 0)), "EN10MB");
	cr_assert_str_eq(json_string_value(json_array_get(linktypes, 1)), "linktype_65000");
	cr_assert_str_eq(json_string_value(json_object_get(source, "tstamp_precision")), "us");
	cr_assert(json_is_null(json_object_get(summary, "wall_ns")));
	cr_assert(json_is_null(
		json_object_get(json_object_get(summary, "capture"), "kernel_packets")));
	json_decref(record);
}

Test(sink_json, summary_of_nothing_has_null_times)
{
	struct page page;
	struct run_report run;
	fixture_run(&run);
	run.has_packets = false;
	run.source_count = 0;
	open_page(&page, &all_events, SINK_NDJSON);
	cr_assert(page.sink->summary(page.sink, &run));
	close_page(&page);
	json_t *record = parse(page.text);
	cr_assert(json_is_null(json_object_get(record, "timestamp")));
	cr_assert(json_is_null(json_object_get(json_object_get(record, "summary"), "span_s")));
	json_decref(record);
}

Test(sink_json, nano_gives_nine_digits_everywhere)
{
	struct sink_config config = all_events;
	struct flow_report report;
	fixture_four_way(&report);
	report.envelope.ts_ns += 1999;
	config.tstamp_digits = 9;
	json_t *record = flow_record(&config, &report);
	cr_assert_str_eq(json_string_value(json_object_get(record, "timestamp")),
			 "2023-11-14T22:14:20.090001999Z");
	cr_assert_str_eq(text_at(record, "teardown", "end"), "2023-11-14T22:13:20.090000000Z");
	json_decref(record);
}

Test(sink_json, six_digits_are_cut_not_rounded)
{
	struct flow_report report;
	fixture_four_way(&report);
	report.envelope.ts_ns += 1999;
	json_t *record = flow_record(&all_events, &report);
	cr_assert_str_eq(json_string_value(json_object_get(record, "timestamp")),
			 "2023-11-14T22:14:20.090001Z");
	json_decref(record);
}

Test(sink_json, times_at_the_ends_of_what_can_be_counted)
{
	static const struct {
		int64_t ts_ns;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000000000Z"},
		{-1, "1969-12-31T23:59:59.999999999Z"},
		{INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
		{INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
		{INT64_C(951782400000000000), "2000-02-29T00:00:00.000000000Z"},
		{INT64_C(951868800000000000), "2000-03-01T00:00:00.000000000Z"},
		{INT64_C(1709251199000000000), "2024-02-29T23:59:59.000000000Z"},
		{INT64_C(-2203891200000000000), "1900-03-01T00:00:00.000000000Z"},
	};
	struct sink_config config = all_events;
	config.tstamp_digits = 9;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct flow_report report;
		fixture_minimal(&report);
		report.start_ns = cases[i].ts_ns;
		report.end_ns = INT64_MAX;
		json_t *record = flow_record(&config, &report);
		cr_expect_str_eq(text_at(record, "flow", "start"), cases[i].text);
		json_decref(record);
	}
}

Test(sink_json, durations_and_counts_saturate)
{
	const json_int_t most = INT64_C(9007199254740991);
	struct flow_report report;
	fixture_minimal(&report);
	report.start_ns = INT64_MIN;
	report.end_ns = INT64_MAX;
	report.frame_bytes[REPORT_CLIENT] = UINT64_MAX;
	json_t *record = flow_record(&all_events, &report);
	json_t *flow = json_object_get(record, "flow");
	cr_assert_eq(json_integer_value(json_object_get(flow, "duration_ns")), most);
	cr_assert_eq(json_integer_value(json_object_get(flow, "bytes_toserver")), most);
	json_decref(record);
}

Test(sink_json, a_span_that_goes_back_is_zero)
{
	struct flow_report report;
	fixture_minimal(&report);
	report.end_ns = report.start_ns - 1;
	json_t *record = flow_record(&all_events, &report);
	cr_assert_eq(
		json_integer_value(json_object_get(json_object_get(record, "flow"), "duration_ns")),
		0);
	json_decref(record);
}

Test(sink_json, what_is_unknown_is_null)
{
	struct flow_report report;
	fixture_minimal(&report);
	json_t *record = flow_record(&all_events, &report);
	json_t *client = json_object_get(record, "client");
	json_t *teardown = json_object_get(record, "teardown");
	cr_assert(json_is_null(json_object_get(client, "state")));
	cr_assert(json_is_null(json_object_get(client, "iss")));
	cr_assert(json_is_null(json_object_get(teardown, "closer")));
	cr_assert(json_is_null(json_object_get(teardown, "start")));
	cr_assert(json_is_null(json_object_get(teardown, "duration_ns")));
	cr_assert(json_is_null(json_object_get(teardown, "reset")));
	cr_assert_eq(json_array_size(json_object_get(teardown, "waves")), 0);
	cr_assert_null(json_object_get(record, "vlan"));
	cr_assert_null(json_object_get(record, "mptcp"));
	cr_assert_null(json_object_get(record, "tunnel"));
	json_decref(record);
}

Test(sink_json, control_bits_are_letters_in_suricatas_order)
{
	static const struct {
		uint8_t flags;
		const char *letters;
	} cases[] = {{0x11, "FA"}, {0x19, "FPA"}, {0x04, "R"}, {0x14, "RA"},      {0x02, "S"},
		     {0x12, "SA"}, {0x15, "FRA"}, {0x00, ""},  {0xff, "FSRPAUEC"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct flow_report report;
		fixture_four_way(&report);
		report.wave[0].flags = cases[i].flags;
		json_t *record = flow_record(&all_events, &report);
		json_t *waves = json_object_get(json_object_get(record, "teardown"), "waves");
		json_t *flags = json_object_get(json_array_get(waves, 0), "flags");
		cr_expect_str_eq(json_string_value(flags), cases[i].letters);
		json_decref(record);
	}
}

Test(sink_json, a_tunnel_has_its_id_or_null)
{
	struct flow_report report;
	fixture_everything(&report);
	json_t *record = flow_record(&all_events, &report);
	json_t *tunnel = json_object_get(record, "tunnel");
	cr_assert_str_eq(json_string_value(json_object_get(tunnel, "type")), "vxlan");
	cr_assert_eq(json_integer_value(json_object_get(tunnel, "id")), 0xabcdef);
	json_decref(record);
	report.envelope.tunnel.has_id = false;
	record = flow_record(&all_events, &report);
	tunnel = json_object_get(record, "tunnel");
	cr_assert(json_is_null(json_object_get(tunnel, "id")));
	json_decref(record);
}

Test(sink_json, ipv6_addresses_are_written_as_rfc_5952_says)
{
	struct flow_report report;
	fixture_everything(&report);
	json_t *record = flow_record(&all_events, &report);
	cr_assert_str_eq(json_string_value(json_object_get(record, "src_ip")), "2001:db8::1");
	cr_assert_str_eq(json_string_value(json_object_get(record, "dest_ip")),
			 "2001:db8::ab00:0:0:2");
	json_decref(record);
}

Test(sink_json, hostile_file_names_stay_valid_json)
{
	static const struct {
		const char *name, *read_as;
	} cases[] = {
		{"a\"b\\c", "a\"b\\c"},
		{"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"cut\xe2\x82", "cut\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\x1b[31m\n\x7f\xc2\x9b", "\x1b[31m\n\x7f\xc2\x9b"},
		{"\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80"},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sink_config config = all_events;
		struct flow_report report;
		struct page page;
		config.source_name = &cases[i].name;
		fixture_minimal(&report);
		open_page(&page, &config, SINK_NDJSON);
		cr_assert(page.sink->flow(page.sink, &report));
		close_page(&page);
		for (size_t at = 0; at + 1 < page.bytes; at++) {
			unsigned char c = (unsigned char)page.text[at];
			cr_assert(c >= 0x20 && c != 0x7f, "raw control character in case %zu", i);
		}
		cr_assert_null(strstr(page.text, "\xc2\x9b"));
		json_t *record = parse(page.text);
		cr_expect_str_eq(json_string_value(json_object_get(record, "pcap_filename")),
				 cases[i].read_as);
		json_decref(record);
	}
}
