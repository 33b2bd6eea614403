#define _POSIX_C_SOURCE 200809L

#include "support/recorder.h"

#include "core/context.h"
#include "sink/sink.h"
#include "sink/twins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recorder {
	struct memory memory;
	struct analyzer *analyzer;
	struct sink *sink;
	FILE *file;
	char *text;
	size_t text_bytes;
	struct twins *twins;
	const char *source_name[1];
	struct recorder_states states;
	bool failed;
	bool spoils; /* the scratch, with this */
	unsigned char garbage;
};

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static void spoil(struct recorder *recorder)
{
	memset(recorder->analyzer->scratch, recorder->garbage, sizeof *recorder->analyzer->scratch);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct recorder *recorder = context;

	twins_meet(recorder->twins, &report->envelope);
	if (!recorder->sink->flow(recorder->sink, report))
		recorder->failed = true;
	if (recorder->spoils)
		spoil(recorder);
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct recorder *recorder = context;

	if (!recorder->sink->anomaly(recorder->sink, report))
		recorder->failed = true;
}

static void on_transition(void *context, const struct transition_report *report)
{
	struct recorder *recorder = context;

	if (report->side == WHO_CLIENT || report->side == WHO_SERVER)
		recorder->states.state[report->side == WHO_SERVER] = report->to;
	if (!recorder->sink->transition(recorder->sink, report))
		recorder->failed = true;
}

static void destroy(struct recorder *recorder)
{
	if (recorder->analyzer != NULL)
		analyzer_destroy(recorder->analyzer);
	if (recorder->sink != NULL)
		recorder->sink->destroy(recorder->sink);
	if (recorder->file != NULL)
		fclose(recorder->file);
	twins_destroy(recorder->twins);
	free(recorder->text);
	free(recorder);
}

static bool open_sink(struct recorder *recorder)
{
	struct sink_config config = {
		.events = EVENT_FLOW | EVENT_ANOMALY | EVENT_STATE,
		.tstamp_digits = 6,
		.twins = recorder->twins,
		.source_count = 1,
		.source_name = recorder->source_name,
	};

	recorder->file = open_memstream(&recorder->text, &recorder->text_bytes);
	if (recorder->file == NULL)
		return false;
	recorder->sink = sink_json_create(&config, SINK_NDJSON, recorder->file);
	return recorder->sink != NULL;
}

struct recorder *recorder_create(const struct analyzer_config *config, const char *source_name)
{
	struct recorder *recorder = calloc(1, sizeof *recorder);
	struct report_sink sink = {
		.context = recorder,
		.flow = on_flow,
		.anomaly = on_anomaly,
		.transition = on_transition,
	};

	if (recorder == NULL)
		return NULL;
	recorder->memory = (struct memory){allocate, free};
	recorder->source_name[0] = source_name;
	recorder->states = (struct recorder_states){{STATE_NULL, STATE_NULL}};
	recorder->twins = twins_create();
	if (recorder->twins != NULL && open_sink(recorder))
		recorder->analyzer = analyzer_create(config, &recorder->memory, &sink);
	if (recorder->analyzer == NULL) {
		destroy(recorder);
		return NULL;
	}
	return recorder;
}

void recorder_spoil(struct recorder *recorder, unsigned char garbage)
{
	recorder->spoils = true;
	recorder->garbage = garbage;
	spoil(recorder);
}

void recorder_take(struct recorder *recorder, const struct segment *segment)
{
	analyzer_take(recorder->analyzer, segment);
}

void recorder_advance(struct recorder *recorder, int64_t now_ns)
{
	analyzer_advance(recorder->analyzer, now_ns);
}

struct recorder_states recorder_states(const struct recorder *recorder)
{
	return recorder->states;
}

json_t *recorder_finish(struct recorder *recorder, const char **why)
{
	const struct run_report run = {0};
	json_t *records = NULL;

	analyzer_finish(recorder->analyzer, FINISH_CAPTURE_END);
	if (!recorder->sink->summary(recorder->sink, &run) || recorder->failed) {
		*why = "the sink could not write";
	} else {
		records = records_parse(recorder->text);
		*why = records == NULL ? "the sink wrote what is not JSON" : NULL;
	}
	destroy(recorder);
	return records;
}

json_t *records_of_type(const json_t *records, const char *type)
{
	json_t *chosen = json_array();
	json_t *record;
	size_t i;

	json_array_foreach(records, i, record)
	{
		const char *is = json_string_value(json_object_get(record, "event_type"));

		if (is != NULL && strcmp(is, type) == 0)
			json_array_append(chosen, record);
	}
	return chosen;
}

json_t *records_parse(const char *text)
{
	json_t *records = json_array();

	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		json_t *record = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);

		if (!json_is_object(record) || text[length] != '\n') {
			json_decref(record);
			json_decref(records);
			return NULL;
		}
		json_array_append_new(records, record);
		text += length + 1;
	}
	return records;
}
