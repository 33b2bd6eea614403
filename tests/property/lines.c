/*
 * Every line that the program's own writer makes is, byte for byte, what jansson writes of the tree
 * that the same report gives by the same table.
 *
 * usage: lines FILE.pkt...
 *
 * Each line begins with another amount of memory, so that it grows at another place: what is put
 * where no room was made for it is found where memory is watched.
 *
 * All scenarios are played, with six and with nine digits. Exit status: 0 all lines are equal; 1
 * some are not, and each is printed; 2 the test itself could not be run.
 */
#include "core/analyzer.h"
#include "sink/json_records.h"
#include "support/record_tree.h"
#include "support/scenario.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const source_name[] = {"p\xc3\xa4"
					  "ckchen \"1\".pcap"};

struct check {
	struct sink_config config;
	struct writer writer;
	uint64_t lines, wrong;
};

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

/* An empty writer with room for some bytes. */
static void renew(struct check *check)
{
	size_t capacity = 1 + (size_t)(check->lines * 37 % 4001);

	free(check->writer.bytes);
	check->writer = (struct writer){.bytes = malloc(capacity), .last = check->writer.last};
	check->writer.capacity = check->writer.bytes != NULL ? capacity : 0;
}

/* Takes over the tree. */
static void compare(struct check *check, json_t *tree)
{
	char *expected = tree != NULL ? json_dumps(tree, JSON_COMPACT) : NULL;

	writer_raw(&check->writer, "", 1);
	check->lines++;
	if (expected == NULL || check->writer.failed ||
	    strcmp(check->writer.bytes, expected) != 0) {
		check->wrong++;
		printf("written:  %s\nexpected: %s\n",
		       check->writer.failed ? "nothing" : check->writer.bytes,
		       expected != NULL ? expected : "nothing");
	}
	free(expected);
	json_decref(tree);
	renew(check);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct check *check = context;

	record_write_flow(&check->writer, &check->config, report);
	compare(check, record_tree_flow(&check->config, report));
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct check *check = context;

	record_write_anomaly(&check->writer, &check->config, report);
	compare(check, record_tree_anomaly(&check->config, report));
}

static void on_transition(void *context, const struct transition_report *report)
{
	struct check *check = context;

	record_write_state(&check->writer, &check->config, report);
	compare(check, record_tree_state(&check->config, report));
}

static bool play(struct check *check, const struct scenario *scenario)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	const struct report_sink sink = {
		.context = check,
		.flow = on_flow,
		.anomaly = on_anomaly,
		.transition = on_transition,
	};
	struct analyzer_config config;
	struct analyzer *analyzer;

	analyzer_config_default(&config);
	analyzer = analyzer_create(&config, &memory, &sink);
	if (analyzer == NULL)
		return false;
	for (size_t i = 0; i < scenario->count; i++) {
		if (scenario->event[i].is_tick)
			analyzer_advance(analyzer, scenario->event[i].segment.ts_ns);
		else
			analyzer_take(analyzer, &scenario->event[i].segment);
	}
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
	analyzer_destroy(analyzer);
	return true;
}

static bool play_file(struct check *check, const char *path)
{
	struct scenario_error error = {.text = "no memory"};
	struct scenario *scenario = scenario_read(path, &error);
	bool played = scenario != NULL && play(check, scenario);

	if (!played)
		fprintf(stderr, "lines: %s\n", error.text);
	if (scenario != NULL)
		scenario_free(scenario);
	return played;
}

int main(int argc, char **argv)
{
	struct check check = {.config = {.source_count = 1, .source_name = source_name}};

	for (int i = 1; i < argc; i++) {
		for (unsigned digits = 6; digits <= 9; digits += 3) {
			check.config.tstamp_digits = digits;
			if (!play_file(&check, argv[i]))
				return 2;
		}
	}
	free(check.writer.bytes);
	printf("%llu lines, %llu wrong\n", (unsigned long long)check.lines,
	       (unsigned long long)check.wrong);
	return check.wrong == 0 && check.lines > 1000 ? 0 : 1;
}
