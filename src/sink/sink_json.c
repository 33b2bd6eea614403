/*
 * The JSON sink: one record a line, or one document.
 *
 * A line is handed to the stream by one call; that lines reach their reader whole is the stream's
 * care.
 *
 * A document is {"flows":[...],"anomalies":[...],"states":[...],"stats":[...],"summary":{...}}: its
 * keys are always there, a list that was not asked for is empty, such a summary null. Flows are
 * written as they come; anomalies, states and stats, which come between them, wait in temporary
 * files until the flows are through: memory does not grow with the capture.
 */
#include "sink/json_records.h"
#include "sink/sink.h"
#include "sink/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The lists of a document. */
enum list { LIST_FLOWS, LIST_ANOMALIES, LIST_STATES, LIST_STATS, LIST_COUNT };

static const char *const list_opening[LIST_COUNT] = {
	"{\"flows\":[",
	"\n],\"anomalies\":[",
	"\n],\"states\":[",
	"\n],\"stats\":[",
};

/* One list, or all lines: the text of the record at hand, and where it goes. */
struct channel {
	struct writer writer;
	FILE *file;
	bool begun; /* a record has been written */
};

struct json_sink {
	struct sink sink;
	struct sink_config config;
	enum sink_json_shape shape;
	int error; /* errno of the first failure, or 0 */

	/* [LIST_FLOWS] goes to the output; lines use no other. */
	struct channel channel[LIST_COUNT];
};

static struct json_sink *json_sink_of(struct sink *sink)
{
	return (struct json_sink *)sink;
}

/* False after any failure, with errno set. */
static bool is_well(struct json_sink *sink)
{
	if (sink->error == 0)
		return true;
	errno = sink->error;
	return false;
}

static bool fail(struct json_sink *sink, int error)
{
	sink->error = error != 0 ? error : EIO;
	return is_well(sink);
}

/* Hands on what has been collected, by one call. */
static bool hand_on(struct json_sink *sink, struct channel *channel)
{
	struct writer *writer = &channel->writer;
	size_t length = writer->length;
	if (writer->failed)
		return fail(sink, ENOMEM);
	writer->length = 0;
	errno = 0;
	if (length > 0 && fwrite(writer->bytes, 1, length, channel->file) != length)
		return fail(sink, errno);
	return true;
}

static void put_text(struct writer *writer, const char *text)
{
	writer_raw(writer, text, strlen(text));
}

/* Makes ready for a record of a list: its file, and what stands before the record. */
static bool begin_record(struct json_sink *sink, enum list list, struct channel **channel)
{
	*channel = &sink->channel[sink->shape == SINK_NDJSON ? LIST_FLOWS : list];
	if (!is_well(sink))
		return false;
	if ((*channel)->file == NULL && ((*channel)->file = tmpfile()) == NULL)
		return fail(sink, errno);
	if (sink->shape == SINK_NDJSON)
		return true;
	if (list == LIST_FLOWS && !(*channel)->begun)
		put_text(&(*channel)->writer, list_opening[LIST_FLOWS]);
	put_text(&(*channel)->writer, (*channel)->begun ? ",\n" : "\n");
	return true;
}

static bool end_record(struct json_sink *sink, struct channel *channel)
{
	channel->begun = true;
	if (sink->shape == SINK_NDJSON)
		writer_raw(&channel->writer, "\n", 1);
	return hand_on(sink, channel);
}

static bool take_flow(struct sink *base, const struct flow_report *report)
{
	struct json_sink *sink = json_sink_of(base);
	struct channel *channel;
	if (!(sink->config.events & EVENT_FLOW))
		return true;
	if (!begin_record(sink, LIST_FLOWS, &channel))
		return false;
	record_write_flow(&channel->writer, &sink->config, report);
	return end_record(sink, channel);
}

static bool take_anomaly(struct sink *base, const struct anomaly_report *report)
{
	struct json_sink *sink = json_sink_of(base);
	struct channel *channel;
	if (!(sink->config.events & EVENT_ANOMALY))
		return true;
	if (!begin_record(sink, LIST_ANOMALIES, &channel))
		return false;
	record_write_anomaly(&channel->writer, &sink->config, report);
	return end_record(sink, channel);
}

static bool take_transition(struct sink *base, const struct transition_report *report)
{
	struct json_sink *sink = json_sink_of(base);
	struct channel *channel;
	if (!(sink->config.events & EVENT_STATE))
		return true;
	if (!begin_record(sink, LIST_STATES, &channel))
		return false;
	record_write_state(&channel->writer, &sink->config, report);
	return end_record(sink, channel);
}

static bool take_stats(struct sink *base, const struct stats_report *stats)
{
	struct json_sink *sink = json_sink_of(base);
	struct channel *channel;
	if (!(sink->config.events & EVENT_STATS))
		return true;
	if (!begin_record(sink, LIST_STATS, &channel))
		return false;
	record_write_stats(&channel->writer, &sink->config, stats);
	return end_record(sink, channel);
}

/* Copies the records that waited in a temporary file to the output. */
static bool copy_waiting(struct json_sink *sink, struct channel *from)
{
	struct channel *output = &sink->channel[LIST_FLOWS];
	if (from->file == NULL)
		return true;
	if (fseek(from->file, 0, SEEK_SET) != 0)
		return fail(sink, errno);
	char block[8192];
	size_t got;
	while ((got = fread(block, 1, sizeof block, from->file)) > 0) {
		writer_raw(&output->writer, block, got);
		if (!hand_on(sink, output))
			return false;
	}
	return !ferror(from->file) || fail(sink, EIO);
}

/* Everything of a document that follows the flows, up to the summary's value. */
static bool put_lists(struct json_sink *sink)
{
	struct channel *output = &sink->channel[LIST_FLOWS];
	if (!output->begun)
		put_text(&output->writer, list_opening[LIST_FLOWS]);
	for (enum list list = LIST_ANOMALIES; list < LIST_COUNT; list++) {
		put_text(&output->writer, list_opening[list]);
		if (!copy_waiting(sink, &sink->channel[list]))
			return false;
	}
	put_text(&output->writer, "\n],");
	return true;
}

static void put_summary(struct json_sink *sink, const struct summary_source *summary)
{
	struct writer *writer = &sink->channel[LIST_FLOWS].writer;
	bool wanted = sink->config.events & EVENT_SUMMARY;
	if (sink->shape == SINK_NDJSON) {
		if (wanted) {
			record_write_summary(writer, &sink->config, summary);
			put_text(writer, "\n");
		}
		return;
	}
	if (wanted)
		record_write_run(writer, "summary", &sink->config, summary);
	else
		writer_null(writer, "summary");
	writer_end_value(writer);
	put_text(writer, "}\n");
}

static bool take_summary(struct sink *base, const struct run_report *run)
{
	struct json_sink *sink = json_sink_of(base);
	struct channel *output = &sink->channel[LIST_FLOWS];
	struct tally_view view = {.flows = 0};
	if (run->tally != NULL)
		tally_view(run->tally, &view);
	struct summary_source summary = {.run = run, .tally = &view};
	if (!is_well(sink) || (sink->shape == SINK_ONE_DOCUMENT && !put_lists(sink)))
		return false;
	put_summary(sink, &summary);
	if (!hand_on(sink, output))
		return false;
	errno = 0;
	return (fflush(output->file) == 0 && !ferror(output->file)) || fail(sink, errno);
}

static void destroy(struct sink *base)
{
	struct json_sink *sink = json_sink_of(base);
	for (enum list list = LIST_FLOWS; list < LIST_COUNT; list++) {
		free(sink->channel[list].writer.bytes);
		if (list != LIST_FLOWS && sink->channel[list].file != NULL)
			fclose(sink->channel[list].file);
	}
	free(sink);
}

struct sink *sink_json_create(const struct sink_config *config, enum sink_json_shape shape,
			      FILE *output)
{
	struct json_sink *sink = calloc(1, sizeof *sink);
	if (sink == NULL)
		return NULL;
	sink->sink = (struct sink){
		.flow = take_flow,
		.anomaly = take_anomaly,
		.transition = take_transition,
		.stats = take_stats,
		.summary = take_summary,
		.destroy = destroy,
	};
	sink->config = *config;
	sink->shape = shape;
	sink->channel[LIST_FLOWS].file = output;
	return &sink->sink;
}
