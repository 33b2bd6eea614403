#include "sink/ladder_steps.h"

void ladder_steps_follow(struct ladder_drawing *drawing, unsigned side,
			 const struct ladder_mark *mark)
{
	if (mark->state >= STATE_COUNT || mark->refuted)
		return;
	drawing->pen->bar[side] = mark->state == STATE_TIME_WAIT;
	drawing->pen->used.bar = drawing->pen->used.bar || drawing->pen->bar[side];
}

void ladder_steps_take(struct ladder_drawing *drawing, unsigned side, uint64_t number,
		       struct ladder_step_list *list)
{
	const struct report_endpoint *end = &drawing->report->endpoint[side];

	list->count = 0;
	for (unsigned i = 0; i < end->path_count; i++) {
		if (end->path[i].number != number || drawing->drawn[side][i])
			continue;
		drawing->drawn[side][i] = true;
		list->mark[list->count++] = ladder_mark_of(&end->path[i]);
	}
}

void ladder_steps_draw(struct ladder_drawing *drawing, unsigned side,
		       const struct ladder_step_list *list, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct ladder_line line = ladder_line_empty();

		line.mark[side] = list->mark[i];
		ladder_steps_follow(drawing, side, &list->mark[i]);
		ladder_pen_words(drawing->pen, &line, TEXT_PLAIN, "");
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

static void draw_lone_step(struct ladder_drawing *drawing, unsigned side, unsigned index)
{
	const struct report_endpoint *end = &drawing->report->endpoint[side];
	struct ladder_line line = ladder_line_empty();

	drawing->drawn[side][index] = true;
	ladder_drawing_pause(drawing, end->path[index].ts_ns);
	ladder_drawing_delta(drawing, end->path[index].ts_ns, &line.delta);
	line.mark[side] = ladder_mark_of(&end->path[index]);
	ladder_steps_follow(drawing, side, &line.mark[side]);
	ladder_pen_words(drawing->pen, &line, TEXT_FAINT, step_words(drawing->report, side, index));
}

/* The earliest step that no row shows, up to a time; false if there is none. */
static bool find_lone_step(const struct ladder_drawing *drawing, int64_t until_ns,
			   unsigned *found_side, unsigned *found_index)
{
	const struct report_step *earliest = NULL;

	for (unsigned side = 0; side < 2; side++) {
		const struct report_endpoint *end = &drawing->report->endpoint[side];

		for (unsigned i = 0; i < end->path_count; i++) {
			const struct report_step *step = &end->path[i];

			if (drawing->drawn[side][i] || step->ts_ns > until_ns ||
			    (step->number != 0 &&
			     ladder_rows_find(drawing->rows, step->number) != NULL) ||
			    (earliest != NULL && step->ts_ns >= earliest->ts_ns))
				continue;
			earliest = step;
			*found_side = side;
			*found_index = i;
		}
	}
	return earliest != NULL;
}

void ladder_steps_alone(struct ladder_drawing *drawing, int64_t until_ns)
{
	unsigned side, index;

	while (find_lone_step(drawing, until_ns, &side, &index))
		draw_lone_step(drawing, side, index);
}
