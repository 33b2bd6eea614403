#include "sink/ladder_remarks.h"

#include "sink/text_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const int64_t copy_ns = 5000000; /* within it, the same frame was captured twice */

/* An earlier row that this one repeats. */
static const struct ladder_row *find_original(const struct ladder_drawing *drawing,
					      const struct ladder_row *row)
{
	const unsigned marked = TCP_SYN | TCP_FIN | TCP_ACK;

	if ((row->flags & (TCP_SYN | TCP_FIN)) == 0 && row->payload_bytes == 0)
		return NULL;
	for (const struct ladder_row *before = drawing->rows->row; before < row; before++)
		if (before->from == row->from && before->seq == row->seq &&
		    before->payload_bytes == row->payload_bytes &&
		    ((before->flags ^ row->flags) & marked) == 0 && !ladder_row_is_folded(before))
			return before;
	return NULL;
}

static void note_repetition(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	const struct ladder_row *original = find_original(drawing, row);
	struct phrase words, count;

	if (original != NULL) {
		bool copy = row->ts_ns - original->ts_ns <= copy_ns && row->ip_id != 0 &&
			    row->ip_id == original->ip_id;

		snprintf(words.text, sizeof(words.text), "%s #%" PRIu64,
			 copy ? "the same frame as" : "repeats", original->number);
		ladder_drawing_note(drawing, TEXT_FAINT, words.text);
	}
	if (row->repeats > 0) {
		phrase_set(&words, "and ");
		phrase_append(&words, phrase_count(&count, row->repeats, "more like it"));
		words.text[strlen(words.text) - (row->repeats == 1 ? 0 : 1)] = '\0';
		ladder_drawing_note(drawing, TEXT_FAINT, words.text);
	}
}

static bool concerns(const struct report_anomaly *anomaly, uint64_t number)
{
	for (unsigned i = 0; i < anomaly->frame_count; i++)
		if (anomaly->frame[i] == number)
			return true;
	return false;
}

/* Said once, where it shows first. What is of little weight is left to the list below, but for what
 * belongs to the figure. */
static const char *anomaly_words(struct phrase *words, const struct report_anomaly *anomaly,
				 uint64_t number)
{
	const struct anomaly_row *entry = anomaly_row(anomaly->id);

	phrase_set(words, "");
	if (anomaly->id == ANOMALY_TIME_WAIT_RESTARTED)
		phrase_set(words, "TIME-WAIT restarts");
	if (entry == NULL || anomaly->severity < SEVERITY_NOTICE || anomaly->number != number)
		return words->text;
	phrase_set(words, severity_word(anomaly->severity));
	phrase_append(words, ": ");
	phrase_append(words, entry->id);
	phrase_append(words, anomaly->doubt == DOUBT_NONE ? "" : "?");
	return words->text;
}

static void note_anomalies(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	const struct flow_report *report = drawing->report;

	for (unsigned i = 0; i < report->anomaly_count; i++) {
		const struct report_anomaly *anomaly = &report->anomaly[i];
		struct phrase words;

		if (concerns(anomaly, row->number))
			ladder_drawing_note(drawing, text_severity_style(anomaly->severity),
					    anomaly_words(&words, anomaly, row->number));
	}
}

static void note_reset(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	const struct report_reset *reset = &drawing->report->reset;
	struct phrase words;

	if (!reset->present || reset->number != row->number)
		return;
	if (reset->trigger_number != 0) {
		snprintf(words.text, sizeof(words.text), "in answer to #%" PRIu64,
			 reset->trigger_number);
		ladder_drawing_note(drawing, TEXT_FAINT, words.text);
	}
	if (reset->by == WHO_THIRD_PARTY)
		ladder_drawing_note(drawing, TEXT_WARNING, "sent by a third party");
	if (reset->accepted != RESET_ACCEPTED_NO)
		return;
	ladder_drawing_note(drawing, TEXT_WARNING,
			    reset->class == RESET_CLASS_OUTSIDE ? "not accepted: outside the window"
								: "not accepted");
}

static void note_waves(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	const struct flow_report *report = drawing->report;

	for (unsigned i = 0; i < report->wave_count; i++) {
		const struct report_wave *wave = &report->wave[i];
		struct phrase words;

		if (!wave->has_segment || wave->number != row->number)
			continue;
		drawing->wave_drawn[i] = true;
		ladder_drawing_note(drawing, TEXT_WARNING,
				    ladder_expected(&words, drawing->numbers, wave));
		if (wave->role == WAVE_ROLE_FIN && i > 0 && report->closer == WHO_BOTH)
			ladder_drawing_note(drawing, TEXT_FAINT, "the FINs cross");
	}
}

void ladder_remarks(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	note_waves(drawing, row);
	note_reset(drawing, row);
	note_repetition(drawing, row);
	note_anomalies(drawing, row);
}
