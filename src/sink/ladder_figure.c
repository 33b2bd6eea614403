#include "sink/ladder_figure.h"

#include "sink/text_line.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
	WIDE_COLUMNS = 96, /* from here on there is room for ranges of numbers */
	NUMBER_COLUMNS_MIN = 4,
	DELTA_COLUMNS_MIN = 8,   /* "+10.0 ms" */
	TIMER_DELTA_COLUMNS = 9, /* "+1 m 00 s" */
	MARK_COLUMNS_MIN = 8,
};

static const int64_t pause_ns = 1000000000; /* from here on, time is seen to pass */
static const int64_t copy_ns = 5000000;     /* within it, the same frame was captured twice */

struct figure {
	struct ladder_paint paint;
	const struct flow_report *report;
	const struct ladder_rows *rows;
	const struct ladder_numbers *numbers;
	bool has_time;
	int64_t last_ns;                /* of the line before that had a time */
	bool drawn[2][REPORT_PATH_MAX]; /* this step has been */
	bool wave_drawn[4];
};

/* The steps of one side that happen with one frame, in their order. */
struct step_list {
	unsigned count;
	struct ladder_mark mark[REPORT_PATH_MAX];
};

static struct ladder_mark mark_of(const struct report_step *step)
{
	return (struct ladder_mark){step->state, step->certainty, step->refuted};
}

/* "#6-9" of a row that stands for several; what does not fit is left open: "#1006..". */
static void write_number(struct phrase *phrase, const struct ladder_row *row, unsigned columns)
{
	snprintf(phrase->text, sizeof(phrase->text), "#%" PRIu64 "-%" PRIu64, row->number,
		 row->last_number);
	if (ladder_row_is_folded(row) && text_width(phrase->text) <= columns)
		return;
	snprintf(phrase->text, sizeof(phrase->text), "#%" PRIu64 "%s", row->number,
		 ladder_row_is_folded(row) ? ".." : "");
}

static void widen(unsigned *columns, unsigned wanted)
{
	*columns = wanted > *columns ? wanted : *columns;
}

/* Of the columns on the left, those that the rows need. */
static void widen_for_rows(struct ladder_widths *widths, const struct ladder_rows *rows,
			   unsigned columns)
{
	unsigned room = columns >= WIDE_COLUMNS ? UINT_MAX : widths->number_columns;

	for (unsigned i = 0; i < rows->count; i++) {
		int64_t before_ns = i > 0 ? rows->row[i - 1].last_ns : rows->row[i].ts_ns;
		struct phrase words;

		write_number(&words, &rows->row[i], room);
		widen(&widths->number_columns, text_width(words.text));
		phrase_duration(&words, rows->row[i].ts_ns - before_ns, TEXT_ASCII);
		widen(&widths->delta_columns, 1 + text_width(words.text));
	}
}

static void widen_for_states(struct ladder_widths *widths, const struct flow_report *report,
			     enum text_charset charset)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct report_endpoint *end = &report->endpoint[side];

		for (unsigned i = 0; i < end->path_count; i++) {
			struct ladder_mark mark = mark_of(&end->path[i]);
			struct phrase text;

			widen(&widths->mark_columns,
			      text_width(ladder_mark_text(&text, &mark, charset)));
			if (end->path[i].number == 0)
				widen(&widths->delta_columns, TIMER_DELTA_COLUMNS);
		}
	}
}

/* How long after the line before. */
static void write_delta(struct figure *figure, int64_t ts_ns, struct phrase *delta)
{
	int64_t passed_ns = ts_ns - figure->last_ns;
	struct phrase words;

	if (!figure->has_time) {
		phrase_set(delta, "0");
	} else {
		phrase_set(delta, passed_ns < 0 ? "-" : "+");
		phrase_append(delta, phrase_duration(&words, passed_ns < 0 ? -passed_ns : passed_ns,
						     figure->paint.out->charset));
	}
	figure->has_time = true;
	figure->last_ns = ts_ns;
}

static void show_pause(struct figure *figure, int64_t ts_ns)
{
	if (figure->has_time && ts_ns - figure->last_ns >= pause_ns)
		ladder_paint_pause(&figure->paint);
}

/* In TIME-WAIT, a lifeline is a bar. */
static void follow_bar(struct figure *figure, unsigned side, const struct ladder_mark *mark)
{
	if (mark->state >= STATE_COUNT || mark->refuted)
		return;
	figure->paint.bar[side] = mark->state == STATE_TIME_WAIT;
	figure->paint.used.bar = figure->paint.used.bar || figure->paint.bar[side];
}

static void take_steps(struct figure *figure, unsigned side, uint64_t number,
		       struct step_list *list)
{
	const struct report_endpoint *end = &figure->report->endpoint[side];

	list->count = 0;
	for (unsigned i = 0; i < end->path_count; i++) {
		if (end->path[i].number != number || figure->drawn[side][i])
			continue;
		figure->drawn[side][i] = true;
		list->mark[list->count++] = mark_of(&end->path[i]);
	}
}

/* A line for each step of a list between two places, with nothing on the other side. */
static void draw_steps(struct figure *figure, unsigned side, const struct step_list *list,
		       unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct ladder_line line = ladder_line_empty();

		line.mark[side] = list->mark[i];
		follow_bar(figure, side, &list->mark[i]);
		ladder_paint_words(&figure->paint, &line, TEXT_PLAIN, "");
	}
}

static const char *time_wait_end_words(const struct flow_report *report, unsigned side)
{
	enum who who = side == REPORT_CLIENT ? WHO_CLIENT : WHO_SERVER;

	for (unsigned i = 0; i < report->time_wait_count; i++) {
		if (report->time_wait[i].side != who)
			continue;
		if (report->time_wait[i].ended_by == TW_END_TIMER)
			return "2MSL timeout";
		if (report->time_wait[i].ended_by == TW_END_REUSE)
			return "a new connection takes its ports";
	}
	return "TIME-WAIT ends";
}

/* What brings about a step that no shown frame does. */
static const char *step_words(const struct flow_report *report, unsigned side, unsigned index)
{
	const struct report_step *step = &report->endpoint[side].path[index];

	if (index > 0 && step[-1].state == STATE_TIME_WAIT && !step[-1].refuted)
		return time_wait_end_words(report, side);
	if (step->certainty == CERTAINTY_TIMER)
		return "timeout";
	return step->certainty == CERTAINTY_INFERRED_GAP ? "not captured" : "";
}

static void draw_lone_step(struct figure *figure, unsigned side, unsigned index)
{
	const struct report_endpoint *end = &figure->report->endpoint[side];
	struct ladder_line line = ladder_line_empty();

	figure->drawn[side][index] = true;
	show_pause(figure, end->path[index].ts_ns);
	write_delta(figure, end->path[index].ts_ns, &line.delta);
	line.mark[side] = mark_of(&end->path[index]);
	follow_bar(figure, side, &line.mark[side]);
	ladder_paint_words(&figure->paint, &line, TEXT_FAINT,
			   step_words(figure->report, side, index));
}

/* The earliest step that no row shows, up to a time; false if there is none. */
static bool find_lone_step(const struct figure *figure, int64_t until_ns, unsigned *found_side,
			   unsigned *found_index)
{
	const struct report_step *earliest = NULL;

	for (unsigned side = 0; side < 2; side++) {
		const struct report_endpoint *end = &figure->report->endpoint[side];

		for (unsigned i = 0; i < end->path_count; i++) {
			const struct report_step *step = &end->path[i];

			if (figure->drawn[side][i] || step->ts_ns > until_ns ||
			    (step->number != 0 &&
			     ladder_rows_find(figure->rows, step->number) != NULL) ||
			    (earliest != NULL && step->ts_ns >= earliest->ts_ns))
				continue;
			earliest = step;
			*found_side = side;
			*found_index = i;
		}
	}
	return earliest != NULL;
}

static void draw_lone_steps(struct figure *figure, int64_t until_ns)
{
	unsigned side, index;

	while (find_lone_step(figure, until_ns, &side, &index))
		draw_lone_step(figure, side, index);
}

/* The receiver's step that this frame brought about was taken back: the frame did not arrive. */
static bool did_not_arrive(const struct flow_report *report, const struct ladder_row *row)
{
	const struct report_endpoint *receiver = &report->endpoint[1 - row->from];

	for (unsigned i = 0; i < receiver->path_count; i++)
		if (receiver->path[i].refuted && receiver->path[i].number == row->number)
			return true;
	return false;
}

static enum text_style style_of(const struct ladder_row *row)
{
	if ((row->flags & TCP_RST) != 0)
		return TEXT_ERROR;
	if ((row->flags & TCP_FIN) != 0)
		return TEXT_NOTICE;
	return (row->flags & TCP_SYN) != 0 ? TEXT_GOOD : TEXT_PLAIN;
}

static void put_note(struct figure *figure, enum text_style style, const char *words)
{
	const struct ladder_line line = ladder_line_empty();

	if (words[0] != '\0')
		ladder_paint_words(&figure->paint, &line, style, words);
}

/* An earlier row that this one repeats. */
static const struct ladder_row *find_original(const struct figure *figure,
					      const struct ladder_row *row)
{
	const unsigned marked = TCP_SYN | TCP_FIN | TCP_ACK;

	if ((row->flags & (TCP_SYN | TCP_FIN)) == 0 && row->payload_bytes == 0)
		return NULL;
	for (const struct ladder_row *before = figure->rows->row; before < row; before++)
		if (before->from == row->from && before->seq == row->seq &&
		    before->payload_bytes == row->payload_bytes &&
		    ((before->flags ^ row->flags) & marked) == 0 && !ladder_row_is_folded(before))
			return before;
	return NULL;
}

static void note_repetition(struct figure *figure, const struct ladder_row *row)
{
	const struct ladder_row *original = find_original(figure, row);
	struct phrase words, count;

	if (original != NULL) {
		bool copy = row->ts_ns - original->ts_ns <= copy_ns && row->ip_id != 0 &&
			    row->ip_id == original->ip_id;

		snprintf(words.text, sizeof(words.text), "%s #%" PRIu64,
			 copy ? "the same frame as" : "repeats", original->number);
		put_note(figure, TEXT_FAINT, words.text);
	}
	if (row->repeats > 0) {
		phrase_set(&words, "and ");
		phrase_append(&words, phrase_count(&count, row->repeats, "more like it"));
		words.text[strlen(words.text) - (row->repeats == 1 ? 0 : 1)] = '\0';
		put_note(figure, TEXT_FAINT, words.text);
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
	if (entry == NULL || anomaly->severity < SEVERITY_NOTICE || anomaly->frame[0] != number)
		return words->text;
	phrase_set(words, severity_word(anomaly->severity));
	phrase_append(words, ": ");
	phrase_append(words, entry->id);
	phrase_append(words, anomaly->doubt == DOUBT_NONE ? "" : "?");
	return words->text;
}

static void note_anomalies(struct figure *figure, const struct ladder_row *row)
{
	const struct flow_report *report = figure->report;

	for (unsigned i = 0; i < report->anomaly_count; i++) {
		const struct report_anomaly *anomaly = &report->anomaly[i];
		struct phrase words;

		if (concerns(anomaly, row->number))
			put_note(figure, text_severity_style(anomaly->severity),
				 anomaly_words(&words, anomaly, row->number));
	}
}

static void note_reset(struct figure *figure, const struct ladder_row *row)
{
	const struct report_reset *reset = &figure->report->reset;
	struct phrase words;

	if (!reset->present || reset->number != row->number)
		return;
	if (reset->trigger_number != 0) {
		snprintf(words.text, sizeof(words.text), "in answer to #%" PRIu64,
			 reset->trigger_number);
		put_note(figure, TEXT_FAINT, words.text);
	}
	if (reset->by == WHO_THIRD_PARTY)
		put_note(figure, TEXT_WARNING, "sent by a third party");
	if (reset->accepted != RESET_ACCEPTED_NO)
		return;
	put_note(figure, TEXT_WARNING,
		 reset->class == RESET_CLASS_OUTSIDE ? "not accepted: outside the window"
						     : "not accepted");
}

static void note_waves(struct figure *figure, const struct ladder_row *row)
{
	const struct flow_report *report = figure->report;

	for (unsigned i = 0; i < report->wave_count; i++) {
		const struct report_wave *wave = &report->wave[i];
		struct phrase words;

		if (!wave->has_segment || wave->number != row->number)
			continue;
		figure->wave_drawn[i] = true;
		put_note(figure, TEXT_WARNING, ladder_expected(&words, figure->numbers, wave));
		if (wave->role == WAVE_ROLE_FIN && i > 0 && report->closer == WHO_BOTH)
			put_note(figure, TEXT_FAINT, "the FINs cross");
	}
}

static void draw_segment(struct figure *figure, const struct ladder_row *row)
{
	unsigned from = row->from, to = 1 - from;
	struct ladder_line line = ladder_line_empty();
	struct step_list sends, receives;
	struct phrase label;
	struct ladder_arrow arrow = {
		.from = from,
		.stroke = did_not_arrive(figure->report, row) ? LADDER_LOST : LADDER_SOLID,
		.style = style_of(row),
		.label = ladder_label(&label, figure->numbers, row),
	};

	take_steps(figure, from, row->number, &sends);
	take_steps(figure, to, row->number, &receives);
	show_pause(figure, row->ts_ns);
	draw_steps(figure, from, &sends, 0, sends.count > 0 ? sends.count - 1 : 0);
	if (sends.count > 0)
		line.mark[from] = sends.mark[sends.count - 1];
	if (receives.count > 0)
		line.mark[to] = receives.mark[0];
	follow_bar(figure, from, &line.mark[from]);
	follow_bar(figure, to, &line.mark[to]);
	write_number(&line.number, row, figure->paint.number_columns);
	write_delta(figure, row->ts_ns, &line.delta);
	ladder_paint_arrow(&figure->paint, &line, &arrow);
	draw_steps(figure, to, &receives, 1, receives.count);
	figure->last_ns = row->last_ns;
}

enum fold_words { FOLD_WITH_COUNTS, FOLD_SHORT };

/* "◀ 80,213 octets in 15", "3,400 octets in 12 ▶"; shorter without the counts of segments. */
static void describe_direction(const struct ladder_row *row, unsigned from, enum fold_words length,
			       struct phrase *words)
{
	uint64_t payload_bytes = row->payload_sum[from];
	struct phrase number;

	if (payload_bytes > 0)
		phrase_append(words, phrase_count(&number, payload_bytes, "octet"));
	if (payload_bytes > 0 && length == FOLD_SHORT)
		return;
	phrase_append(words, payload_bytes > 0 ? " in " : "");
	phrase_append(words, phrase_number(&number, row->segments[from]));
	if (payload_bytes == 0)
		phrase_append(words, length == FOLD_SHORT ? " empty" : " without data");
}

static void describe_fold(const struct figure *figure, const struct ladder_row *row,
			  enum fold_words length, struct phrase *words)
{
	bool ascii = figure->paint.out->charset == TEXT_ASCII;

	phrase_set(words, "");
	if (row->segments[REPORT_SERVER] > 0) {
		phrase_append(words, ascii ? "< " : "◀ ");
		describe_direction(row, REPORT_SERVER, length, words);
	}
	if (row->segments[REPORT_SERVER] > 0 && row->segments[REPORT_CLIENT] > 0)
		phrase_append(words, "  ");
	if (row->segments[REPORT_CLIENT] > 0) {
		describe_direction(row, REPORT_CLIENT, length, words);
		phrase_append(words, ascii ? " >" : " ▶");
	}
}

static void draw_fold(struct figure *figure, const struct ladder_row *row)
{
	struct ladder_line line = ladder_line_empty();
	struct phrase words;

	describe_fold(figure, row, FOLD_WITH_COUNTS, &words);
	if (!ladder_paint_fits_fold(&figure->paint, words.text))
		describe_fold(figure, row, FOLD_SHORT, &words);
	show_pause(figure, row->ts_ns);
	write_number(&line.number, row, figure->paint.number_columns);
	write_delta(figure, row->ts_ns, &line.delta);
	ladder_paint_fold(&figure->paint, &line, words.text);
	figure->last_ns = row->last_ns;
}

/* Waves that are implied though not captured, as far as they come before wave `until`. */
static void draw_gaps(struct figure *figure, unsigned until)
{
	const struct flow_report *report = figure->report;

	for (unsigned i = 0; i < until && i < report->wave_count; i++) {
		const struct report_wave *wave = &report->wave[i];
		const struct ladder_line line = ladder_line_empty();
		struct ladder_arrow arrow = {.stroke = LADDER_DASHED, .style = TEXT_FAINT};
		struct phrase label;

		if (figure->wave_drawn[i] || wave->side > WHO_SERVER ||
		    wave->status != WAVE_STATUS_GAP)
			continue;
		figure->wave_drawn[i] = true;
		arrow.from = wave->side == WHO_CLIENT ? REPORT_CLIENT : REPORT_SERVER;
		ladder_unseen_label(&label, figure->numbers, report, i);
		arrow.label = label.text;
		ladder_paint_arrow(&figure->paint, &line, &arrow);
	}
}

/* The first wave that this row is; the number of waves if it is none. */
static unsigned wave_of(const struct flow_report *report, const struct ladder_row *row)
{
	unsigned wave = 0;

	while (wave < report->wave_count &&
	       !(report->wave[wave].has_segment && report->wave[wave].number == row->number))
		wave++;
	return wave;
}

static void draw_row(struct figure *figure, const struct ladder_row *row)
{
	unsigned wave = wave_of(figure->report, row);

	draw_lone_steps(figure, row->ts_ns);
	if (wave < figure->report->wave_count)
		draw_gaps(figure, wave);
	if (ladder_row_is_folded(row)) {
		draw_fold(figure, row);
		return;
	}
	draw_segment(figure, row);
	note_waves(figure, row);
	note_reset(figure, row);
	note_repetition(figure, row);
	note_anomalies(figure, row);
}

/* What of the close never came, or had not come yet. After a reset nothing more is due. */
static void draw_unseen(struct figure *figure)
{
	const struct flow_report *report = figure->report;
	bool was_reset = report->reset.present && report->reset.accepted != RESET_ACCEPTED_NO;

	for (unsigned i = 0; i < report->wave_count && !was_reset; i++) {
		enum wave_status status = report->wave[i].status;
		bool missing = status == WAVE_STATUS_MISSING;
		struct phrase words, label;

		if (!missing && status != WAVE_STATUS_PENDING)
			continue;
		if (i == 3 && report->wave[2].status == status)
			continue; /* nothing to acknowledge */
		phrase_set(&words, missing ? "never seen: " : "not yet seen: ");
		phrase_append(&words, ladder_unseen_label(&label, figure->numbers, report, i));
		put_note(figure, missing ? TEXT_WARNING : TEXT_FAINT, words.text);
	}
}

static void draw_end(struct figure *figure)
{
	const struct flow_report *report = figure->report;

	draw_gaps(figure, report->wave_count);
	draw_lone_steps(figure, INT64_MAX);
	draw_unseen(figure);
	if (report->reason == REASON_CAPTURE_END || figure->paint.bar[REPORT_CLIENT] ||
	    figure->paint.bar[REPORT_SERVER]) {
		ladder_paint_pause(&figure->paint);
		put_note(figure, TEXT_FAINT, "the capture ends");
	}
}

static void draw_heads(struct figure *figure)
{
	const struct flow_report *report = figure->report;
	struct phrase left, right;

	ladder_paint_heads(&figure->paint, phrase_who(WHO_CLIENT, report->orientation),
			   phrase_who(WHO_SERVER, report->orientation));
	ladder_paint_heads(&figure->paint, phrase_end(&left, &report->envelope, REPORT_CLIENT),
			   phrase_end(&right, &report->envelope, REPORT_SERVER));
}

/* Where each side stood before the handshake, as its first step tells (RFC 9293, Figure 5). */
static void draw_first_states(struct figure *figure)
{
	const struct flow_report *report = figure->report;
	struct ladder_line line = ladder_line_empty();

	for (unsigned side = 0; side < 2; side++) {
		const struct report_endpoint *end = &report->endpoint[side];

		if (end->path_count == 0)
			continue;
		line.mark[side].certainty = CERTAINTY_CONFIRMED;
		if (end->path[0].state == STATE_SYN_SENT)
			line.mark[side].state = STATE_CLOSED;
		else if (end->path[0].state == STATE_SYN_RECEIVED)
			line.mark[side].state = STATE_LISTEN;
	}
	if (line.mark[REPORT_CLIENT].state != STATE_NULL ||
	    line.mark[REPORT_SERVER].state != STATE_NULL)
		ladder_paint_words(&figure->paint, &line, TEXT_PLAIN, "");
}

void ladder_figure(struct text_out *out, const struct flow_report *report,
		   const struct ladder_rows *rows, const struct ladder_numbers *numbers,
		   struct ladder_used *used)
{
	struct figure figure = {.report = report, .rows = rows, .numbers = numbers};
	struct ladder_widths widths = {NUMBER_COLUMNS_MIN, DELTA_COLUMNS_MIN, MARK_COLUMNS_MIN};

	widen_for_rows(&widths, rows, out->columns);
	widen_for_states(&widths, report, out->charset);
	ladder_paint_begin(&figure.paint, out, &widths);
	draw_heads(&figure);
	draw_first_states(&figure);
	for (unsigned i = 0; i < rows->count; i++)
		draw_row(&figure, &rows->row[i]);
	draw_end(&figure);
	*used = figure.paint.used;
}
