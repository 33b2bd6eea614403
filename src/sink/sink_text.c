#define _POSIX_C_SOURCE 200809L
/*
 * The report for people: one line per connection, and a page that sums up.
 *
 * The lines come as connections end, or, of a capture whose end is near, behind the page: then only
 * if they are few, since nobody reads thousands.
 *
 * Names that come from files are shown with their control characters escaped.
 */
#include "sink/sink.h"

#include "sink/tally.h"
#include "sink/text_line.h"
#include "sink/text_out.h"
#include "sink/text_phrase.h"
#include "sink/text_summary.h"

#include <errno.h>
#include <stdlib.h>

enum { FEW_LINES = 40 };

struct text_sink {
	struct sink sink; /* first, so that the one's address is the other's */
	unsigned events;
	bool has_lines;
	struct text_out out;
	struct text_lines lines;
	struct held_lines {
		FILE *file; /* NULL: lines are written at once */
		char *text;
		size_t bytes;
		struct text_out out;
		uint64_t count; /* of connections, written or not */
	} held;
};

static struct text_sink *text_sink_of(struct sink *sink)
{
	return (struct text_sink *)sink;
}

static bool put_flow(struct sink *sink, const struct flow_report *report)
{
	struct text_sink *text = text_sink_of(sink);

	if ((text->events & EVENT_FLOW) == 0)
		return true;
	text->held.count++;
	if (text->held.file != NULL && text->held.count > FEW_LINES)
		return true;
	text->has_lines = text->held.file == NULL;
	text_line_flow(&text->lines, report);
	return text_out_ok(text->lines.out);
}

static bool put_anomaly(struct sink *sink, const struct anomaly_report *report)
{
	struct text_sink *text = text_sink_of(sink);

	if ((text->events & EVENT_ANOMALY) == 0)
		return true;
	text->has_lines = true;
	text_line_anomaly(&text->lines, report);
	return text_out_ok(&text->out);
}

static bool put_transition(struct sink *sink, const struct transition_report *report)
{
	struct text_sink *text = text_sink_of(sink);

	if ((text->events & EVENT_STATE) == 0)
		return true;
	text->has_lines = true;
	text_line_transition(&text->lines, report);
	return text_out_ok(&text->out);
}

/* Counters are for machines; the page at the end tells them to people. */
static bool put_stats(struct sink *sink, const struct stats_report *stats)
{
	(void)stats;
	return text_out_ok(&text_sink_of(sink)->out);
}

/* What was held back of single connections, or how to get it where that is too much. */
static void put_held(struct text_sink *text)
{
	struct text_out *out = &text->out;
	struct phrase words, count;

	if (text->held.file == NULL || text->held.count == 0 || fflush(text->held.file) == EOF)
		return;
	text_end_line(out);
	if (text->held.count <= FEW_LINES) {
		text_put(out, TEXT_HEADING, "Connections");
		text_end_line(out);
		text_put(out, TEXT_PLAIN, text->held.text);
		return;
	}
	phrase_set(&words, "The ");
	phrase_append(&words, phrase_count(&count, text->held.count, "connection"));
	phrase_append(&words, " are listed one by one with --events flow, and some of them with "
			      "--only or --min-severity.");
	out->indent = 0;
	text_words(out, "", TEXT_FAINT, words.text);
	text_end_line(out);
}

static void put_page(struct text_sink *text, const struct run_report *run)
{
	struct tally_view view = {0};

	if (text->has_lines)
		text_end_line(&text->out);
	if (run->tally != NULL)
		tally_view(run->tally, &view);
	text_summary(&text->out, run, &view);
}

static bool put_summary(struct sink *sink, const struct run_report *run)
{
	struct text_sink *text = text_sink_of(sink);

	if ((text->events & EVENT_SUMMARY) != 0)
		put_page(text, run);
	put_held(text);
	if (fflush(text->out.file) == EOF && text->out.error == 0)
		text->out.error = errno;
	return text_out_ok(&text->out);
}

static void destroy(struct sink *sink)
{
	struct text_sink *text = text_sink_of(sink);

	if (text->held.file != NULL)
		fclose(text->held.file);
	free(text->held.text);
	free(text);
}

/* False if memory is short. */
static bool hold_lines(struct text_sink *text)
{
	text->held.file = open_memstream(&text->held.text, &text->held.bytes);
	text->held.out = text->out;
	text->held.out.file = text->held.file;
	text_lines_begin(&text->lines, &text->held.out);
	return text->held.file != NULL;
}

struct sink *sink_text_create(const struct sink_config *config, const struct sink_text_config *text,
			      FILE *output)
{
	struct text_sink *created = calloc(1, sizeof(*created));

	if (created == NULL)
		return NULL;
	created->sink = (struct sink){
		.flow = put_flow,
		.anomaly = put_anomaly,
		.transition = put_transition,
		.stats = put_stats,
		.summary = put_summary,
		.destroy = destroy,
	};
	created->events = config->events;
	created->out = (struct text_out){
		.file = output,
		.columns = text->columns,
		.color = text->color,
		.charset = text->ascii ? TEXT_ASCII : TEXT_UNICODE,
	};
	text_lines_begin(&created->lines, &created->out);
	if (text->lines == SINK_TEXT_LINES_IF_FEW && !hold_lines(created)) {
		destroy(&created->sink);
		return NULL;
	}
	return &created->sink;
}
