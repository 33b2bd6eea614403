/*
 * Writes schema.json, and records.ndjson with every kind of record, into a directory:
 * record_samples DIRECTORY.
 */
#include "sink/schema.h"
#include "sink/sink.h"
#include "sink/tally.h"
#include "support/report_fixture.h"

#include <stdlib.h>

static bool write_schema(FILE *file)
{
	json_t *schema = schema_build();
	bool written = schema != NULL && json_dumpf(schema, file, JSON_INDENT(1)) == 0;
	json_decref(schema);
	return written;
}

static bool write_flows(struct sink *sink, struct tally *tally)
{
	static void (*const fill[])(struct flow_report *) = {fixture_four_way, fixture_everything,
							     fixture_minimal};
	bool written = true;
	for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
		struct flow_report report;
		fill[i](&report);
		tally_flow(tally, &report);
		written = sink->flow(sink, &report) && written;
	}
	return written;
}

static bool write_anomalies(struct sink *sink)
{
	bool written = true;
	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		struct anomaly_report report;
		fixture_anomaly(&report, (enum anomaly_id)id);
		written = sink->anomaly(sink, &report) && written;
	}
	return written;
}

static bool write_state(struct sink *sink)
{
	struct transition_report report;
	fixture_transition(&report);
	return sink->transition(sink, &report);
}

static bool write_stats(struct sink *sink, const struct tally *tally)
{
	struct stats_report stats;
	fixture_stats(&stats, tally_counters(tally));
	return sink->stats(sink, &stats);
}

static bool write_summary(struct sink *sink, const struct tally *tally)
{
	struct run_report run;
	fixture_run(&run);
	run.tally = tally;
	run.has_packets = tally != NULL;
	return sink->summary(sink, &run);
}

/* So many TIME-WAITs that the summary has a forecast. */
static void fill_occupancy(struct tally *tally)
{
	for (unsigned i = 0; i < 20000; i++) {
		int64_t ts_ns = FIXTURE_START_NS + (int64_t)i * 1000000;
		struct time_wait_report wait;
		struct port_report port;
		fixture_port(&port, (uint16_t)i, ts_ns);
		tally_port(tally, &port);
		fixture_time_wait(&wait, (uint16_t)i, ts_ns);
		tally_time_wait(tally, &wait);
	}
}

static bool write_records(FILE *file, struct tally *tally, unsigned tstamp_digits)
{
	static const char *const names[] = {"one.pcap"};
	struct sink_config config = {
		.events = EVENT_FLOW | EVENT_ANOMALY | EVENT_STATE | EVENT_STATS | EVENT_SUMMARY,
		.tstamp_digits = tstamp_digits,
		.source_count = 1,
		.source_name = names,
	};
	struct sink *sink = sink_json_create(&config, SINK_NDJSON, file);
	if (sink == NULL)
		return false;
	fill_occupancy(tally);
	bool written = write_flows(sink, tally) && write_anomalies(sink) && write_state(sink) &&
		       write_stats(sink, tally) && write_summary(sink, tally) &&
		       write_summary(sink, NULL);
	sink->destroy(sink);
	return written;
}

static FILE *create_in(const char *directory, const char *name)
{
	char path[4096];
	int length = snprintf(path, sizeof path, "%s/%s", directory, name);
	if (length < 0 || (size_t)length >= sizeof path)
		return NULL;
	FILE *file = fopen(path, "w");
	if (file == NULL)
		perror(path);
	return file;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: record_samples DIRECTORY\n");
		return 2;
	}
	FILE *schema = create_in(argv[1], "schema.json");
	FILE *records = create_in(argv[1], "records.ndjson");
	struct tally *tally = tally_create();
	if (schema == NULL || records == NULL || tally == NULL)
		return 1;
	bool written = write_schema(schema) && write_records(records, tally, 6) &&
		       write_records(records, tally, 9);
	tally_destroy(tally);
	written = fclose(schema) == 0 && written;
	written = fclose(records) == 0 && written;
	return written ? 0 : 1;
}
