#include "sink/text_findings.h"

#include "sink/text_command.h"
#include "sink/text_line.h"
#include "sink/text_phrase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	FINDINGS_SHOWN = 12,
	FINDING_INDENT = 4,
	TOPIC_COLUMNS = 9, /* "example  " */
	COMMAND_BYTES = 1024,
};

/* Begins a line with its topic; what follows is indented behind it. */
static void begin_topic(struct text_out *out, const char *topic)
{
	text_tab(out, FINDING_INDENT);
	text_put(out, TEXT_FAINT, topic);
	text_tab(out, FINDING_INDENT + TOPIC_COLUMNS);
	out->indent = FINDING_INDENT + TOPIC_COLUMNS;
}

static void put_topic(struct text_out *out, const char *topic, const char *words)
{
	begin_topic(out, topic);
	text_words(out, "", TEXT_PLAIN, words);
	text_end_line(out);
}

static void put_head(struct text_out *out, const struct finding *finding,
		     const struct anomaly_row *row)
{
	struct phrase words, count;

	text_tab(out, FINDING_INDENT / 2);
	out->indent = FINDING_INDENT;
	phrase_set(&words, severity_word(finding->severity));
	phrase_append(&words, ": ");
	phrase_append(&words, row->id);
	text_put(out, text_severity_style(finding->severity), words.text);
	phrase_set(&words, "in ");
	phrase_append(&words, phrase_count(&count, finding->connections, "connection"));
	text_words(out, " ", TEXT_PLAIN, words.text);
	if (finding->doubtful > 0) {
		phrase_set(&words, "(");
		phrase_append(&words, finding->doubtful == finding->connections
					      ? "the"
					      : phrase_number(&count, finding->doubtful));
		phrase_append(&words, finding->doubtful == finding->connections
					      ? " capture may be at fault)"
					      : " perhaps by the capture's fault)");
		text_words(out, " ", TEXT_FAINT, words.text);
	}
	text_end_line(out);
}

static void put_places(struct text_out *out, const struct finding *finding)
{
	uint64_t elsewhere = finding->connections;

	begin_topic(out, "where");
	for (unsigned i = 0; i < finding->place_count; i++) {
		const struct finding_place *place = &finding->place[i];
		struct phrase words, count;

		phrase_port(&words, place->addr, place->port, place->ip_version);
		if (finding->connections > 1) {
			phrase_append(&words, " (");
			phrase_append(&words, phrase_number(&count, place->connections));
			phrase_append(&words, ")");
		}
		text_join(out, i > 0 ? ", " : "", TEXT_PLAIN, words.text);
		elsewhere -= place->connections;
	}
	if (elsewhere > 0)
		text_words(out, ", ", TEXT_PLAIN, "and elsewhere");
	text_end_line(out);
}

static void put_time(struct text_out *out, const struct finding *finding)
{
	struct phrase words, part;

	phrase_date(&words, finding->first_ns);
	phrase_append(&words, " ");
	phrase_append(&words, phrase_clock(&part, finding->first_ns));
	phrase_append(&words, " UTC");
	if (finding->connections > 1) {
		phrase_append(&words, ", for ");
		phrase_append(&words, phrase_duration(&part, finding->last_ns - finding->first_ns,
						      out->charset));
	}
	put_topic(out, "since", words.text);
}

static void put_example(struct text_out *out, const struct run_report *run,
			const struct finding *finding)
{
	char command[COMMAND_BYTES];

	snprintf(command, sizeof(command), "tcpbye -T ladder --flow %" PRIu64, finding->flow_id);
	text_append_sources(command, sizeof(command), run);
	begin_topic(out, "see");
	text_join(out, "", TEXT_HEADING, command);
	for (unsigned i = 0; i < finding->frame_count; i++) {
		struct phrase words;

		snprintf(words.text, sizeof(words.text), "%s%" PRIu64,
			 i > 0 ? "" : (finding->frame_count == 1 ? "(frame " : "(frames "),
			 finding->frame[i]);
		phrase_append(&words, i + 1 == finding->frame_count ? ")" : "");
		text_words(out, " ", TEXT_FAINT, words.text);
	}
	text_end_line(out);
}

static void put_explain(struct text_out *out, const struct anomaly_row *row)
{
	struct phrase words;

	phrase_set(&words, "tcpbye --explain ");
	phrase_append(&words, row->id);
	begin_topic(out, "more");
	text_join(out, "", TEXT_PLAIN, words.text);
	text_end_line(out);
}

static void put_finding(struct text_out *out, const struct run_report *run,
			const struct finding *finding)
{
	const struct anomaly_row *row = anomaly_row(finding->id);

	put_head(out, finding, row);
	put_topic(out, "what", row->message);
	put_places(out, finding);
	put_time(out, finding);
	put_topic(out, "do", row->advice);
	put_example(out, run, finding);
	put_explain(out, row);
}

/* "Also, of little weight: fin_retransmitted 3, half_close 1" */
static void put_rest(struct text_out *out, const struct finding *list, unsigned count)
{
	if (count == 0)
		return;
	text_tab(out, FINDING_INDENT / 2);
	out->indent = FINDING_INDENT;
	text_words(out, "", TEXT_PLAIN, "Also:");
	for (unsigned i = 0; i < count; i++) {
		struct phrase words, number;

		phrase_set(&words, anomaly_row(list[i].id)->id);
		phrase_append(&words, " ");
		phrase_append(&words, phrase_number(&number, list[i].connections));
		phrase_append(&words, i + 1 < count ? "," : "");
		text_words(out, " ", TEXT_FAINT, words.text);
	}
	text_end_line(out);
}

static void put_nothing(struct text_out *out)
{
	text_tab(out, FINDING_INDENT / 2);
	text_put(out, TEXT_GOOD, "nothing of weight");
	text_end_line(out);
}

/* What is wrong with a service as a whole, where no connection shows it. */
static void put_alarm(struct text_out *out, const struct anomaly_report *alarm)
{
	const struct report_envelope *envelope = &alarm->envelope;
	const struct anomaly_row *row = anomaly_row(alarm->anomaly.id);
	struct phrase words, part;

	text_tab(out, FINDING_INDENT / 2);
	out->indent = FINDING_INDENT;
	phrase_set(&words, severity_word(alarm->anomaly.severity));
	phrase_append(&words, ": ");
	phrase_append(&words, row->id);
	text_put(out, text_severity_style(alarm->anomaly.severity), words.text);
	text_words(out, " ", TEXT_PLAIN, "of a service as a whole");
	text_end_line(out);
	put_topic(out, "what", row->message);
	phrase_service(&words, envelope->addr, envelope->port[REPORT_SERVER], envelope->ip_version);
	phrase_append(&words, "; ");
	phrase_append(&words, phrase_number(&part, alarm->anomaly.count));
	phrase_append(&words, " by then");
	put_topic(out, "where", words.text);
	phrase_date(&words, envelope->ts_ns);
	phrase_append(&words, " ");
	phrase_append(&words, phrase_clock(&part, envelope->ts_ns));
	phrase_append(&words, " UTC");
	put_topic(out, "since", words.text);
	put_topic(out, "do", row->advice);
	put_explain(out, row);
}

/* Those of this severity; returns how many. */
static unsigned put_alarms(struct text_out *out, const struct tally_view *view,
			   enum severity severity)
{
	unsigned put = 0;

	for (unsigned i = 0; i < view->alarm_count; i++)
		if (view->alarm[i].anomaly.severity == severity) {
			put_alarm(out, &view->alarm[i]);
			put++;
		}
	return put;
}

void text_findings(struct text_out *out, const struct run_report *run,
		   const struct tally_view *view, const struct findings *findings)
{
	struct finding list[ANOMALY_COUNT];
	unsigned count = findings_list(findings, list), shown = 0, alarms = 0;

	if (count == 0 && view->alarm_count == 0)
		return;
	text_end_line(out);
	text_put(out, TEXT_HEADING, "Findings, worst first");
	text_end_line(out);
	for (unsigned severity = SEVERITY_COUNT; severity-- > SEVERITY_NOTICE;) {
		alarms += put_alarms(out, view, (enum severity)severity);
		while (shown < count && shown < FINDINGS_SHOWN && list[shown].severity == severity)
			put_finding(out, run, &list[shown++]);
	}
	if (shown + alarms == 0)
		put_nothing(out);
	put_rest(out, list + shown, count - shown);
}
