#include "sink/ladder_notes.h"

#include "sink/text_line.h"
#include "sink/text_verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 512, NOTE_INDENT = 2 };

/* Puts words on lines of their own; those that continue are indented. */
static void put_line(struct text_out *out, enum text_style style, const char *words)
{
	out->indent = NOTE_INDENT;
	text_words(out, "", style, words);
	text_end_line(out);
}

static void append_moment(struct phrase *words, int64_t ts_ns)
{
	struct phrase part;
	int64_t rest_ns = ts_ns % 1000000000;

	phrase_append(words, phrase_date(&part, ts_ns));
	phrase_append(words, " ");
	phrase_append(words, phrase_clock(&part, ts_ns));
	snprintf(part.text, sizeof(part.text), "%03" PRId64,
		 (rest_ns < 0 ? rest_ns + 1000000000 : rest_ns) / 1000 % 1000);
	phrase_append(words, part.text);
	phrase_append(words, " UTC");
}

static void put_place(struct text_out *out, const struct flow_report *report,
		      const char *source_name)
{
	char name[NAME_BYTES];
	struct phrase words, part;

	phrase_set(&words, "");
	append_moment(&words, report->start_ns);
	phrase_append(&words, ", ");
	phrase_append(&words,
		      phrase_duration(&part, report->end_ns - report->start_ns, out->charset));
	snprintf(part.text, sizeof(part.text), ", flow %" PRIu64 ", frames %" PRIu64 " to %" PRIu64,
		 report->envelope.flow_id, report->first_number, report->envelope.number);
	phrase_append(&words, part.text);
	out->indent = NOTE_INDENT;
	text_words(out, "", TEXT_FAINT, words.text);
	if (source_name != NULL) {
		text_escape(out, strcmp(source_name, "-") == 0 ? "standard input" : source_name,
			    name, sizeof(name));
		text_words(out, " ", TEXT_FAINT, "of");
		text_join(out, " ", TEXT_FAINT, name);
	}
	text_end_line(out);
}

void ladder_title(struct text_out *out, const struct flow_report *report, const char *source_name)
{
	struct phrase words, part;

	put_line(out, TEXT_HEADING, phrase_tuple(&words, &report->envelope, report->orientation));
	verdict_end(&words, report, VERDICT_LONG);
	verdict_cause(&part, report);
	phrase_append(&words, part.text[0] != '\0' ? "; " : "");
	phrase_append(&words, part.text);
	verdict_doubt(&part, report, VERDICT_LONG);
	phrase_append(&words, part.text[0] != '\0' ? "; " : "");
	phrase_append(&words, part.text);
	put_line(out, TEXT_PLAIN, words.text);
	put_place(out, report, source_name);
	text_end_line(out);
}

static void append_name(struct phrase *words, const char *name, uint32_t seq)
{
	struct phrase part;

	snprintf(part.text, sizeof(part.text), "%s%s = %" PRIu32,
		 words->text[0] != '\0' ? ", " : "On the wire: ", name, seq);
	phrase_append(words, part.text);
}

static void put_names(struct text_out *out, const struct ladder_numbers *numbers)
{
	struct phrase words;

	phrase_set(&words, "");
	if (numbers->has_u)
		append_name(&words, "u", numbers->u);
	if (numbers->has_v)
		append_name(&words, "v", numbers->v);
	if (numbers->has_w)
		append_name(&words, "w", numbers->w);
	if (words.text[0] != '\0')
		put_line(out, TEXT_FAINT, words.text);
}

static void put_legend(struct text_out *out, const struct ladder_used *used)
{
	bool ascii = out->charset == TEXT_ASCII;
	const char *const signs[] = {
		used->assumed ? "STATE? likely, not proven" : "",
		used->inferred ? "(STATE) inferred, not captured" : "",
		used->refuted ? (ascii ? "~STATE~ taken back later"
				       : "S\xcc\xb6T\xcc\xb6"
					 "A\xcc\xb6T\xcc\xb6"
					 "E\xcc\xb6 taken back later")
			      : "",
		used->dashed ? "dashed: not captured" : "",
		used->lost ? (ascii ? "- X: did not arrive" : "╌ ✗: did not arrive") : "",
		used->bar ? (ascii ? "#: in TIME-WAIT" : "║: in TIME-WAIT") : "",
	};
	struct phrase words;

	phrase_set(&words, "");
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		phrase_append(&words, words.text[0] != '\0' && signs[i][0] != '\0' ? "; " : "");
		phrase_append(&words, signs[i]);
	}
	if (words.text[0] != '\0')
		put_line(out, TEXT_FAINT, words.text);
}

static const char *time_wait_end(const struct report_time_wait *time_wait)
{
	switch (time_wait->ended_by) {
	case TW_END_TIMER:
		return "ended by its timer";
	case TW_END_REUSE:
		return "ended by a new connection on the same ports";
	case TW_END_ASSASSINATED:
		return "killed by a RST (RFC 1337)";
	case TW_END_OWN_RESET:
		return "ended by its own RST";
	case TW_END_ABSENT:
		return "proven not to be there";
	case TW_END_CAPTURE_END:
		return "still held when the capture ended";
	case TW_END_EVICTED:
		return "not followed to its end";
	case TW_END_NULL:
		break;
	}
	return "of unknown end";
}

static void put_time_wait(struct text_out *out, const struct flow_report *report,
			  const struct report_time_wait *time_wait)
{
	struct phrase words, part;

	phrase_set(&words, "TIME-WAIT: ");
	phrase_append(&words, phrase_who(time_wait->side, report->orientation));
	phrase_append(&words, ", due for ");
	phrase_append(&words, phrase_duration(&part, time_wait->nominal_ns, out->charset));
	if (time_wait->restarts > 0) {
		phrase_append(&words, ", restarted ");
		phrase_append(&words, phrase_count(&part, time_wait->restarts, "time"));
	}
	phrase_append(&words, ", ");
	phrase_append(&words, time_wait_end(time_wait));
	if (time_wait->has_end) {
		phrase_append(&words, " after ");
		phrase_append(&words, phrase_duration(&part, time_wait->duration_ns, out->charset));
	}
	put_line(out, TEXT_PLAIN, words.text);
}

static void append_part(struct phrase *words, int64_t part_ns, const char *what,
			enum text_charset charset)
{
	struct phrase part;

	phrase_append(words, words->text[strlen(words->text) - 1] == ':' ? " " : " + ");
	phrase_append(words, phrase_duration(&part, part_ns, charset));
	phrase_append(words, what);
}

/* Where the time of the close went: wave 1 to 2 to 3 to 4. */
static void put_latency(struct text_out *out, const struct flow_report *report)
{
	const struct report_latency *latency = &report->latency;
	struct phrase words;

	phrase_set(&words, "Time of the close:");
	if (latency->has_peer_ack)
		append_part(&words, latency->peer_ack_ns,
			    " until the first FIN was "
			    "acknowledged",
			    out->charset);
	if (latency->has_application && !report->wave[1].piggybacked)
		append_part(&words, latency->application_ns, " until the other application closed",
			    out->charset);
	if (latency->has_last_ack)
		append_part(&words, latency->last_ack_ns, " until the last ACK", out->charset);
	if (latency->has_peer_ack || latency->has_application || latency->has_last_ack)
		put_line(out, TEXT_PLAIN, words.text);
}

static void put_anomaly(struct text_out *out, const struct flow_report *report,
			const struct report_anomaly *anomaly)
{
	const struct anomaly_row *row = anomaly_row(anomaly->id);
	struct phrase words, part;

	if (row == NULL)
		return;
	phrase_set(&words, severity_word(anomaly->severity));
	phrase_append(&words, ": ");
	phrase_append(&words, row->id);
	out->indent = NOTE_INDENT;
	text_words(out, "", text_severity_style(anomaly->severity), words.text);
	phrase_set(&words, "");
	if (anomaly->side != WHO_NULL) {
		phrase_append(&words, "(");
		phrase_append(&words, phrase_who(anomaly->side, report->orientation));
	}
	for (unsigned i = 0; i < anomaly->frame_count; i++) {
		snprintf(part.text, sizeof(part.text), "%s#%" PRIu64,
			 words.text[0] == '\0' ? "(" : (i == 0 ? ", " : " "), anomaly->frame[i]);
		phrase_append(&words, part.text);
	}
	phrase_append(&words, words.text[0] != '\0' ? ")" : "");
	text_words(out, " ", TEXT_FAINT, words.text);
	text_words(out, " ", TEXT_PLAIN, row->message);
	if (anomaly->doubt != DOUBT_NONE)
		text_words(out, " ", TEXT_FAINT,
			   anomaly->doubt == DOUBT_LIKELY ? "(The capture is likely at fault.)"
							  : "(The capture may be at fault.)");
	text_end_line(out);
}

void ladder_notes(struct text_out *out, const struct flow_report *report,
		  const struct ladder_numbers *numbers, const struct ladder_used *used)
{
	text_end_line(out);
	put_names(out, numbers);
	put_legend(out, used);
	put_latency(out, report);
	for (unsigned i = 0; i < report->time_wait_count; i++)
		put_time_wait(out, report, &report->time_wait[i]);
	for (unsigned severity = SEVERITY_COUNT; severity-- > 0;)
		for (unsigned i = 0; i < report->anomaly_count; i++)
			if (report->anomaly[i].severity == severity)
				put_anomaly(out, report, &report->anomaly[i]);
}
