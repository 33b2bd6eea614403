/*
 * How the JSON sink's output leaves: which records, in lines or in one document, and what happens
 * when it cannot.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/sink.h"
#include "sink/tally.h"
#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

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

static const char *text_at(json_t *tree, const char *object, const char *key)
{
	return json_string_value(json_object_get(json_object_get(tree, object), key));
}

Test(sink_json_output, only_the_events_asked_for_leave)
{
	static const unsigned kinds[] = {EVENT_FLOW,  EVENT_ANOMALY, EVENT_STATE,
					 EVENT_STATS, EVENT_SUMMARY, 0};
	static const char *const types[] = {"flow", "anomaly", "state", "stats", "summary"};
	static const struct tally_view nothing;
	struct stats_report stats;
	struct flow_report flow;
	struct anomaly_report anomaly;
	struct transition_report transition;
	struct run_report run;
	fixture_minimal(&flow);
	fixture_anomaly(&anomaly, ANOMALY_HALF_CLOSE);
	fixture_transition(&transition);
	fixture_run(&run);
	fixture_stats(&stats, &nothing);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct sink_config config = all_events;
		struct page page;
		config.events = kinds[i];
		open_page(&page, &config, SINK_NDJSON);
		cr_assert(page.sink->flow(page.sink, &flow));
		cr_assert(page.sink->anomaly(page.sink, &anomaly));
		cr_assert(page.sink->transition(page.sink, &transition));
		cr_assert(page.sink->stats(page.sink, &stats));
		cr_assert(page.sink->summary(page.sink, &run));
		close_page(&page);
		if (kinds[i] == 0) {
			cr_expect_str_eq(page.text, "");
			free(page.text);
			continue;
		}
		json_t *record = parse(page.text);
		cr_expect_str_eq(json_string_value(json_object_get(record, "event_type")),
				 types[i]);
		json_decref(record);
	}
}

static json_t *document(unsigned events, unsigned repetitions)
{
	struct sink_config config = all_events;
	struct page page;
	struct flow_report flow;
	struct anomaly_report anomaly;
	struct transition_report transition;
	struct run_report run;
	struct stats_report stats;
	static const struct tally_view nothing;
	config.events = events;
	fixture_stats(&stats, &nothing);
	fixture_everything(&flow);
	fixture_anomaly(&anomaly, ANOMALY_HALF_CLOSE);
	fixture_transition(&transition);
	fixture_run(&run);
	open_page(&page, &config, SINK_ONE_DOCUMENT);
	for (unsigned i = 0; i < repetitions; i++) {
		cr_assert(page.sink->anomaly(page.sink, &anomaly));
		cr_assert(page.sink->flow(page.sink, &flow));
		cr_assert(page.sink->transition(page.sink, &transition));
		cr_assert(page.sink->stats(page.sink, &stats));
	}
	cr_assert(page.sink->summary(page.sink, &run));
	close_page(&page);
	return parse(page.text);
}

Test(sink_json_output, an_empty_document_is_valid)
{
	json_t *tree = document(ALL_EVENTS, 0);
	cr_assert_eq(json_object_size(tree), 5);
	cr_assert_eq(json_array_size(json_object_get(tree, "flows")), 0);
	cr_assert_eq(json_array_size(json_object_get(tree, "anomalies")), 0);
	cr_assert_eq(json_array_size(json_object_get(tree, "states")), 0);
	cr_assert_eq(json_array_size(json_object_get(tree, "stats")), 0);
	cr_assert_str_eq(text_at(tree, "summary", "version"), "0.1.0");
	json_decref(tree);
}

Test(sink_json_output, a_document_holds_every_record_in_its_list)
{
	json_t *tree = document(ALL_EVENTS, 300);
	cr_assert_eq(json_array_size(json_object_get(tree, "flows")), 300);
	cr_assert_eq(json_array_size(json_object_get(tree, "stats")), 300);
	cr_assert_eq(json_array_size(json_object_get(tree, "anomalies")), 300);
	cr_assert_eq(json_array_size(json_object_get(tree, "states")), 300);
	json_t *last = json_array_get(json_object_get(tree, "states"), 299);
	cr_assert_str_eq(json_string_value(json_object_get(last, "event_type")), "state");
	json_decref(tree);
}

Test(sink_json_output, a_document_without_a_summary_says_null)
{
	json_t *tree = document(EVENT_ANOMALY, 1);
	cr_assert_eq(json_array_size(json_object_get(tree, "flows")), 0);
	cr_assert_eq(json_array_size(json_object_get(tree, "anomalies")), 1);
	cr_assert(json_is_null(json_object_get(tree, "summary")));
	json_decref(tree);
}

static struct sink *sink_to(FILE *file, enum sink_json_shape shape)
{
	struct sink *sink = sink_json_create(&all_events, shape, file);
	cr_assert_not_null(sink);
	return sink;
}

Test(sink_json_output, a_full_device_is_reported_at_the_end)
{
	for (enum sink_json_shape shape = SINK_NDJSON; shape <= SINK_ONE_DOCUMENT; shape++) {
		FILE *full = fopen("/dev/full", "w");
		struct run_report run;
		fixture_run(&run);
		struct sink *sink = sink_to(full, shape);
		errno = 0;
		cr_assert_not(sink->summary(sink, &run));
		cr_assert_eq(errno, ENOSPC);
		sink->destroy(sink);
		fclose(full);
	}
}

Test(sink_json_output, a_full_device_is_reported_while_records_come_and_ever_after)
{
	FILE *full = fopen("/dev/full", "w");
	struct flow_report report;
	struct run_report run;
	fixture_everything(&report);
	fixture_run(&run);
	struct sink *sink = sink_to(full, SINK_NDJSON);
	unsigned taken = 0;
	while (taken < 1000 && sink->flow(sink, &report))
		taken++;
	cr_assert_lt(taken, 100);
	errno = 0;
	cr_assert_not(sink->flow(sink, &report));
	cr_assert_eq(errno, ENOSPC);
	cr_assert_not(sink->summary(sink, &run));
	sink->destroy(sink);
	fclose(full);
}

Test(sink_json_output, every_record_of_a_document_is_missed_on_a_full_device)
{
	FILE *full = fopen("/dev/full", "w");
	struct run_report run;
	struct anomaly_report report;
	fixture_run(&run);
	fixture_anomaly(&report, ANOMALY_HALF_CLOSE);
	struct sink *sink = sink_to(full, SINK_ONE_DOCUMENT);
	for (unsigned i = 0; i < 100; i++)
		cr_assert(sink->anomaly(sink, &report));
	errno = 0;
	cr_assert_not(sink->summary(sink, &run));
	cr_assert_eq(errno, ENOSPC);
	sink->destroy(sink);
	fclose(full);
}

Test(sink_json_output, a_line_is_handed_on_whole)
{
	struct page page;
	struct flow_report report;
	fixture_everything(&report);
	open_page(&page, &all_events, SINK_NDJSON);
	for (unsigned i = 0; i < 3; i++) {
		cr_assert(page.sink->flow(page.sink, &report));
		cr_assert_eq(fflush(page.file), 0);
		cr_assert_eq(page.text[page.bytes - 1], '\n');
	}
	close_page(&page);
	free(page.text);
}
