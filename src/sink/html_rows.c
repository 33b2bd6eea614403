#include "sink/html_rows.h"

#include "sink/html_data.h"
#include "sink/json_values.h"
#include "sink/text_verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES_MAX = 4096 }; /* numbers, two addresses, a few words */

/*
 * The values of a row by name, each with what writes it. Words are told by their place in the lists
 * of words that the page has. Times are microseconds, so that JavaScript keeps them exact.
 */
#define HTML_COLUMNS(C)                                                                            \
	C("flow_id", writer_integer(out, NULL, it->envelope.flow_id))                              \
	C("start_us", put_time(out, it->start_ns))                                                 \
	C("duration_us", put_span(out, it->start_ns, it->end_ns))                                  \
	C("client", put_address(out, &it->envelope, REPORT_CLIENT))                                \
	C("client_port", writer_integer(out, NULL, it->envelope.port[REPORT_CLIENT]))              \
	C("server", put_address(out, &it->envelope, REPORT_SERVER))                                \
	C("server_port", writer_integer(out, NULL, it->envelope.port[REPORT_SERVER]))              \
	C("orientation", writer_integer(out, NULL, it->orientation))                               \
	C("teardown", writer_integer(out, NULL, it->teardown))                                     \
	C("verdict", put_verdict(out, it))                                                         \
	C("cause", put_cause(out, it))                                                             \
	C("severity", put_choice(out, verdict_worst(it), SEVERITY_COUNT))                          \
	C("anomalies", put_anomalies(out, it))                                                     \
	C("close_us", put_close(out, it))                                                          \
	C("application_us", put_application(out, it))                                              \
	C("time_wait", put_time_wait(out, it))                                                     \
	C("payload_toserver", writer_integer(out, NULL, it->payload_bytes[REPORT_CLIENT]))         \
	C("payload_toclient", writer_integer(out, NULL, it->payload_bytes[REPORT_SERVER]))         \
	C("packets", writer_integer(out, NULL, it->packets[0] + it->packets[1]))                   \
	C("first_frame", writer_integer(out, NULL, it->first_number))                              \
	C("last_frame", writer_integer(out, NULL, it->envelope.number))                            \
	C("source", writer_integer(out, NULL, it->envelope.source))                                \
	C("ladder", writer_integer(out, NULL, ladder == HTML_HAS_LADDER))

static void put_time(struct writer *out, int64_t ts_ns)
{
	writer_integer(out, NULL, ts_ns > 0 ? (uint64_t)ts_ns / 1000 : 0);
}

static void put_span(struct writer *out, int64_t start_ns, int64_t end_ns)
{
	writer_integer(out, NULL, (uint64_t)value_span(start_ns, end_ns) / 1000);
}

static void put_address(struct writer *out, const struct report_envelope *envelope, unsigned side)
{
	writer_string(out, NULL, value_address(envelope->addr[side], envelope->ip_version).text);
}

/* A value of an enumeration, or null where it is none. */
static void put_choice(struct writer *out, unsigned value, unsigned count)
{
	if (value < count)
		writer_integer(out, NULL, value);
	else
		writer_null(out, NULL);
}

static void put_verdict(struct writer *out, const struct flow_report *report)
{
	struct phrase words;

	writer_string(out, NULL, verdict_end(&words, report, VERDICT_SHORT));
}

static void put_cause(struct writer *out, const struct flow_report *report)
{
	put_choice(out, report->explanation_count > 0 ? report->explanation[0].cause : CAUSE_NULL,
		   CAUSE_COUNT);
}

/* Each once, though both sides may show it. */
static void put_anomalies(struct writer *out, const struct flow_report *report)
{
	bool told[ANOMALY_COUNT] = {false};

	writer_begin_array(out, NULL);
	for (unsigned severity = SEVERITY_COUNT; severity-- > 0;)
		for (unsigned i = 0; i < report->anomaly_count; i++) {
			const struct report_anomaly *anomaly = &report->anomaly[i];

			if (anomaly->severity != severity || told[anomaly->id])
				continue;
			told[anomaly->id] = true;
			writer_integer(out, NULL, anomaly->id);
		}
	writer_end_array(out);
}

static void put_close(struct writer *out, const struct flow_report *report)
{
	if (report->has_teardown_start && report->has_teardown_end)
		put_span(out, report->teardown_start_ns, report->teardown_end_ns);
	else
		writer_null(out, NULL);
}

static void put_application(struct writer *out, const struct flow_report *report)
{
	if (report->latency.has_application && !report->wave[1].piggybacked)
		put_span(out, 0, report->latency.application_ns);
	else
		writer_null(out, NULL);
}

/* Who held TIME-WAIT; of both, that both did. */
static void put_time_wait(struct writer *out, const struct flow_report *report)
{
	enum who holder = WHO_NULL;

	for (unsigned i = 0; i < report->time_wait_count; i++)
		if (report->time_wait[i].ended_by != TW_END_ABSENT)
			holder = holder == WHO_NULL ? report->time_wait[i].side : WHO_BOTH;
	put_choice(out, holder, WHO_COUNT);
}

void html_rows_names(struct writer *writer, const char *key)
{
	writer_begin_array(writer, key);
#define NAME(name, value) writer_string(writer, NULL, name);
	HTML_COLUMNS(NAME)
#undef NAME
	writer_end_array(writer);
}

static void write_row(struct writer *out, const struct flow_report *it, enum html_ladder ladder)
{
	writer_begin_array(out, NULL);
#define VALUE(name, value) value;
	HTML_COLUMNS(VALUE)
#undef VALUE
	writer_end_array(out);
	writer_end_value(out);
}

static enum html_weight weigh(const struct flow_report *report)
{
	enum severity worst = verdict_worst(report);

	return worst != SEVERITY_NULL && worst >= SEVERITY_NOTICE ? HTML_ODD : HTML_ORDINARY;
}

static bool fail_memory(void)
{
	errno = ENOMEM;
	return false;
}

bool html_rows_take(struct html_rows *rows, const struct flow_report *report,
		    enum html_ladder ladder)
{
	struct html_bin *bin = &rows->waiting[weigh(report)];
	struct writer *writer = &rows->writer;

	rows->met++;
	if (bin->count == HTML_ROWS_MAX)
		return true;
	if (bin->file == NULL && (bin->file = tmpfile()) == NULL)
		return false;
	writer->length = 0;
	write_row(writer, report, ladder);
	writer_raw(writer, "\n", 1);
	if (writer->failed)
		return fail_memory();
	bin->count++;
	return fwrite(writer->bytes, 1, writer->length, bin->file) == writer->length;
}

void html_rows_release(struct html_rows *rows)
{
	for (unsigned weight = 0; weight < HTML_WEIGHTS; weight++)
		if (rows->waiting[weight].file != NULL)
			fclose(rows->waiting[weight].file);
	free(rows->writer.bytes);
	*rows = (struct html_rows){0};
}

/* Copies the rows that wait, a line each, with commas between them, as many as there is room for.
 */
static bool copy_rows(struct html_bin *bin, FILE *file, uint64_t *shown)
{
	char line[ROW_BYTES_MAX];

	if (bin->file == NULL)
		return true;
	if (fseek(bin->file, 0, SEEK_SET) != 0)
		return false;
	while (*shown < HTML_ROWS_MAX && fgets(line, sizeof(line), bin->file) != NULL) {
		if (*shown > 0 && fputs(",", file) == EOF)
			return false;
		if (!html_data_put(file, line, strlen(line)))
			return false;
		++*shown;
	}
	return !ferror(bin->file);
}

bool html_rows_put(struct html_rows *rows, FILE *file, uint64_t *shown)
{
	bool put = fputs("[\n", file) != EOF;

	*shown = 0;
	for (unsigned weight = 0; weight < HTML_WEIGHTS && put; weight++)
		put = copy_rows(&rows->waiting[weight], file, shown);
	return put && fputs("]", file) != EOF;
}
