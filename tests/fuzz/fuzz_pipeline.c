/*
 * The whole way of a packet, from any file to the records and the text: nothing crashes, and the
 * counters of every room add up. The table of connections is kept small, so that it overflows.
 *
 * Beside it run two analyzers that tell no steps, of which one may take short ways: what they tell
 * of connections is the same. Of every other input no checksum is looked at, as few captures ask
 * for it: segments whose checksum was found right take no short way.
 */
#define _POSIX_C_SOURCE 200809L

#include "core/analyzer.h"
#include "decode/decode.h"
#include "decode/reassembly.h"
#include "fuzz/capture_input.h"
#include "fuzz/harness.h"
#include "sink/sink.h"
#include "sink/tally.h"
#include "source/source.h"

#include <string.h>

enum { MAX_FLOWS = 64, COLUMNS = 100, SINKS = 2 };

enum way { SHORT_WAY, LONG_WAY, WAYS };

/* An analyzer that goes this way, and what it tells. */
struct witness {
	struct analyzer *analyzer;
	struct sink *sink;
	FILE *file;
	char *text;
	size_t text_bytes;
};

struct pipeline {
	FILE *nowhere;
	struct sink *sink[SINKS];
	struct tally *tally;
	struct analyzer *analyzer;
	struct decode_counters decoder;
	struct reassembly *reassembly;
	struct witness witness[WAYS];
	unsigned decode_options;
	uint64_t frames, flows;
	int64_t first_ns, last_ns;
};

static const char *const source_name[] = {"fuzz"};

static void *allocate(size_t size_bytes)
{
	return calloc(1, size_bytes);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct pipeline *pipeline = context;

	pipeline->flows++;
	tally_flow(pipeline->tally, report);
	for (unsigned i = 0; i < SINKS; i++)
		MUST(pipeline->sink[i]->flow(pipeline->sink[i], report));
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct pipeline *pipeline = context;

	for (unsigned i = 0; i < SINKS; i++)
		MUST(pipeline->sink[i]->anomaly(pipeline->sink[i], report));
}

static void on_transition(void *context, const struct transition_report *report)
{
	struct pipeline *pipeline = context;

	for (unsigned i = 0; i < SINKS; i++)
		MUST(pipeline->sink[i]->transition(pipeline->sink[i], report));
}

static void on_time_wait(void *context, const struct time_wait_report *report)
{
	struct pipeline *pipeline = context;

	tally_time_wait(pipeline->tally, report);
}

static void create_sinks(struct pipeline *pipeline)
{
	struct sink_config config = {
		.events = EVENT_FLOW | EVENT_ANOMALY | EVENT_STATE | EVENT_SUMMARY,
		.tstamp_digits = 9,
		.source_count = 1,
		.source_name = source_name,
	};
	struct sink_text_config text = {.columns = COLUMNS};

	pipeline->nowhere = fopen("/dev/null", "w");
	MUST(pipeline->nowhere != NULL);
	pipeline->sink[0] = sink_json_create(&config, SINK_NDJSON, pipeline->nowhere);
	pipeline->sink[1] = sink_text_create(&config, &text, pipeline->nowhere);
	MUST(pipeline->sink[0] != NULL && pipeline->sink[1] != NULL);
}

static void witness_flow(void *context, const struct flow_report *report)
{
	struct witness *witness = context;

	MUST(witness->sink->flow(witness->sink, report));
}

static void witness_anomaly(void *context, const struct anomaly_report *report)
{
	struct witness *witness = context;

	MUST(witness->sink->anomaly(witness->sink, report));
}

static void create_witness(struct witness *witness, const struct analyzer_config *config)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	const struct sink_config told = {
		.events = EVENT_FLOW | EVENT_ANOMALY,
		.tstamp_digits = 9,
		.source_count = 1,
		.source_name = source_name,
	};
	const struct report_sink callbacks = {
		.context = witness,
		.flow = witness_flow,
		.anomaly = witness_anomaly,
	};

	witness->file = open_memstream(&witness->text, &witness->text_bytes);
	MUST(witness->file != NULL);
	witness->sink = sink_json_create(&told, SINK_NDJSON, witness->file);
	witness->analyzer = analyzer_create(config, &memory, &callbacks);
	MUST(witness->sink != NULL && witness->analyzer != NULL);
}

static void finish_witness(struct witness *witness)
{
	const struct run_report run = {0};

	analyzer_finish(witness->analyzer, FINISH_CAPTURE_END);
	MUST(witness->sink->summary(witness->sink, &run));
	witness->sink->destroy(witness->sink);
	analyzer_destroy(witness->analyzer);
	MUST(fclose(witness->file) == 0);
}

static void compare_witnesses(struct pipeline *pipeline)
{
	for (unsigned i = 0; i < WAYS; i++)
		finish_witness(&pipeline->witness[i]);
	MUST(strcmp(pipeline->witness[SHORT_WAY].text, pipeline->witness[LONG_WAY].text) == 0);
	for (unsigned i = 0; i < WAYS; i++)
		free(pipeline->witness[i].text);
}

static void create(struct pipeline *pipeline)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	struct report_sink callbacks = {
		.context = pipeline,
		.flow = on_flow,
		.anomaly = on_anomaly,
		.transition = on_transition,
		.time_wait = on_time_wait,
	};
	struct analyzer_config config;

	analyzer_config_default(&config);
	config.max_flows = MAX_FLOWS;
	config.checksum = CHECKSUM_AUTO;
	create_sinks(pipeline);
	pipeline->reassembly = calloc(1, sizeof(*pipeline->reassembly));
	MUST(pipeline->reassembly != NULL);
	pipeline->tally = tally_create();
	pipeline->analyzer = analyzer_create(&config, &memory, &callbacks);
	MUST(pipeline->tally != NULL && pipeline->analyzer != NULL);
	for (unsigned i = 0; i < WAYS; i++) {
		config.long_way = i == LONG_WAY;
		create_witness(&pipeline->witness[i], &config);
	}
}

static void destroy(struct pipeline *pipeline)
{
	free(pipeline->reassembly);
	analyzer_destroy(pipeline->analyzer);
	tally_destroy(pipeline->tally);
	for (unsigned i = 0; i < SINKS; i++)
		pipeline->sink[i]->destroy(pipeline->sink[i]);
	fclose(pipeline->nowhere);
}

static void take_segment(struct pipeline *pipeline, const struct segment *segment)
{
	analyzer_take(pipeline->analyzer, segment);
	for (unsigned i = 0; i < WAYS; i++)
		analyzer_take(pipeline->witness[i].analyzer, segment);
}

static void take_overdue(struct pipeline *pipeline, int64_t now_ns)
{
	struct segment segment;

	while (decode_overdue(pipeline->reassembly, now_ns, &segment, &pipeline->decoder))
		take_segment(pipeline, &segment);
}

static void take(struct pipeline *pipeline, const struct frame *frame)
{
	struct segment segment;

	take_overdue(pipeline, frame->ts_ns);
	if (pipeline->frames == 0 || frame->ts_ns < pipeline->first_ns)
		pipeline->first_ns = frame->ts_ns;
	if (pipeline->frames == 0 || frame->ts_ns > pipeline->last_ns)
		pipeline->last_ns = frame->ts_ns;
	pipeline->frames++;
	if (decode_reassembling(pipeline->reassembly, frame, pipeline->decode_options, &segment,
				&pipeline->decoder) == DECODE_TCP) {
		take_segment(pipeline, &segment);
		return;
	}
	analyzer_advance(pipeline->analyzer, frame->ts_ns);
	for (unsigned i = 0; i < WAYS; i++)
		analyzer_advance(pipeline->witness[i].analyzer, frame->ts_ns);
}

static void check_sums(const struct pipeline *pipeline, const struct analyzer_stats *stats)
{
	struct tally_view view;

	tally_view(pipeline->tally, &view);
	MUST(pipeline->decoder.frames == pipeline->frames);
	MUST(stats->segments == pipeline->decoder.by_verdict[DECODE_TCP]);
	MUST(stats->ignored <= stats->segments);
	MUST(stats->flows_active == 0 && stats->time_waits_active == 0);
	MUST(stats->flows_total == pipeline->flows);
	MUST(view.flows + view.nat_twins == pipeline->flows);
	MUST(stats->flows_evicted <= stats->flows_total);
	MUST(stats->memory_bytes <= stats->memcap_bytes);
}

static void summarize(struct pipeline *pipeline, const struct source *source)
{
	struct source_info info;
	struct run_report run = {
		.version = "0",
		.source_count = 1,
		.source = &info,
		.has_packets = pipeline->frames > 0,
		.first_ns = pipeline->first_ns,
		.last_ns = pipeline->last_ns,
		.stopped_by = "end_of_input",
		.tally = pipeline->tally,
	};

	take_overdue(pipeline, INT64_MAX);
	run.decoder = pipeline->decoder;
	source_info(source, &info);
	analyzer_finish(pipeline->analyzer, FINISH_CAPTURE_END);
	analyzer_stats(pipeline->analyzer, &run.analyzer);
	check_sums(pipeline, &run.analyzer);
	for (unsigned i = 0; i < SINKS; i++)
		MUST(pipeline->sink[i]->summary(pipeline->sink[i], &run));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct pipeline pipeline = {0};
	struct source_error error;
	struct source *source = capture_input_open(bytes, size_bytes, &error);
	struct frame frame;

	if (source == NULL)
		return 0;
	pipeline.decode_options = DECODE_LOOK_AT_PAYLOAD;
	if (bytes[size_bytes - 1] % 2 == 0)
		pipeline.decode_options |= DECODE_VERIFY_CHECKSUMS;
	create(&pipeline);
	while (source_next(source, &frame, &error) == SOURCE_FRAME)
		take(&pipeline, &frame);
	summarize(&pipeline, source);
	compare_witnesses(&pipeline);
	destroy(&pipeline);
	source_close(source);
	return 0;
}
