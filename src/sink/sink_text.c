/*
 * The report for people: one line per connection as it ends, and a page that sums up.
 *
 * Names that come from files are shown with their control characters escaped.
 */
#include "sink/sink.h"

#include "sink/tally.h"
#include "sink/text_line.h"
#include "sink/text_out.h"
#include "sink/text_summary.h"

#include <errno.h>
#include <stdlib.h>

struct text_sink {
	struct sink sink; /* first, so that the one's address is the other's */
	unsigned events;
	bool has_lines;
	struct text_out out;
	struct text_lines lines;
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
	text->has_lines = true;
	text_line_flow(&text->lines, report);
	return text_out_ok(&text->out);
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
	if (fflush(text->out.file) == EOF && text->out.error == 0)
		text->out.error = errno;
	return text_out_ok(&text->out);
}

static void destroy(struct sink *sink)
{
	free(text_sink_of(sink));
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
	return &created->sink;
}
