#include "sink/text_line.h"

#include "sink/text_phrase.h"
#include "sink/text_verdict.h"

#include <inttypes.h>
#include <string.h>

enum {
	WIDE_COLUMNS = 110, /* from here on there is room for whole sentences */
	TUPLE_COLUMNS_MIN = 28,
	CLOCK_COLUMNS = 12,
	PARTS_MAX = 7,
	TUPLE_COLUMNS_MAX = 97, /* two IPv6 addresses, written in full */
	BLANKS = 128,
};

/* What is given up, step by step and all that stands before it as well, until a verdict fits its
 * line. */
enum fit {
	FIT_FULL,
	FIT_SHORT_TIME_WAIT,
	FIT_SHORT_LIST,
	FIT_NO_CAUSE,
	FIT_NO_ALIGNMENT,
	FIT_SHORT_END,
	FIT_NO_DURATION,
	FIT_TIGHT,
};

struct part {
	enum text_style style;
	struct phrase words;
};

static const int64_t ns_per_day = 86400LL * 1000000000LL;

void text_lines_begin(struct text_lines *lines, struct text_out *out)
{
	*lines = (struct text_lines){.out = out, .tuple_columns = TUPLE_COLUMNS_MIN};
}

enum text_style text_severity_style(enum severity severity)
{
	static const enum text_style styles[] = {
		[SEVERITY_INFO] = TEXT_PLAIN,
		[SEVERITY_NOTICE] = TEXT_NOTICE,
		[SEVERITY_WARNING] = TEXT_WARNING,
		[SEVERITY_ERROR] = TEXT_ERROR,
	};

	return severity < SEVERITY_COUNT ? styles[severity] : TEXT_PLAIN;
}

/* Says which day it is where that differs from the line before. */
static void put_day(struct text_lines *lines, int64_t ts_ns)
{
	int64_t day = ts_ns / ns_per_day - (ts_ns % ns_per_day < 0);
	struct phrase date;

	if (lines->has_day && lines->day == day)
		return;
	lines->has_day = true;
	lines->day = day;
	text_put(lines->out, TEXT_FAINT, phrase_date(&date, ts_ns));
	text_put(lines->out, TEXT_FAINT, " UTC");
	text_end_line(lines->out);
}

/* Begins a line: time of day and tuple. Lines that continue it are indented below the tuple. */
static void begin_line(struct text_lines *lines, int64_t ts_ns, const struct phrase *tuple)
{
	struct text_out *out = lines->out;
	struct phrase clock;

	put_day(lines, ts_ns);
	out->indent = CLOCK_COLUMNS + 1;
	text_put(out, TEXT_FAINT, phrase_clock(&clock, ts_ns));
	text_join(out, " ", TEXT_PLAIN, tuple->text);
}

static enum text_style end_style(const struct flow_report *report)
{
	switch (report->teardown) {
	case TEARDOWN_FOUR_WAY:
	case TEARDOWN_THREE_SEGMENT:
	case TEARDOWN_SIMULTANEOUS:
		return TEXT_GOOD;
	case TEARDOWN_RST_ABORT:
	case TEARDOWN_FIN_THEN_RST:
	case TEARDOWN_REFUSED:
		return TEXT_ERROR;
	case TEARDOWN_NONE:
		return TEXT_PLAIN;
	case TEARDOWN_FOUR_WAY_INCOMPLETE:
	case TEARDOWN_HALF_CLOSED:
	case TEARDOWN_ONE_SIDED_FIN:
	case TEARDOWN_CONNECT_TIMEOUT:
	case TEARDOWN_HANDSHAKE_ABANDONED:
	case TEARDOWN_NULL:
		break;
	}
	return TEXT_WARNING;
}

static unsigned drop_empty(struct part *parts, unsigned count)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++) {
		if (parts[i].words.text[0] != '\0')
			parts[kept++] = parts[i];
	}
	return kept;
}

static void make_duration(struct phrase *words, const struct text_lines *lines,
			  const struct flow_report *report, enum fit fit)
{
	if (fit >= FIT_NO_DURATION)
		phrase_set(words, "");
	else
		phrase_duration(words, report->end_ns - report->start_ns, lines->out->charset);
}

/* What is said behind the tuple, as far as the fit lets it; returns how many parts there are. */
static unsigned make_parts(struct part parts[PARTS_MAX], const struct text_lines *lines,
			   const struct flow_report *report, enum fit fit)
{
	bool whole = lines->out->columns >= WIDE_COLUMNS && fit < FIT_SHORT_END;
	enum verdict_length tight_late = fit < FIT_TIGHT ? VERDICT_SHORT : VERDICT_TIGHT;
	enum verdict_length list = fit < FIT_SHORT_LIST ? VERDICT_LONG : tight_late;
	enum verdict_length tight_early = fit < FIT_SHORT_LIST ? VERDICT_SHORT : VERDICT_TIGHT;
	enum verdict_length time_wait = fit == FIT_FULL ? VERDICT_LONG : tight_early;
	struct part *part = parts;

	memset(parts, 0, PARTS_MAX * sizeof(*parts));
	part->style = end_style(report);
	verdict_end(&part++->words, report, whole ? VERDICT_LONG : VERDICT_SHORT);
	make_duration(&part++->words, lines, report, fit);
	verdict_time_wait(&part++->words, report, time_wait, lines->out->charset);
	if (fit < FIT_NO_CAUSE)
		verdict_cause(&part++->words, report);
	part->style = TEXT_NOTICE;
	verdict_doubt(&part++->words, report, list);
	verdict_vlan(&part++->words, &report->envelope);
	part->style = text_severity_style(verdict_worst(report));
	verdict_anomalies(&part++->words, report, list);
	return drop_empty(parts, (unsigned)(part - parts));
}

static unsigned parts_width(const struct part *parts, unsigned count)
{
	unsigned width = 0;

	for (unsigned i = 0; i < count; i++)
		width += text_width(parts[i].words.text) + (i > 0 ? 2 : 0);
	return width;
}

static void widen_tuples(struct text_lines *lines, const struct phrase *tuple)
{
	unsigned width = text_width(tuple->text);
	unsigned limit = lines->out->columns * 4 / 7;

	if (width > lines->tuple_columns && width <= limit && width <= TUPLE_COLUMNS_MAX)
		lines->tuple_columns = width;
}

/* A verdict's line before it is written: what it says, and how wide that is. */
struct flow_line {
	struct phrase tuple;
	char gap[BLANKS + 1]; /* between the tuple and the rest */
	struct part parts[PARTS_MAX];
	unsigned part_count;
	unsigned columns;
};

static void make_flow_line(struct flow_line *line, const struct text_lines *lines,
			   const struct flow_report *report, enum fit fit)
{
	unsigned used = text_width(line->tuple.text);
	unsigned wanted = fit < FIT_NO_ALIGNMENT ? lines->tuple_columns : 0;
	unsigned gap = used < wanted ? wanted - used + 1 : 1;

	memset(line->gap, ' ', BLANKS);
	line->gap[gap < BLANKS ? gap : BLANKS] = '\0';
	line->part_count = make_parts(line->parts, lines, report, fit);
	line->columns = CLOCK_COLUMNS + 1 + used + gap + parts_width(line->parts, line->part_count);
}

/* Puts a part undivided, unless it is wider than a whole line. */
static void put_part(struct text_out *out, const char *separator, const struct part *part)
{
	if (out->indent + text_width(part->words.text) <= out->columns)
		text_join(out, separator, part->style, part->words.text);
	else
		text_words(out, separator, part->style, part->words.text);
}

void text_line_flow(struct text_lines *lines, const struct flow_report *report)
{
	struct text_out *out = lines->out;
	struct flow_line line;
	enum fit fit = FIT_FULL;

	phrase_tuple(&line.tuple, &report->envelope, report->orientation);
	widen_tuples(lines, &line.tuple);
	make_flow_line(&line, lines, report, fit);
	while (line.columns > out->columns && fit < FIT_TIGHT)
		make_flow_line(&line, lines, report, ++fit);
	if (line.columns > out->columns)
		make_flow_line(&line, lines, report, FIT_SHORT_TIME_WAIT);

	begin_line(lines, report->start_ns, &line.tuple);
	for (unsigned i = 0; i < line.part_count; i++)
		put_part(out, i == 0 ? line.gap : "; ", &line.parts[i]);
	text_end_line(out);
}

/* Whom it concerns and where it shows: "(client in FIN-WAIT-1, frames 7 9)"; "" where neither is
 * known. */
static void make_place(struct phrase *place, const struct anomaly_report *report)
{
	const struct report_anomaly *anomaly = &report->anomaly;
	struct phrase state;
	char number[32];
	bool sided = anomaly->side != WHO_NULL, stated = report->state != STATE_NULL;

	phrase_set(place, sided || stated || anomaly->frame_count > 0 ? "(" : "");
	if (sided)
		phrase_append(place, phrase_who(anomaly->side, ORIENTATION_HANDSHAKE));
	if (stated) {
		phrase_append(place, sided ? " in " : "");
		phrase_append(place, phrase_state(&state, report->state));
	}
	if (anomaly->frame_count > 0) {
		phrase_append(place, sided || stated ? ", " : "");
		phrase_append(place, anomaly->frame_count == 1 ? "frame" : "frames");
	}
	for (unsigned i = 0; i < anomaly->frame_count && i < REPORT_FRAMES_MAX; i++) {
		snprintf(number, sizeof(number), " %" PRIu64, anomaly->frame[i]);
		phrase_append(place, number);
	}
	phrase_append(place, place->text[0] != '\0' ? ")" : "");
}

void text_line_anomaly(struct text_lines *lines, const struct anomaly_report *report)
{
	const struct report_anomaly *anomaly = &report->anomaly;
	const struct anomaly_row *row = anomaly_row(anomaly->id);
	const char *severity = severity_word(anomaly->severity);
	struct text_out *out = lines->out;
	struct phrase tuple, place, head;

	if (row == NULL || severity == NULL)
		return;
	phrase_set(&head, severity);
	phrase_append(&head, ": ");
	phrase_append(&head, row->id);
	phrase_append(&head, anomaly->doubt == DOUBT_NONE ? "" : "?");
	phrase_tuple(&tuple, &report->envelope, ORIENTATION_HANDSHAKE);
	begin_line(lines, anomaly->ts_ns, &tuple);
	text_join(out, " ", text_severity_style(anomaly->severity), head.text);
	make_place(&place, report);
	text_words(out, " ", TEXT_FAINT, place.text);
	text_words(out, " ", TEXT_PLAIN, row->message);
	text_end_line(out);
}

void text_line_transition(struct text_lines *lines, const struct transition_report *report)
{
	struct text_out *out = lines->out;
	struct phrase tuple, step, state;
	const char *certainty = certainty_word(report->certainty);

	phrase_tuple(&tuple, &report->envelope, ORIENTATION_HANDSHAKE);
	phrase_set(&step, phrase_who(report->side, ORIENTATION_HANDSHAKE));
	phrase_append(&step, " ");
	phrase_append(&step, phrase_state(&state, report->from));
	phrase_append(&step, " > ");
	phrase_append(&step, phrase_state(&state, report->to));
	begin_line(lines, report->envelope.ts_ns, &tuple);
	text_join(out, " ", TEXT_PLAIN, step.text);
	if (report->cause != NULL)
		text_words(out, ": ", TEXT_PLAIN, report->cause);
	if (certainty != NULL) {
		phrase_set(&step, "(");
		phrase_append(&step, certainty);
		phrase_append(&step, ")");
		text_join(out, " ", TEXT_FAINT, step.text);
	}
	text_end_line(out);
}
