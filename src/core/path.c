#include "core/path.h"

#include <assert.h>

#include "core/envelope.h"

/* The step of that index of the chain that begins at `block`. */
static struct step *step_in_chain(const struct analyzer *analyzer, uint32_t block, unsigned index)
{
	for (; index >= STEPS_PER_BLOCK; index -= STEPS_PER_BLOCK)
		block = ((struct step_block *)pool_at(&analyzer->steps, block))->next;
	return &((struct step_block *)pool_at(&analyzer->steps, block))->step[index];
}

/* The step of that index, which must be there: the first are in the flow itself. */
static struct step *step_at(const struct analyzer *analyzer, struct flow *flow, unsigned index)
{
	return index < FLOW_STEPS ? &flow->step[index]
				  : step_in_chain(analyzer, flow->more_steps, index - FLOW_STEPS);
}

static struct step *last_standing(const struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	for (unsigned i = flow->step_count; i-- > 0;) {
		struct step *step = step_at(analyzer, flow, i);

		if (step->side == side && !step->refuted)
			return step;
	}
	return NULL;
}

/* NULL where there is no memory for one more. */
static struct step *new_step(struct analyzer *analyzer, struct flow *flow)
{
	unsigned index = flow->step_count;
	uint32_t *link = &flow->more_steps;

	if (index >= FLOW_STEPS && (index - FLOW_STEPS) % STEPS_PER_BLOCK == 0) {
		while (*link != POOL_NONE)
			link = &((struct step_block *)pool_at(&analyzer->steps, *link))->next;
		*link = core_take_item(analyzer, &analyzer->steps);
		if (*link == POOL_NONE)
			return NULL;
	}
	flow->step_count++;
	return step_at(analyzer, flow, index);
}

static void set_moment(struct step *step, struct moment moment)
{
	step->ts_ns = moment.ts_ns;
	step->number = moment.number & STEP_NUMBER_MAX;
}

static void append(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		   enum certainty certainty, struct moment moment)
{
	struct endpoint *end = &flow->end[side];
	struct step *step = NULL;

	if (end->path_count < REPORT_PATH_MAX)
		step = new_step(analyzer, flow);
	if (step == NULL) {
		flow->path_truncated = true;
		return;
	}
	end->path_count++;
	step->side = side & 1;
	step->state = (unsigned)state & 0x3f;
	step->certainty = (unsigned)certainty & 0xf;
	set_moment(step, moment);
}

void path_tell(struct analyzer *analyzer, const struct flow *flow, unsigned side, enum state from,
	       enum certainty certainty, struct moment moment, const char *cause)
{
	struct transition_report report;

	if (analyzer->sink.transition == NULL)
		return;
	report = (struct transition_report){
		.side = envelope_who(flow, side),
		.from = from,
		.to = flow->end[side].state,
		.certainty = certainty,
		.cause = cause,
	};
	envelope_fill(flow, moment.ts_ns, moment.number, &report.envelope);
	analyzer->sink.transition(analyzer->sink.context, &report);
}

void path_place(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		enum certainty certainty, struct moment moment, const char *cause)
{
	struct endpoint *end = &flow->end[side];
	enum state from = end->state;

	end->state = (uint8_t)state;
	if (certainty == CERTAINTY_OBSERVED || certainty == CERTAINTY_CONFIRMED)
		end->proven = (uint8_t)state;
	append(analyzer, flow, side, state, certainty, moment);
	if (from != state)
		path_tell(analyzer, flow, side, from, certainty, moment, cause);
}

bool path_move(struct analyzer *analyzer, struct flow *flow, unsigned side, enum fsm_event event,
	       enum certainty certainty, struct moment moment)
{
	const struct fsm_row *row = fsm_row(flow->end[side].state, event);

	if (row == NULL)
		return false;
	path_place(analyzer, flow, side, row->to, certainty, moment, row->cause);
	return true;
}

void path_confirm(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct step *last = last_standing(analyzer, flow, side);
	struct endpoint *end = &flow->end[side];

	end->presumed = false;
	end->has_confirm_end = false;
	if (last == NULL || last->certainty != CERTAINTY_ASSUMED)
		return;
	last->certainty = CERTAINTY_CONFIRMED;
	end->proven = last->state;
}

void path_refute(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	const struct moment latest = {.ts_ns = flow->last_ns, .number = flow->last_number};
	struct step *last = last_standing(analyzer, flow, side);
	struct endpoint *end = &flow->end[side];
	enum state from = end->state;

	end->presumed = false;
	end->has_confirm_end = false;
	if (last == NULL || end->path_count == REPORT_PATH_MAX)
		return; /* the step in question may be one that no longer had room */
	last->refuted = true;
	last = last_standing(analyzer, flow, side);
	end->state = last == NULL ? STATE_CLOSED : last->state;
	if (from != end->state)
		path_tell(analyzer, flow, side, from,
			  last == NULL ? CERTAINTY_ASSUMED : (enum certainty)last->certainty,
			  latest, "taken back");
}

void path_restamp(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		  struct moment moment)
{
	struct step *last = last_standing(analyzer, flow, side);

	if (last != NULL && last->state == state)
		set_moment(last, moment);
}

void path_observe(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		  struct moment moment)
{
	for (unsigned i = 0; i < flow->step_count; i++) {
		struct step *step = step_at(analyzer, flow, i);

		if (step->side != side || step->refuted || step->state != state ||
		    step->certainty != CERTAINTY_INFERRED_GAP)
			continue;
		step->certainty = CERTAINTY_OBSERVED;
		set_moment(step, moment);
		return;
	}
}

void path_report(const struct analyzer *analyzer, const struct flow *flow,
		 struct report_endpoint endpoint[2])
{
	endpoint[0].path_count = endpoint[1].path_count = 0;
	for (unsigned i = 0; i < flow->step_count; i++) {
		const struct step *step =
			i < FLOW_STEPS ? &flow->step[i]
				       : step_in_chain(analyzer, flow->more_steps, i - FLOW_STEPS);
		struct report_endpoint *report = &endpoint[step->side ^ flow->client];

		assert(report->path_count < REPORT_PATH_MAX);
		report->path[report->path_count++] = (struct report_step){
			.ts_ns = step->ts_ns,
			.number = step->number,
			.state = step->state,
			.certainty = step->certainty,
			.refuted = step->refuted,
		};
	}
}

void path_release(struct analyzer *analyzer, struct flow *flow)
{
	while (flow->more_steps != POOL_NONE) {
		const struct step_block *block = pool_at(&analyzer->steps, flow->more_steps);
		uint32_t next = block->next;

		pool_give(&analyzer->steps, flow->more_steps);
		flow->more_steps = next;
	}
}
