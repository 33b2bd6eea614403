#define _POSIX_C_SOURCE 200809L

#include "sink/html_report.h"

#include "sink/findings.h"
#include "sink/json_records.h"
#include "sink/json_values.h"
#include "sink/tally.h"
#include "sink/text_command.h"
#include "sink/text_headline.h"
#include "sink/text_labels.h"
#include "sink/text_phrase.h"
#include "sink/text_verdict.h"

#include <limits.h>
#include <stdlib.h>

enum { COMMAND_BYTES = 1024 };

/* A line feed where there may be blanks, so that lines do not become endless. */
static void end_line(struct writer *writer)
{
	writer_raw(writer, "\n", 1);
}

static void put_headline(struct writer *writer, const struct tally_view *view,
			 const struct findings *findings)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	struct text_out out = {.file = file, .columns = UINT_MAX};

	if (file == NULL) {
		writer->failed = true;
		return;
	}
	text_headline(&out, view, findings);
	if (fclose(file) == 0 && text_out_ok(&out)) {
		text[bytes - 1] = '\0'; /* the end of the line */
		writer_string(writer, "headline", text);
	} else {
		writer->failed = true;
	}
	free(text);
}

static void put_words(struct writer *writer, const char *key, const char *(*word)(unsigned),
		      unsigned count)
{
	writer_begin_array(writer, key);
	for (unsigned i = 0; i < count; i++)
		writer_string(writer, NULL, word(i));
	writer_end_array(writer);
}

static const char *end_label(unsigned value)
{
	return label_end[value];
}

static const char *reset_form_label(unsigned value)
{
	return label_reset_form[value];
}

static const char *cause_label(unsigned value)
{
	return verdict_cause_words((enum cause)value);
}

/* What the numbers in the rows stand for, and what people call it. */
static void put_lists(struct writer *writer)
{
	writer_begin_object(writer, "words");
	put_words(writer, "teardown", teardown_word, TEARDOWN_COUNT);
	put_words(writer, "teardown_label", end_label, TEARDOWN_COUNT);
	put_words(writer, "reset_form", reset_form_word, RESET_FORM_COUNT);
	put_words(writer, "reset_form_label", reset_form_label, RESET_FORM_COUNT);
	put_words(writer, "orientation", orientation_word, ORIENTATION_COUNT);
	put_words(writer, "severity", severity_word, SEVERITY_COUNT);
	put_words(writer, "cause_id", cause_word, CAUSE_COUNT);
	put_words(writer, "cause", cause_label, CAUSE_COUNT);
	put_words(writer, "who", who_word, WHO_COUNT);
	put_words(writer, "anomaly", anomaly_word, ANOMALY_COUNT);
	writer_end_object(writer);
}

static void put_place(struct writer *writer, const struct finding_place *place)
{
	struct phrase words;

	writer_begin_object(writer, NULL);
	writer_string(writer, "server",
		      phrase_port(&words, place->addr, place->port, place->ip_version));
	writer_integer(writer, "connections", place->connections);
	writer_end_object(writer);
}

static void put_finding(struct writer *writer, const struct finding *finding)
{
	const struct anomaly_row *row = anomaly_row(finding->id);

	writer_begin_object(writer, NULL);
	writer_string(writer, "id", row->id);
	writer_string(writer, "severity", severity_word(finding->severity));
	writer_string(writer, "message", row->message);
	writer_string(writer, "advice", row->advice);
	writer_string(writer, "source", row->source);
	writer_integer(writer, "connections", finding->connections);
	writer_integer(writer, "doubtful", finding->doubtful);
	value_write_time(writer, "first", finding->first_ns, 6);
	value_write_time(writer, "last", finding->last_ns, 6);
	writer_integer(writer, "flow_id", finding->flow_id);
	writer_begin_array(writer, "frames");
	for (unsigned i = 0; i < finding->frame_count; i++)
		writer_integer(writer, NULL, finding->frame[i]);
	writer_end_array(writer);
	writer_begin_array(writer, "places");
	for (unsigned i = 0; i < finding->place_count; i++)
		put_place(writer, &finding->place[i]);
	writer_end_array(writer);
	writer_end_object(writer);
}

static void put_findings(struct writer *writer, const struct findings *findings)
{
	struct finding list[ANOMALY_COUNT];
	unsigned count = findings_list(findings, list);

	writer_begin_array(writer, "findings");
	for (unsigned i = 0; i < count; i++) {
		end_line(writer);
		put_finding(writer, &list[i]);
	}
	writer_end_array(writer);
}

/* What the catalogue says of the services' anomalies; each once. */
static void put_catalogue(struct writer *writer, const struct tally_view *view)
{
	bool told[ANOMALY_COUNT] = {false};

	writer_begin_object(writer, "catalogue");
	for (unsigned i = 0; i < view->alarm_count; i++) {
		enum anomaly_id id = view->alarm[i].anomaly.id;

		if (told[id])
			continue;
		told[id] = true;
		writer_begin_object(writer, anomaly_row(id)->id);
		writer_string(writer, "message", anomaly_row(id)->message);
		writer_string(writer, "advice", anomaly_row(id)->advice);
		writer_end_object(writer);
	}
	writer_end_object(writer);
}

static void put_causes(struct writer *writer, const struct findings *findings)
{
	struct finding_cause causes;

	findings_causes(findings, &causes);
	writer_begin_array(writer, "causes");
	for (unsigned cause = 0; cause <= CAUSE_COUNT; cause++) {
		if (causes.by_cause[cause] == 0)
			continue;
		writer_begin_object(writer, NULL);
		writer_string(writer, "cause",
			      cause == CAUSE_NULL ? "no explanation"
						  : verdict_cause_words((enum cause)cause));
		writer_integer(writer, "resets", causes.by_cause[cause]);
		writer_end_object(writer);
	}
	writer_end_array(writer);
}

static void put_slowest(struct writer *writer, const struct findings *findings)
{
	struct finding_slow list[FINDINGS_SLOWEST];
	unsigned count = findings_slowest(findings, list);
	struct phrase words;

	writer_begin_array(writer, "slowest");
	for (unsigned i = 0; i < count; i++) {
		int64_t application_ns = list[i].has_application ? list[i].application_ns : 0;

		writer_begin_object(writer, NULL);
		writer_integer(writer, "flow_id", list[i].envelope.flow_id);
		writer_string(writer, "connection",
			      phrase_tuple(&words, &list[i].envelope, list[i].orientation));
		writer_integer(writer, "close_ns", (uint64_t)list[i].close_ns);
		writer_integer(writer, "network_ns", (uint64_t)(list[i].close_ns - application_ns));
		if (list[i].has_application)
			writer_integer(writer, "application_ns", (uint64_t)application_ns);
		writer_end_object(writer);
	}
	writer_end_array(writer);
}

static void put_extent(struct writer *writer, const struct html_extent *extent)
{
	writer_begin_object(writer, "extent");
	writer_integer(writer, "reported", extent->reported);
	writer_integer(writer, "rows", extent->rows);
	writer_integer(writer, "rows_max", HTML_ROWS_MAX);
	writer_integer(writer, "ladders", extent->ladders);
	writer_boolean(writer, "draws", extent->drawing == HTML_DRAWS);
	writer_end_object(writer);
}

void html_report_put(struct writer *writer, const struct sink_config *config,
		     const struct run_report *run, const struct html_charts *charts,
		     const struct html_extent *extent)
{
	const struct findings *findings = tally_findings(run->tally);
	struct tally_view view;
	const struct summary_source summary = {.run = run, .tally = &view};
	char sources[COMMAND_BYTES] = "";

	tally_view(run->tally, &view);
	text_append_sources(sources, sizeof(sources), run);
	writer_begin_object(writer, NULL);
	put_headline(writer, &view, findings);
	writer_string(writer, "sources", sources);
	put_extent(writer, extent);
	put_lists(writer);
	html_rows_names(writer, "columns");
	end_line(writer);
	put_findings(writer, findings);
	put_catalogue(writer, &view);
	end_line(writer);
	put_causes(writer, findings);
	put_slowest(writer, findings);
	end_line(writer);
	html_charts_put(charts, writer, "charts");
	end_line(writer);
	record_write_run(writer, "summary", config, &summary);
	writer_raw(writer, "}", 1);
}
