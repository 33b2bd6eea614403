#include "sink/html_ladders.h"

#include "sink/html_data.h"
#include "sink/json_records.h"
#include "sink/ladder_figure.h"
#include "sink/ladder_json.h"
#include "sink/text_verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

void html_ladders_release(struct html_ladders *ladders)
{
	ladder_store_release(&ladders->store);
	free(ladders->writer.bytes);
	*ladders = (struct html_ladders){0};
}

/* Graver ones are always shown: the findings name the first of the gravest as their example. */
static bool shows_anomaly(struct html_shown *shown, enum severity severity)
{
	bool graver = shown->count == 0 || severity > shown->gravest;

	if (!graver && shown->count >= HTML_LADDERS_ALIKE)
		return false;
	if (graver)
		shown->gravest = severity;
	shown->count++;
	return true;
}

bool html_ladders_want(struct html_ladders *ladders, const struct flow_report *report)
{
	bool wanted = ladders->store.count < HTML_LADDERS_FIRST;

	if (report->teardown < TEARDOWN_COUNT &&
	    ladders->of_end[report->teardown] < HTML_LADDERS_ALIKE) {
		ladders->of_end[report->teardown]++;
		wanted = true;
	}
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		const struct report_anomaly *anomaly = &report->anomaly[i];

		wanted = shows_anomaly(&ladders->of_anomaly[anomaly->id], anomaly->severity) ||
			 wanted;
	}
	return wanted;
}

/* A number as it was on the wire, or null. */
static void put_name(struct writer *writer, const char *name, uint32_t seq, bool known)
{
	if (known)
		writer_integer(writer, name, seq);
	else
		writer_null(writer, name);
}

static void put_names(struct writer *writer, const struct ladder_numbers *numbers)
{
	writer_begin_object(writer, "names");
	put_name(writer, "u", numbers->u, numbers->has_u);
	put_name(writer, "v", numbers->v, numbers->has_v);
	put_name(writer, "w", numbers->w, numbers->has_w);
	writer_end_object(writer);
}

static void put_used(struct writer *writer, const struct ladder_used *used)
{
	writer_begin_object(writer, "used");
	writer_boolean(writer, "assumed", used->assumed);
	writer_boolean(writer, "inferred", used->inferred);
	writer_boolean(writer, "refuted", used->refuted);
	writer_boolean(writer, "dashed", used->dashed);
	writer_boolean(writer, "lost", used->lost);
	writer_boolean(writer, "bar", used->bar);
	writer_end_object(writer);
}

static void put_record(struct writer *writer, const struct sink_config *config,
		       const struct flow_report *report)
{
	writer_raw(writer, "\"record\":", sizeof("\"record\":") - 1);
	record_write_flow(writer, config, report);
	writer_raw(writer, ",", 1);
}

static void put_ladder(struct writer *writer, const struct sink_config *config,
		       const struct ladder *ladder)
{
	const struct flow_report *report = &ladder->report;
	struct ladder_numbers numbers;
	struct ladder_json json;
	struct phrase words;

	ladder_numbers_find(&numbers, report, &ladder->rows);
	ladder_json_begin(&json, writer);
	writer_begin_object(writer, NULL);
	writer_string(writer, "verdict", verdict_end(&words, report, VERDICT_LONG));
	writer_string(writer, "doubt", verdict_doubt(&words, report, VERDICT_LONG));
	put_record(writer, config, report);
	put_names(writer, &numbers);
	writer_begin_array(writer, "lines");
	ladder_figure(&json.pen, report, &ladder->rows, &numbers);
	writer_end_array(writer);
	put_used(writer, &json.pen.used);
	writer_end_object(writer);
	writer_end_value(writer);
}

bool html_ladders_put(struct html_ladders *ladders, const struct sink_config *config, FILE *file)
{
	struct writer *writer = &ladders->writer;

	if (fputs("{", file) == EOF)
		return false;
	for (unsigned i = 0; i < ladders->store.count; i++) {
		const struct ladder *ladder = ladders->store.ladder[i];

		writer->length = 0;
		put_ladder(writer, config, ladder);
		if (writer->failed) {
			errno = ENOMEM;
			return false;
		}
		if (fprintf(file, "%s\n\"%" PRIu64 "\":", i > 0 ? "," : "",
			    ladder->report.envelope.flow_id) < 0 ||
		    !html_data_put(file, writer->bytes, writer->length))
			return false;
	}
	return fputs("\n}", file) != EOF;
}
