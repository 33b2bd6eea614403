/*
 * The HTML report as a file: what stands in it, and what cannot get out of it. What a browser makes
 * of it is tested in tests/html.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/html_ladders.h"
#include "sink/html_rows.h"
#include "sink/sink.h"
#include "sink/tally.h"
#include "sink/text_labels.h"
#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char hostile[] = "</script><img src=x onerror=alert(1)>\xe2\x80\xa8<!--";

static const char *const names[] = {hostile};

static const struct sink_config config = {
	.events = EVENT_FLOW | EVENT_SUMMARY,
	.tstamp_digits = 6,
	.source_count = 1,
	.source_name = names,
};

static struct tally *tally;
static struct sink *sink;
static FILE *file;
static char *text;
static size_t bytes;
static struct flow_report report;

static void begin(void)
{
	file = open_memstream(&text, &bytes);
	cr_assert_not_null(file);
	tally = tally_create();
	sink = sink_html_create(&config, HTML_DRAWS, file);
	cr_assert(tally != NULL && sink != NULL);
}

static void end(void)
{
	sink->destroy(sink);
	tally_destroy(tally);
	fclose(file);
	free(text);
}

static void take(void)
{
	tally_flow(tally, &report);
	cr_assert(sink->flow(sink, &report));
}

static void finish(void)
{
	struct source_info source = {.name = hostile, .complete = true};
	struct run_report run;

	fixture_run(&run);
	run.source_count = 1;
	run.source = &source;
	run.tally = tally;
	cr_assert(sink->summary(sink, &run));
}

/* The JSON in the element with this id. */
static json_t *data(const char *id)
{
	char mark[64];
	const char *from, *to;
	json_error_t error;
	json_t *tree;

	snprintf(mark, sizeof(mark), "<script type=\"application/json\" id=\"%s\">", id);
	from = strstr(text, mark);
	cr_assert_not_null(from, "%s", id);
	from += strlen(mark);
	to = strstr(from, "</script>");
	cr_assert_not_null(to);
	tree = json_loadb(from, (size_t)(to - from), JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(tree, "%s: %s at %d", id, error.text, error.position);
	return tree;
}

static size_t times(const char *wanted)
{
	size_t found = 0;

	for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++)
		found++;
	return found;
}

/* A connection's value by name. */
static json_t *value(json_t *rows, json_t *run, size_t row, const char *name)
{
	json_t *column, *columns = json_object_get(run, "columns");
	size_t at;

	json_array_foreach(columns, at,
			   column) if (strcmp(json_string_value(column), name) ==
				       0) return json_array_get(json_array_get(rows, row), at);
	return NULL;
}

static json_int_t extent(json_t *run, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(run, "extent"), name));
}

Test(sink_html, a_page_holds_the_run_and_a_row_a_connection, .init = begin, .fini = end)
{
	json_t *rows, *run;

	fixture_four_way(&report);
	take();
	fixture_everything(&report);
	take();
	finish();
	rows = data("rows");
	run = data("report");
	cr_assert_eq(json_array_size(rows), 2);
	cr_expect_eq(json_array_size(json_array_get(rows, 1)),
		     json_array_size(json_object_get(run, "columns")));
	cr_expect_str_eq(json_string_value(value(rows, run, 1, "client")), "10.0.0.1");
	cr_expect_eq(json_integer_value(value(rows, run, 1, "server_port")), 80);
	cr_expect_eq(json_integer_value(value(rows, run, 1, "teardown")), TEARDOWN_FOUR_WAY);
	cr_expect(json_is_null(value(rows, run, 1, "severity")));
	cr_expect_str_eq(json_string_value(json_object_get(run, "headline")),
			 "2 connections; 1 closed in order; the client closed first in all; 1 "
			 "reset, explained by HTTP keep-alive race at [2001:db8::ab00:0:0:2]:80");
	json_decref(rows);
	json_decref(run);
}

Test(sink_html, a_page_of_nothing_is_a_page, .init = begin, .fini = end)
{
	json_t *rows, *run;

	finish();
	rows = data("rows");
	run = data("report");
	cr_expect_eq(json_array_size(rows), 0);
	cr_expect_str_eq(json_string_value(json_object_get(run, "headline")), "0 connections");
	json_decref(rows);
	json_decref(run);
}

Test(sink_html, no_name_gets_out_of_its_string, .init = begin, .fini = end)
{
	json_t *run, *source;

	fixture_four_way(&report);
	take();
	finish();
	cr_expect_eq(times("<img"), 0);
	cr_expect_eq(times("<!--"), 0);
	cr_expect_eq(times("\xe2\x80\xa8"), 0);
	cr_expect_eq(times("</script>"), 4, "of rows, ladders, report and script");
	run = data("report");
	source = json_array_get(json_object_get(json_object_get(run, "summary"), "sources"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(source, "name")), hostile);
	cr_expect_str_eq(json_string_value(json_object_get(run, "sources")), " FILE...",
			 "no command holds such a name");
	json_decref(run);
}

Test(sink_html, a_page_loads_nothing, .init = begin, .fini = end)
{
	finish();
	cr_expect_eq(times("Content-Security-Policy\" content=\"default-src 'none'; script-src "
			   "'sha256-"),
		     1);
	cr_expect_eq(times("style-src 'sha256-"), 1);
	cr_expect_eq(times("src=\"") + times("<link") + times("url(") + times("import "), 0);
	cr_expect_eq(times("{{"), 0, "every mark of the template is filled in");
	cr_expect_eq(times("Permission is hereby granted"), 1, "the licence of what is built in");
}

/* One that is odd comes last, and yet is in the table. */
Test(sink_html, rows_have_a_bound_and_odd_ones_come_first, .init = begin, .fini = end)
{
	json_t *rows, *run;

	fixture_four_way(&report);
	report.anomaly_count = 0;
	for (uint64_t i = 1; i <= HTML_ROWS_MAX + 1; i++) {
		report.envelope.flow_id = i;
		cr_assert(sink->flow(sink, &report));
	}
	report.envelope.flow_id = HTML_ROWS_MAX + 2;
	report.anomaly[report.anomaly_count++] =
		(struct report_anomaly){.id = ANOMALY_RST_REPLY,
					.severity = SEVERITY_NOTICE,
					.side = WHO_CLIENT,
					.count = 1};
	cr_assert(sink->flow(sink, &report));
	finish();
	rows = data("rows");
	run = data("report");
	cr_assert_eq(json_array_size(rows), HTML_ROWS_MAX);
	cr_expect_eq(json_integer_value(value(rows, run, 0, "flow_id")), HTML_ROWS_MAX + 2);
	cr_expect_eq(json_integer_value(value(rows, run, 1, "flow_id")), 1);
	cr_expect_eq(extent(run, "reported"), HTML_ROWS_MAX + 2);
	cr_expect_eq(extent(run, "rows"), HTML_ROWS_MAX);
	json_decref(rows);
	json_decref(run);
}

/* The connection that the page was given last: its first SYN. */
static void send_syn(void)
{
	struct segment syn = {
		.ts_ns = FIXTURE_START_NS,
		.number = 1,
		.flags = TCP_SYN,
		.seq = 1000,
		.tuple = {.addr = {{10, 0, 0, 1}, {10, 0, 0, 2}}, .port = {40000, 80}},
	};

	cr_assert(sink->segment(sink, report.envelope.flow_id, &syn));
}

Test(sink_html, a_connection_is_drawn_from_its_segments, .init = begin, .fini = end)
{
	json_t *ladders, *ladder, *line, *arrow = NULL;
	size_t at;

	fixture_four_way(&report);
	report.envelope.flow_id = 7;
	take();
	cr_assert(sink->wants(sink, &report));
	send_syn();
	finish();
	ladders = data("ladders");
	ladder = json_object_get(ladders, "7");
	cr_assert_not_null(ladder);
	cr_expect_eq(
		json_integer_value(json_object_get(json_object_get(ladder, "record"), "flow_id")),
		7);
	json_array_foreach(json_object_get(ladder, "lines"), at,
			   line) if (arrow == NULL &&
				     strcmp(json_string_value(json_object_get(line, "kind")),
					    "arrow") == 0) arrow = line;
	cr_expect_str_eq(json_string_value(json_object_get(arrow, "label")), "SYN seq=0");
	cr_expect_str_eq(json_string_value(json_object_get(arrow, "stroke")), "solid");
	cr_expect_eq(json_integer_value(json_object_get(arrow, "from")), 0);
	json_decref(ladders);
}

/* The first ones, and then only what has not been shown often. */
Test(sink_html, what_is_new_is_drawn_however_late_it_comes, .init = begin, .fini = end)
{
	json_t *ladders;

	fixture_four_way(&report);
	report.anomaly_count = 0;
	for (uint64_t i = 1; i <= HTML_LADDERS_FIRST + 1; i++) {
		report.envelope.flow_id = i;
		take();
	}
	cr_expect_not(sink->wants(sink, &report));
	report.anomaly[report.anomaly_count++] =
		(struct report_anomaly){.id = ANOMALY_RST_REPLY,
					.severity = SEVERITY_NOTICE,
					.side = WHO_CLIENT,
					.count = 1};
	for (uint64_t i = 1; i <= HTML_LADDERS_ALIKE + 1; i++) {
		report.envelope.flow_id = 1000 + i;
		take();
		cr_expect_eq(sink->wants(sink, &report), i <= HTML_LADDERS_ALIKE);
	}
	report.anomaly[0].severity = SEVERITY_WARNING;
	report.envelope.flow_id = 2000;
	take();
	cr_expect(sink->wants(sink, &report), "graver than all before it");
	report.envelope.flow_id = 2001;
	take();
	cr_expect_not(sink->wants(sink, &report));
	finish();
	ladders = data("ladders");
	cr_expect_eq(json_object_size(ladders), HTML_LADDERS_FIRST + HTML_LADDERS_ALIKE + 1);
	json_decref(ladders);
}

Test(sink_html, a_page_of_a_pipe_asks_for_no_segments)
{
	struct sink *page = sink_html_create(&config, HTML_CANNOT_DRAW, stdout);

	cr_assert_not_null(page);
	cr_expect(page->wants == NULL && page->segment == NULL);
	page->destroy(page);
}

Test(sink_html, an_output_that_is_full_is_told)
{
	FILE *full = fopen("/dev/full", "w");
	struct sink *page = full != NULL ? sink_html_create(&config, HTML_CANNOT_DRAW, full) : NULL;
	struct tally *nothing = tally_create();
	struct run_report run;

	if (page == NULL)
		cr_skip_test("no /dev/full here");
	fixture_run(&run);
	run.tally = nothing;
	errno = 0;
	cr_expect(!page->summary(page, &run));
	cr_expect_eq(errno, ENOSPC);
	page->destroy(page);
	tally_destroy(nothing);
	fclose(full);
}

Test(text_labels, everything_that_is_counted_has_a_label)
{
	for (unsigned i = 0; i < TEARDOWN_COUNT; i++)
		cr_expect_not_null(label_end[i]);
	for (unsigned i = 0; i < RESET_FORM_COUNT; i++)
		cr_expect_not_null(label_reset_form[i]);
	for (unsigned i = 0; i <= WHO_COUNT; i++)
		cr_expect(label_closer[i] != NULL && label_reset_sender[i] != NULL);
	for (unsigned i = 0; i < REASON_COUNT; i++)
		cr_expect((label_reason[i] == NULL) == (i == REASON_CLOSED || i == REASON_RESET));
}
