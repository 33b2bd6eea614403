#include "sink/ladder_figure.h"

#include "sink/ladder_remarks.h"
#include "sink/ladder_steps.h"

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

static void draw_segment(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	unsigned from = row->from, to = 1 - from;
	struct ladder_line line = ladder_line_empty();
	struct ladder_step_list sends, receives;
	struct phrase label;
	struct ladder_arrow arrow = {
		.from = from,
		.stroke = did_not_arrive(drawing->report, row) ? LADDER_LOST : LADDER_SOLID,
		.style = style_of(row),
		.label = ladder_label(&label, drawing->numbers, row),
	};

	ladder_steps_take(drawing, from, row->number, &sends);
	ladder_steps_take(drawing, to, row->number, &receives);
	ladder_drawing_pause(drawing, row->ts_ns);
	ladder_steps_draw(drawing, from, &sends, 0, sends.count > 0 ? sends.count - 1 : 0);
	if (sends.count > 0)
		line.mark[from] = sends.mark[sends.count - 1];
	if (receives.count > 0)
		line.mark[to] = receives.mark[0];
	ladder_steps_follow(drawing, from, &line.mark[from]);
	ladder_steps_follow(drawing, to, &line.mark[to]);
	ladder_row_number(&line.number, row, drawing->pen->number_columns);
	ladder_drawing_delta(drawing, row->ts_ns, &line.delta);
	ladder_pen_arrow(drawing->pen, &line, &arrow);
	ladder_steps_draw(drawing, to, &receives, 1, receives.count);
	drawing->last_ns = row->last_ns;
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

static void describe_fold(const struct ladder_drawing *drawing, const struct ladder_row *row,
			  enum fold_words length, struct phrase *words)
{
	bool ascii = drawing->pen->charset == TEXT_ASCII;

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

static void draw_fold(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	struct ladder_line line = ladder_line_empty();
	struct phrase words;

	describe_fold(drawing, row, FOLD_WITH_COUNTS, &words);
	if (!ladder_pen_fits_fold(drawing->pen, words.text))
		describe_fold(drawing, row, FOLD_SHORT, &words);
	ladder_drawing_pause(drawing, row->ts_ns);
	ladder_row_number(&line.number, row, drawing->pen->number_columns);
	ladder_drawing_delta(drawing, row->ts_ns, &line.delta);
	ladder_pen_fold(drawing->pen, &line, words.text);
	drawing->last_ns = row->last_ns;
}

/* Waves that are implied though not captured, as far as they come before wave `until`. */
static void draw_gaps(struct ladder_drawing *drawing, unsigned until)
{
	const struct flow_report *report = drawing->report;

	for (unsigned i = 0; i < until && i < report->wave_count; i++) {
		const struct report_wave *wave = &report->wave[i];
		const struct ladder_line line = ladder_line_empty();
		struct ladder_arrow arrow = {.stroke = LADDER_DASHED, .style = TEXT_FAINT};
		struct phrase label;

		if (drawing->wave_drawn[i] || wave->side > WHO_SERVER ||
		    wave->status != WAVE_STATUS_GAP)
			continue;
		drawing->wave_drawn[i] = true;
		arrow.from = wave->side == WHO_CLIENT ? REPORT_CLIENT : REPORT_SERVER;
		ladder_unseen_label(&label, drawing->numbers, report, i);
		arrow.label = label.text;
		ladder_pen_arrow(drawing->pen, &line, &arrow);
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

static void draw_row(struct ladder_drawing *drawing, const struct ladder_row *row)
{
	unsigned wave = wave_of(drawing->report, row);

	ladder_steps_alone(drawing, row->ts_ns);
	if (wave < drawing->report->wave_count)
		draw_gaps(drawing, wave);
	if (ladder_row_is_folded(row)) {
		draw_fold(drawing, row);
		return;
	}
	draw_segment(drawing, row);
	ladder_remarks(drawing, row);
}

/* What of the close never came, or had not come yet. After a reset nothing more is due. */
static void draw_unseen(struct ladder_drawing *drawing)
{
	const struct flow_report *report = drawing->report;
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
		phrase_append(&words, ladder_unseen_label(&label, drawing->numbers, report, i));
		ladder_drawing_note(drawing, missing ? TEXT_WARNING : TEXT_FAINT, words.text);
	}
}

static void draw_end(struct ladder_drawing *drawing)
{
	const struct flow_report *report = drawing->report;

	draw_gaps(drawing, report->wave_count);
	ladder_steps_alone(drawing, INT64_MAX);
	draw_unseen(drawing);
	if (report->reason == REASON_CAPTURE_END || drawing->pen->bar[REPORT_CLIENT] ||
	    drawing->pen->bar[REPORT_SERVER]) {
		ladder_pen_pause(drawing->pen);
		ladder_drawing_note(drawing, TEXT_FAINT, "the capture ends");
	}
}

static void draw_heads(struct ladder_drawing *drawing)
{
	const struct flow_report *report = drawing->report;
	struct phrase left, right;

	ladder_pen_heads(drawing->pen, phrase_who(WHO_CLIENT, report->orientation),
			 phrase_who(WHO_SERVER, report->orientation));
	ladder_pen_heads(drawing->pen, phrase_end(&left, &report->envelope, REPORT_CLIENT),
			 phrase_end(&right, &report->envelope, REPORT_SERVER));
}

/* Where each side stood before the handshake, as its first step tells (RFC 9293, Figure 5). */
static void draw_first_states(struct ladder_drawing *drawing)
{
	const struct flow_report *report = drawing->report;
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
		ladder_pen_words(drawing->pen, &line, TEXT_PLAIN, "");
}

void ladder_figure(struct ladder_pen *pen, const struct flow_report *report,
		   const struct ladder_rows *rows, const struct ladder_numbers *numbers)
{
	struct ladder_drawing drawing = {
		.pen = pen, .report = report, .rows = rows, .numbers = numbers};

	draw_heads(&drawing);
	draw_first_states(&drawing);
	for (unsigned i = 0; i < rows->count; i++)
		draw_row(&drawing, &rows->row[i]);
	draw_end(&drawing);
}
