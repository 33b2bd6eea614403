/*
 * The text report's last page, compared character for character.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/text_summary.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const int64_t begin_ns = 1700000000000000000; /* 2023-11-14 22:13:20 UTC */
static const int64_t s_ns = 1000000000;

static void expect_page(const struct run_report *run, const struct tally_view *view,
			unsigned columns, const char *expected)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	struct text_out out = {.file = file, .columns = columns};

	cr_assert_not_null(file);
	text_summary(&out, run, view);
	cr_assert(text_out_ok(&out));
	cr_assert_eq(fclose(file), 0);
	cr_assert_str_eq(text, expected, "expected:\n%s\nwritten:\n%s\n", expected, text);
	free(text);
}

/* 21 connections between two hosts, with something in every part of the page. */
static struct tally_view rich_view(void)
{
	struct tally_view view = {
		.flows = 21,
		.by_teardown = {[TEARDOWN_FOUR_WAY] = 15,
				[TEARDOWN_THREE_SEGMENT] = 2,
				[TEARDOWN_RST_ABORT] = 1,
				[TEARDOWN_FIN_THEN_RST] = 1,
				[TEARDOWN_REFUSED] = 1,
				[TEARDOWN_HALF_CLOSED] = 1},
		.by_reason = {[REASON_CLOSED] = 17, [REASON_RESET] = 3, [REASON_CAPTURE_END] = 1},
		.closed_by = {[WHO_CLIENT] = 10, [WHO_SERVER] = 9, [WHO_BOTH] = 1, [WHO_NULL] = 1},
		.resets = 3,
		.resets_by_form =
			{[RESET_FORM_ABORT] = 1, [RESET_FORM_REPLY] = 1, [RESET_FORM_REFUSAL] = 1},
		.reset_by = {[WHO_CLIENT] = 1, [WHO_SERVER] = 2},
		.close = {.count = 17,
			  .min_ns = 1000,
			  .p50_ns = 30000000,
			  .p90_ns = 1200000000,
			  .p99_ns = 3000000000,
			  .max_ns = 3000000000},
		.time_waits = 17,
		.time_waits_by_side = {8, 9},
		.time_waits_peak = 12,
		.time_waits_peak_at_ns = begin_ns + 5 * s_ns,
		.occupancy_count = 2,
		.occupancy = {{.ip_version = 4,
			       .addr = {{10, 0, 0, 1}, {10, 0, 0, 2}},
			       .server_port = 80,
			       .holder = WHO_SERVER,
			       .peak = 9},
			      {.ip_version = 4,
			       .addr = {{10, 0, 0, 1}, {10, 0, 0, 2}},
			       .server_port = 443,
			       .holder = WHO_CLIENT,
			       .peak = 8,
			       .has_capacity = true,
			       .in_use_peak = 12,
			       .capacity = 28232,
			       .forecast = {.present = true, .seconds_to_capacity = 50}}},
		.time_waits_timeline = {.start_s = 1700000000,
					.step_s = 2,
					.count = 4,
					.most = {3, 12, 6, 0}},
		.service_count = 2,
		.service =
			{{.ip_version = 4,
			  .addr = {10, 0, 0, 2},
			  .port = 80,
			  .connections = 20,
			  .client_first = 5,
			  .server_first = 14,
			  .both_first = 1,
			  .resets = 2,
			  .time_waits = {0, 9},
			  .asked_to_close = 10,
			  .stuck = 3},
			 {.ip_version = 4, .addr = {10, 0, 0, 2}, .port = 443, .connections = 1}},
		.host_count = 3,
		.host = {{.ip_version = 4,
			  .addr = {10, 0, 0, 1},
			  .closes_begun = 10,
			  .time_waits_held = 8,
			  .resets_sent = 1},
			 {.ip_version = 4,
			  .addr = {10, 0, 0, 2},
			  .closes_begun = 9,
			  .time_waits_held = 9,
			  .resets_sent = 2,
			  .close_waits = 10,
			  .close_waits_open = 3,
			  .close_wait_max_ns = 95 * s_ns},
			 {.ip_version = 4, .addr = {10, 0, 0, 3}}},
	};

	return view;
}

static const char rich_expected[] =
	"21 connections; 81 % closed in order; the client closed first in 50 %; 2 reset;\n"
	"  1 refused; 1 half-closed\n"
	"Captured from 2023-11-14 22:13:20.000 UTC, over 1 m 00 s\n"
	"\n"
	"How they ended\n"
	"  15  71 %  closed in order, 4 segments\n"
	"   2  10 %  closed in order, 3 segments\n"
	"   1   5 %  half-closed, other side still open\n"
	"   1   5 %  reset while open\n"
	"   1   5 %  reset during the close\n"
	"   1   5 %  refused\n"
	"\n"
	"Not followed to their end, because of\n"
	"  1  the end of the capture\n"
	"\n"
	"Who closed first\n"
	"  10  48 %  client\n"
	"   9  43 %  server\n"
	"   1   5 %  both at once\n"
	"   1   5 %  nobody, or not known\n"
	"\n"
	"Resets: what they were, and who sent them\n"
	"  1  abort\n"
	"  1  reply to a segment for a closed socket\n"
	"  1  refusal of a SYN\n"
	"  1  sent by the client\n"
	"  2  sent by the server\n"
	"\n"
	"How long closing took, of 17 closes\n"
	"  median          30.0 ms\n"
	"  9 in 10 within   1.20 s\n"
	"  longest          3.00 s\n"
	"\n"
	"TIME-WAIT\n"
	"   8  held by the client\n"
	"   9  held by the server\n"
	"  12  at once, at most: 2023-11-14 22:13:25.000\n"
	"\n"
	"TIME-WAIT held at once, by service: at most, by whom, client > server\n"
	"  9  server  10.0.0.1 > 10.0.0.2:80\n"
	"  8  client  10.0.0.1 > 10.0.0.2:443  12 of 28,232 ports in use at most, none\n"
	"                                      left within 50 s\n"
	"\n"
	"TIME-WAIT over time, from 22:13:20.000 on, a column each 2.00 s\n"
	"  12  ▂█▄   all\n"
	"\n"
	"Services: who closes first, RSTs, TIME-WAITs held, CLOSE-WAITs stuck\n"
	"  connections  server first  RSTs  TIME-WAITs      leak  service\n"
	"           20          70 %     2           9  30 % (3)  10.0.0.2:80\n"
	"            1             -     0           0         -  10.0.0.2:443\n"
	"\n"
	"CLOSE-WAIT not seen to end: candidates for a leak\n"
	"  open  of   longest  host\n"
	"     3  10  1 m 35 s  10.0.0.2\n"
	"\n"
	"Hosts: closes begun, TIME-WAITs held, RSTs sent, CLOSE-WAITs\n"
	"  closes  TIME-WAITs  RSTs  CLOSE-WAITs  host\n"
	"      10           8     1            0  10.0.0.1\n"
	"       9           9     2           10  10.0.0.2\n"
	"\n"
	"Frames\n"
	"  1,200  TCP\n"
	"     20  not analysed: another protocol\n"
	"      2  parts of fragmented IP packets\n"
	"     10  not analysed: cut short by the capture\n"
	"      2  not analysed: invalid lengths\n"
	"     66  left out by the filter\n"
	"  1,300  in all\n"
	"  3 TCP frames not judged: wrong checksum, or header cut short\n"
	"  filter: host 10.0.0.1\n"
	"\n"
	"Sources\n"
	"  one.pcap: pcap, 1,234 frames, read to its end\n"
	"  two.pcapng: pcapng, 66 frames, DAMAGED OR INCOMPLETE: two.pcapng: it ends in\n"
	"    the middle of a block\n"
	"\n"
	"1 connection dropped from the table early, to keep to the bound on memory.\n"
	"\n"
	"Stopped by a signal before the input ended.\n";

Test(sink_text_summary, everything)
{
	const struct source_info sources[] = {
		{.name = "one.pcap", .format = "pcap", .frames = 1234, .complete = true},
		{.name = "two.pcapng",
		 .format = "pcapng",
		 .frames = 66,
		 .error = "two.pcapng: it ends in the middle of a block"},
	};
	const struct run_report run = {
		.source_count = 2,
		.source = sources,
		.filter = "host 10.0.0.1",
		.has_packets = true,
		.first_ns = begin_ns,
		.last_ns = begin_ns + 60 * s_ns,
		.stopped_by = "signal",
		.decoder = {.frames = 1234,
			    .by_verdict = {[DECODE_TCP] = 1200,
					   [DECODE_NOT_TCP] = 20,
					   [DECODE_FRAGMENT] = 2,
					   [DECODE_TRUNCATED] = 10,
					   [DECODE_INVALID] = 2}},
		.analyzer = {.ignored = 3, .flows_evicted = 1},
	};
	struct tally_view view = rich_view();

	expect_page(&run, &view, 80, rich_expected);
}

Test(sink_text_summary, nothing)
{
	const struct source_info source = {
		.name = "-", .format = "pcap", .complete = true, .frames = 0};
	const struct run_report run = {
		.source_count = 1, .source = &source, .stopped_by = "end_of_input"};

	expect_page(&run, &(struct tally_view){0}, 80,
		    "0 connections\n"
		    "\n"
		    "Source\n"
		    "  (standard input): pcap, 0 frames, read to its end\n");
}

/* A file's name cannot move the cursor, color the terminal or hide what follows it. */
Test(sink_text_summary, hostile_names)
{
	const struct source_info source = {.name = "a\033[2J\r\n\xff\xe2\x80\xae"
						   "ü.pcap",
					   .frames = 1};
	const struct run_report run = {
		.source_count = 1,
		.source = &source,
		.filter = "tcp\033]0;title\007",
		.decoder = {.frames = 1, .by_verdict = {[DECODE_NOT_TCP] = 1}},
	};

	expect_page(&run, &(struct tally_view){0}, 80,
		    "0 connections\n"
		    "\n"
		    "Frames\n"
		    "  1  not analysed: another protocol\n"
		    "  1  in all\n"
		    "  filter: tcp\\x1b]0;title\\x07\n"
		    "\n"
		    "Source\n"
		    "  a\\x1b[2J\\x0d\\x0a\\xff\\xe2\\x80\\xaeü.pcap: unknown format, 1 frame, not "
		    "read to\n"
		    "    its end\n");
}

/* Lines keep to a width that holds their longest word. */
Test(sink_text_summary, widths)
{
	static const unsigned widths[] = {60, 80, 120, 200};
	struct tally_view view = rich_view();

	view.host[0].ip_version = 6;
	memset(view.host[0].addr, 0xff, sizeof(view.host[0].addr));
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		char *text = NULL;
		size_t bytes = 0;
		FILE *file = open_memstream(&text, &bytes);
		struct text_out out = {.file = file, .columns = widths[i], .charset = TEXT_ASCII};

		cr_assert_not_null(file);
		text_summary(&out, &(struct run_report){.stopped_by = "count"}, &view);
		cr_assert_eq(fclose(file), 0);
		for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
			cr_assert_leq(strlen(line), widths[i], "%u columns: %s", widths[i], line);
		free(text);
	}
}

/* Damage is told however many sources there are. */
Test(sink_text_summary, many_sources)
{
	struct source_info sources[20];
	struct run_report run = {.source_count = 20, .source = sources};
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	struct text_out out = {.file = file, .columns = 80};

	cr_assert_not_null(file);
	for (unsigned i = 0; i < 20; i++)
		sources[i] = (struct source_info){
			.name = "good.pcap", .format = "pcap", .complete = true};
	sources[19] = (struct source_info){.name = "bad.pcap", .error = "bad.pcap: cut"};
	text_summary(&out, &run, &(struct tally_view){0});
	cr_assert_eq(fclose(file), 0);
	cr_assert_not_null(strstr(text, "bad.pcap: unknown format, 0 frames, DAMAGED"));
	cr_assert_not_null(strstr(text, "and 9 more without damage"));
	free(text);
}
