/*
 * Sequence diagrams for people, one a connection.
 *
 * A connection's report is kept until its segments have come, in the second reading; those beyond
 * the first few are only counted.
 */
#include "sink/sink.h"

#include "sink/ladder_figure.h"
#include "sink/ladder_notes.h"
#include "sink/ladder_paint.h"
#include "sink/ladder_store.h"

#include <errno.h>
#include <stdlib.h>

struct ladder_sink {
	struct sink sink; /* first, so that the one's address is the other's */
	struct sink_config config;
	struct text_out out;
	struct ladder_store store;
	unsigned flows_max;
	uint64_t left_out;
};

static struct ladder_sink *ladder_sink_of(struct sink *sink)
{
	return (struct ladder_sink *)sink;
}

static bool take_flow(struct sink *sink, const struct flow_report *report)
{
	struct ladder_sink *all = ladder_sink_of(sink);

	if (all->store.count < all->flows_max)
		return ladder_store_add(&all->store, report);
	all->left_out++;
	return true;
}

static bool wants(const struct sink *sink, const struct flow_report *report)
{
	const struct ladder_sink *all = (const struct ladder_sink *)sink;

	return all->left_out == 0 && ladder_store_is_last(&all->store, report);
}

static bool take_segment(struct sink *sink, uint64_t flow_id, const struct segment *segment)
{
	return ladder_store_take(&ladder_sink_of(sink)->store, flow_id, segment);
}

static void draw(struct ladder_sink *all, const struct ladder *ladder)
{
	const struct flow_report *report = &ladder->report;
	unsigned source = report->envelope.source;
	struct ladder_numbers numbers;
	struct ladder_paint paint;

	ladder_numbers_find(&numbers, report, &ladder->rows);
	ladder_title(&all->out, report,
		     source < all->config.source_count ? all->config.source_name[source] : NULL);
	ladder_paint_begin(&paint, &all->out, report, &ladder->rows);
	ladder_figure(&paint.pen, report, &ladder->rows, &numbers);
	ladder_notes(&all->out, report, &numbers, &paint.pen.used);
}

static void tell_left_out(struct ladder_sink *all)
{
	struct phrase words, count;

	if (all->store.count == 0) {
		phrase_set(&words, "No connection to draw.");
	} else {
		text_end_line(&all->out);
		phrase_set(&words, "Not drawn: ");
		phrase_append(&words, phrase_count(&count, all->left_out, "more connection"));
		phrase_append(&words, " (choose with --flow, or ask for more with --first).");
	}
	all->out.indent = 0;
	text_words(&all->out, "", TEXT_FAINT, words.text);
	text_end_line(&all->out);
}

static bool take_summary(struct sink *sink, const struct run_report *run)
{
	struct ladder_sink *all = ladder_sink_of(sink);

	(void)run;
	for (unsigned i = 0; i < all->store.count; i++) {
		if (i > 0)
			text_end_line(&all->out);
		draw(all, all->store.ladder[i]);
	}
	if (all->left_out > 0 || all->store.count == 0)
		tell_left_out(all);
	if (fflush(all->out.file) == EOF && all->out.error == 0)
		all->out.error = errno;
	return text_out_ok(&all->out);
}

static void destroy(struct sink *sink)
{
	struct ladder_sink *all = ladder_sink_of(sink);

	ladder_store_release(&all->store);
	free(all);
}

struct sink *sink_ladder_create(const struct sink_config *config,
				const struct sink_text_config *text, unsigned flows_max,
				FILE *output)
{
	struct ladder_sink *created = calloc(1, sizeof(*created));

	if (created == NULL)
		return NULL;
	created->sink = (struct sink){
		.flow = take_flow,
		.anomaly = sink_ignore_anomaly,
		.transition = sink_ignore_transition,
		.stats = sink_ignore_stats,
		.summary = take_summary,
		.destroy = destroy,
		.wants = wants,
		.segment = take_segment,
	};
	created->config = *config;
	created->flows_max = flows_max;
	created->out = (struct text_out){
		.file = output,
		.columns = text->columns,
		.color = text->color,
		.charset = text->ascii ? TEXT_ASCII : TEXT_UNICODE,
	};
	return &created->sink;
}
