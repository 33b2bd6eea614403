#include "core/path.h"

#include <assert.h>

#include "core/envelope.h"

struct place {
	struct step_block *block;
	uint32_t index;
};

/* The steps are chained forward; paths are short, so a search from the front is short too. */
static struct place last_standing(const struct analyzer *analyzer, const struct flow *flow,
				  unsigned side)
{
	struct place found = {NULL, 0};

	for (uint32_t at = flow->steps; at != POOL_NONE;) {
		struct step_block *block = pool_at(&analyzer->steps, at);

		for (uint32_t i = 0; i < block->count; i++) {
			if (block->step[i].side == side && !block->step[i].refuted)
				found = (struct place){block, i};
		}
		at = block->next;
	}
	return found;
}

static struct step_block *room_for_step(struct analyzer *analyzer, struct flow *flow)
{
	struct step_block *block;
	uint32_t fresh;

	if (flow->last_steps != POOL_NONE) {
		block = pool_at(&analyzer->steps, flow->last_steps);
		if (block->count < FLOW_STEPS_PER_BLOCK)
			return block;
	}
	fresh = core_take_item(analyzer, &analyzer->steps);
	if (fresh == POOL_NONE)
		return NULL;
	if (flow->last_steps == POOL_NONE)
		flow->steps = fresh;
	else
		((struct step_block *)pool_at(&analyzer->steps, flow->last_steps))->next = fresh;
	flow->last_steps = fresh;
	return pool_at(&analyzer->steps, fresh);
}

static void append(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		   enum certainty certainty, struct moment moment)
{
	struct endpoint *end = &flow->end[side];
	struct step_block *block = NULL;

	if (end->path_count < REPORT_PATH_MAX)
		block = room_for_step(analyzer, flow);
	if (block == NULL) {
		flow->path_truncated = true;
		return;
	}
	end->path_count++;
	block->step[block->count].ts_ns = moment.ts_ns;
	block->step[block->count].number = moment.number;
	block->step[block->count].side = (uint8_t)side;
	block->step[block->count].state = (uint8_t)state;
	block->step[block->count].certainty = (uint8_t)certainty;
	block->count++;
}

static void tell(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state from,
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
	tell(analyzer, flow, side, from, certainty, moment, cause);
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
	struct place last = last_standing(analyzer, flow, side);
	struct endpoint *end = &flow->end[side];

	end->presumed = false;
	end->has_confirm_end = false;
	if (last.block == NULL || last.block->step[last.index].certainty != CERTAINTY_ASSUMED)
		return;
	last.block->step[last.index].certainty = CERTAINTY_CONFIRMED;
	end->proven = last.block->step[last.index].state;
}

void path_refute(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct place last = last_standing(analyzer, flow, side);
	struct endpoint *end = &flow->end[side];

	end->presumed = false;
	end->has_confirm_end = false;
	if (last.block == NULL || end->path_count == REPORT_PATH_MAX)
		return; /* the step in question may be one that no longer had room */
	last.block->step[last.index].refuted = true;
	last = last_standing(analyzer, flow, side);
	end->state = last.block == NULL ? STATE_CLOSED : last.block->step[last.index].state;
}

void path_restamp(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		  struct moment moment)
{
	struct place last = last_standing(analyzer, flow, side);

	if (last.block == NULL || last.block->step[last.index].state != state)
		return;
	last.block->step[last.index].ts_ns = moment.ts_ns;
	last.block->step[last.index].number = moment.number;
}

void path_observe(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		  struct moment moment)
{
	for (uint32_t at = flow->steps; at != POOL_NONE;) {
		struct step_block *block = pool_at(&analyzer->steps, at);

		for (uint32_t i = 0; i < block->count; i++) {
			if (block->step[i].side != side || block->step[i].refuted ||
			    block->step[i].state != state ||
			    block->step[i].certainty != CERTAINTY_INFERRED_GAP)
				continue;
			block->step[i].certainty = CERTAINTY_OBSERVED;
			block->step[i].ts_ns = moment.ts_ns;
			block->step[i].number = moment.number;
			return;
		}
		at = block->next;
	}
}

void path_report(const struct analyzer *analyzer, const struct flow *flow, unsigned side,
		 struct report_endpoint *report)
{
	report->path_count = 0;
	for (uint32_t at = flow->steps; at != POOL_NONE;) {
		const struct step_block *block = pool_at(&analyzer->steps, at);

		for (uint32_t i = 0; i < block->count; i++) {
			if (block->step[i].side != side)
				continue;
			assert(report->path_count < REPORT_PATH_MAX);
			report->path[report->path_count++] = (struct report_step){
				.ts_ns = block->step[i].ts_ns,
				.number = block->step[i].number,
				.state = block->step[i].state,
				.certainty = block->step[i].certainty,
				.refuted = block->step[i].refuted,
			};
		}
		at = block->next;
	}
}

void path_release(struct analyzer *analyzer, struct flow *flow)
{
	for (uint32_t at = flow->steps; at != POOL_NONE;) {
		uint32_t next = ((struct step_block *)pool_at(&analyzer->steps, at))->next;

		pool_give(&analyzer->steps, at);
		at = next;
	}
	flow->steps = flow->last_steps = POOL_NONE;
}
