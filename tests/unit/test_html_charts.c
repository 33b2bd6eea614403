/*
 * What the charts of the HTML report are drawn from.
 */
#include "sink/html_charts.h"

#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

static const int64_t ms_ns = 1000000;

static struct html_charts charts;
static struct flow_report report;

static void begin(void)
{
	html_charts_init(&charts);
	fixture_four_way(&report);
}

static void end(void)
{
	html_charts_release(&charts);
}

/* The charts as the page gets them. */
static json_t *put(void)
{
	struct writer writer = {0};
	json_error_t error;
	json_t *tree;

	writer_begin_object(&writer, NULL);
	html_charts_put(&charts, &writer, "charts");
	writer_end_object(&writer);
	writer_end_value(&writer);
	cr_assert(!writer.failed);
	tree = json_loadb(writer.bytes, writer.length, 0, &error);
	cr_assert_not_null(tree, "%s", error.text);
	free(writer.bytes);
	return tree;
}

static json_t *chart(json_t *tree, const char *name)
{
	return json_object_get(json_object_get(tree, "charts"), name);
}

/* The number that stands in the place of the bar that holds `ns`. */
static json_int_t bar_of(json_t *tree, const char *name, int64_t ns)
{
	json_t *edges = chart(tree, "edges_ns"),
	       *times = json_object_get(chart(tree, name), "times");
	size_t at = 0;

	cr_assert_eq(json_array_size(times), json_array_size(edges) + 1);
	while (at < json_array_size(edges) && json_integer_value(json_array_get(edges, at)) <= ns)
		at++;
	return json_integer_value(json_array_get(times, at));
}

Test(html_charts, the_edges_are_1_2_and_5_of_each_power_of_ten, .init = begin, .fini = end)
{
	static const json_int_t first[] = {10000, 20000, 50000, 100000, 200000, 500000, 1000000};
	json_t *tree = put(), *edges = chart(tree, "edges_ns");

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		cr_expect_eq(json_integer_value(json_array_get(edges, i)), first[i]);
	cr_expect_eq(json_integer_value(json_array_get(edges, json_array_size(edges) - 1)),
		     100000000000000);
	json_decref(tree);
}

Test(html_charts, the_network_and_the_application_are_told_apart, .init = begin, .fini = end)
{
	json_t *tree;

	report.teardown_end_ns = report.teardown_start_ns + 730 * ms_ns;
	report.latency.has_application = true;
	report.latency.application_ns = 700 * ms_ns;
	html_charts_take(&charts, &report);
	tree = put();
	cr_expect_eq(bar_of(tree, "network", 30 * ms_ns), 1);
	cr_expect_eq(bar_of(tree, "application", 700 * ms_ns), 1);
	json_decref(tree);
}

Test(html_charts, in_three_segments_all_time_is_the_networks, .init = begin, .fini = end)
{
	json_t *tree;

	report.wave[1].piggybacked = true;
	html_charts_take(&charts, &report);
	tree = put();
	cr_expect_eq(json_integer_value(json_object_get(chart(tree, "network"), "count")), 1);
	cr_expect_eq(json_integer_value(json_object_get(chart(tree, "application"), "count")), 0);
	json_decref(tree);
}

Test(html_charts, closes_and_resets_are_counted_by_kind, .init = begin, .fini = end)
{
	json_t *tree, *kinds;

	html_charts_take(&charts, &report);
	fixture_everything(&report);
	html_charts_take(&charts, &report);
	tree = put();
	kinds = json_object_get(chart(tree, "closes"), "kinds");
	cr_assert_eq(json_array_size(kinds), 2);
	cr_expect_str_eq(json_string_value(json_object_get(json_array_get(kinds, 0), "kind")),
			 "four_way");
	cr_expect_eq(json_array_size(json_object_get(chart(tree, "resets"), "kinds")), 1);
	json_decref(tree);
}

Test(html_charts, reuse_is_timed_from_the_last_packet, .init = begin, .fini = end)
{
	const int64_t wait_ns = 3000 * ms_ns, length_ns = report.end_ns - report.start_ns;
	json_t *tree;

	html_charts_take(&charts, &report);
	report.start_ns = report.end_ns + wait_ns;
	report.end_ns = report.start_ns + length_ns;
	html_charts_take(&charts, &report);
	report.envelope.port[REPORT_CLIENT]++;
	html_charts_take(&charts, &report);
	tree = put();
	cr_expect_eq(json_integer_value(json_object_get(chart(tree, "reuse"), "count")), 1);
	cr_expect_eq(bar_of(tree, "reuse", wait_ns), 1);
	json_decref(tree);
}

Test(html_charts, what_begins_before_the_other_ended_is_no_reuse, .init = begin, .fini = end)
{
	html_charts_take(&charts, &report);
	html_charts_take(&charts, &report);
	cr_expect_eq(charts.reuse.intervals_ns.count, 0);
	report.envelope.vlan_count = 1;
	report.envelope.vlan[0] = 7;
	report.start_ns = report.end_ns + ms_ns;
	html_charts_take(&charts, &report);
	cr_expect_eq(charts.reuse.intervals_ns.count, 0, "another VLAN is another tuple");
}
