/*
 * The JSON sink: one record a line, or one document.
 *
 * Lines are collected and handed on in one piece of whole lines, so that nobody reads half a
 * record. A document is {"flows":[...],"anomalies":[...],"states":[...],"summary":{...}}: its keys
 * are always there, a list that was not asked for is empty, such a summary null. Flows are written
 * as they come; anomalies and states, which come between them, wait in temporary files until the
 * flows are through, so that memory does not grow with the capture.
 */
#define _POSIX_C_SOURCE 200809L

#include "sink/json_records.h"
#include "sink/sink.h"
#include "sink/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLUSH_BYTES = 64 * 1024 };

/* The lists of a document. */
enum list { LIST_FLOWS, LIST_ANOMALIES, LIST_STATES, LIST_COUNT };

static const char *const list_opening[LIST_COUNT] = {
	"{\"flows\":[",
	"\n],\"anomalies\":[",
	"\n],\"states\":[",
};

/* One list, or all lines: records that wait in memory, and where they go. */
struct channel {
	struct writer writer;
	FILE *file;
	off_t start; /* of the last piece handed on, in a file */
	bool begun;  /* a record has been written */
};

struct json_sink {
	struct sink sink;
	struct sink_config config;
	enum sink_json_shape shape;
	struct channel
		channel[LIST_COUNT]; /* [LIST_FLOWS] goes to the output; lines use no other */
	bool finished;
	int error; /* errno of the first failure, or 0 */
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

/* Where the stream's file will take its next byte; -1 where that means nothing. */
static off_t position(FILE *file)
{
	int fd = fileno(file);
	if (fd < 0)
		return -1;
	return lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
}

/*
 * After a failed write: a disk that fills up may have taken half a record, so a regular file is cut
 * back to its last whole line. Where that fails too there is nothing left to try; the first failure
 * is the one that is told.
 */
static void cut_half_record(const struct channel *channel)
{
	struct stat status;
	int fd = fileno(channel->file);
	if (fd < 0 || channel->start < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return;
	off_t end = position(channel->file);
	if (end <= channel->start || (size_t)(end - channel->start) > channel->writer.length)
		return;
	size_t whole = (size_t)(end - channel->start);
	while (whole > 0 && channel->writer.bytes[whole - 1] != '\n')
		whole--;
	(void)!ftruncate(fd, channel->start + (off_t)whole);
}

/* Hands on what has been collected: in one call, and with nothing left in the stream's own buffer.
 */
static bool hand_on(struct json_sink *sink, struct channel *channel)
{
	struct writer *writer = &channel->writer;
	if (writer->length == 0)
		return true;
	channel->start = position(channel->file);
	errno = 0;
	if (fwrite(writer->bytes, 1, writer->length, channel->file) != writer->length ||
	    fflush(channel->file) != 0) {
		int error = errno;
		cut_half_record(channel);
		return fail(sink, error);
	}
	writer->length = 0;
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
	if (channel->writer.failed)
		return fail(sink, ENOMEM);
	return channel->writer.length < FLUSH_BYTES || hand_on(sink, channel);
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

/* Copies the records that waited in a temporary file to the output. */
static bool copy_waiting(struct json_sink *sink, struct channel *from)
{
	struct channel *output = &sink->channel[LIST_FLOWS];
	if (from->file == NULL)
		return true;
	if (!hand_on(sink, from))
		return false;
	if (fseek(from->file, 0, SEEK_SET) != 0)
		return fail(sink, errno);
	char block[8192];
	size_t got;
	while ((got = fread(block, 1, sizeof block, from->file)) > 0) {
		writer_raw(&output->writer, block, got);
		if (output->writer.failed)
			return fail(sink, ENOMEM);
		if (output->writer.length >= FLUSH_BYTES && !hand_on(sink, output))
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
	put_text(&output->writer, "\n]");
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
	put_text(writer, "}\n");
}

static bool take_summary(struct sink *base, const struct run_report *run)
{
	struct json_sink *sink = json_sink_of(base);
	struct tally_view *view = calloc(1, sizeof *view);
	if (view == NULL)
		return fail(sink, ENOMEM);
	if (run->tally != NULL)
		tally_view(run->tally, view);
	struct summary_source summary = {.run = run, .tally = view};
	bool done = is_well(sink) && (sink->shape == SINK_NDJSON || put_lists(sink));
	if (done)
		put_summary(sink, &summary);
	free(view);
	sink->finished = true;
	if (done && sink->channel[LIST_FLOWS].writer.failed)
		return fail(sink, ENOMEM);
	return done && hand_on(sink, &sink->channel[LIST_FLOWS]);
}

/* Lines that wait still leave: without a summary nobody has asked for them yet. */
static void destroy(struct sink *base)
{
	struct json_sink *sink = json_sink_of(base);
	if (sink->error == 0 && !sink->finished)
		hand_on(sink, &sink->channel[LIST_FLOWS]);
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
		.summary = take_summary,
		.destroy = destroy,
	};
	sink->config = *config;
	sink->shape = shape;
	sink->channel[LIST_FLOWS].file = output;
	if (fileno(output) >= 0)
		setvbuf(output, NULL, _IONBF, 0);
	return &sink->sink;
}
