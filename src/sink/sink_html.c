/*
 * The HTML report: one file with everything in it, to be looked at in a browser.
 *
 * The page is written at the end of the run. What it tells of each connection waits in temporary
 * files until then, so that memory stays bounded; so does the page, by the number of rows that it
 * takes.
 */
#include "sink/sink.h"

#include "sink/html_charts.h"
#include "sink/html_data.h"
#include "sink/html_ladders.h"
#include "sink/html_page.h"
#include "sink/html_report.h"
#include "sink/html_rows.h"
#include "sink/twins.h"

#include <errno.h>
#include <stdlib.h>

struct html_sink {
	struct sink sink; /* first, so that the one's address is the other's */
	struct sink_config config;
	FILE *output;
	struct html_rows rows;
	struct html_charts charts;
	enum html_drawing drawing;
	struct html_ladders ladders;
	struct writer writer;
};

static struct html_sink *html_sink_of(struct sink *sink)
{
	return (struct html_sink *)sink;
}

static bool take_flow(struct sink *sink, const struct flow_report *report)
{
	struct html_sink *html = html_sink_of(sink);
	bool drawn = html->drawing == HTML_DRAWS && html_ladders_want(&html->ladders, report);

	if (drawn && !ladder_store_add(&html->ladders.store, report))
		return false;
	if (twins_find(html->config.twins, &report->envelope) == 0)
		html_charts_take(&html->charts, report);
	return html_rows_take(&html->rows, report, drawn ? HTML_HAS_LADDER : HTML_NO_LADDER);
}

static bool wants(const struct sink *sink, const struct flow_report *report)
{
	const struct html_sink *html = (const struct html_sink *)sink;

	return ladder_store_is_last(&html->ladders.store, report);
}

static bool take_segment(struct sink *sink, uint64_t flow_id, const struct segment *segment)
{
	return ladder_store_take(&html_sink_of(sink)->ladders.store, flow_id, segment);
}

static bool put_bytes(FILE *file, const unsigned char *bytes, size_t length)
{
	return fwrite(bytes, 1, length, file) == length;
}

static bool put_rows(struct html_sink *html, uint64_t *shown)
{
	return html_data_begin(html->output, "rows") &&
	       html_rows_put(&html->rows, html->output, shown) && html_data_end(html->output);
}

static bool put_ladders(struct html_sink *html)
{
	return html_data_begin(html->output, "ladders") &&
	       html_ladders_put(&html->ladders, &html->config, html->output) &&
	       html_data_end(html->output);
}

static bool put_report(struct html_sink *html, const struct run_report *run, uint64_t shown)
{
	const struct html_extent extent = {
		.reported = html->rows.met,
		.rows = shown,
		.ladders = html->ladders.store.count,
		.drawing = html->drawing,
	};

	html_report_put(&html->writer, &html->config, run, &html->charts, &extent);
	if (html->writer.failed) {
		errno = ENOMEM;
		return false;
	}
	return html_data_begin(html->output, "report") &&
	       html_data_put(html->output, html->writer.bytes, html->writer.length) &&
	       html_data_end(html->output);
}

static bool take_summary(struct sink *sink, const struct run_report *run)
{
	struct html_sink *html = html_sink_of(sink);
	uint64_t shown;

	return put_bytes(html->output, html_page_head, html_page_head_bytes) &&
	       put_rows(html, &shown) && put_ladders(html) && put_report(html, run, shown) &&
	       put_bytes(html->output, html_page_tail, html_page_tail_bytes) &&
	       fflush(html->output) == 0;
}

static void destroy(struct sink *sink)
{
	struct html_sink *html = html_sink_of(sink);

	html_rows_release(&html->rows);
	html_charts_release(&html->charts);
	html_ladders_release(&html->ladders);
	free(html->writer.bytes);
	free(html);
}

struct sink *sink_html_create(const struct sink_config *config, enum html_drawing drawing,
			      FILE *output)
{
	struct html_sink *created = calloc(1, sizeof(*created));

	if (created == NULL)
		return NULL;
	created->sink = (struct sink){
		.flow = take_flow,
		.anomaly = sink_ignore_anomaly,
		.transition = sink_ignore_transition,
		.stats = sink_ignore_stats,
		.summary = take_summary,
		.destroy = destroy,
	};
	created->config = *config;
	created->output = output;
	created->drawing = drawing;
	if (drawing == HTML_DRAWS) {
		created->sink.wants = wants;
		created->sink.segment = take_segment;
	}
	html_charts_init(&created->charts);
	return &created->sink;
}
