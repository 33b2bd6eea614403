#include "core/infer.h"

#include "core/close.h"
#include "core/time_wait.h"

bool infer_is_possible(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];
	bool later = trace_is_later(&end->last, &end->unseen.by);

	return end->unseen.by.number != 0 && end->unseen.until - end->unseen.from == 1 &&
	       !end->has_fin &&
	       (!end->sent || !later ||
		(end->last.payload_bytes == 0 && end->last.seq == end->unseen.until));
}

void infer_fin(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct endpoint *end = &flow->end[side];
	struct endpoint *peer = &flow->end[other(side)];
	struct fin_evidence *fin = &flow->close[side];
	struct trace by = end->unseen.by;
	/* The peer closed before, and never repeated its FIN: what was missed acknowledged it. */
	bool acked_unseen = peer->has_fin && !peer->fin_acked &&
			    flow->close[other(side)].fin_repeats == 0 &&
			    flow->close[other(side)].ack.number == 0;

	end->has_fin = end->fin_inferred = end->fin_in_order = end->fin_acked = true;
	end->fin_seq = end->unseen.from;
	end->max = end->una = end->contiguous = end->unseen.until;
	end->passive = end->got_fin || acked_unseen;
	end->unseen = (struct unseen){0};
	fin->ack = by;
	fin->ack_expected_seq = by.seq;
	fin->fin_why = fin->ack_why = WAVE_WHY_NULL;
	flow->loss_at_close = true;
	if (acked_unseen) {
		path_move(analyzer, flow, side, FSM_RECV_FIN, CERTAINTY_INFERRED_GAP,
			  moment_of(&by));
		end->got_fin = true;
	}
	path_move(analyzer, flow, side, FSM_SEND_FIN, CERTAINTY_INFERRED_GAP, moment_of(&by));
	if (acked_unseen) {
		peer->fin_acked = true;
		flow->close[other(side)].ack_gap = true;
		close_presume_ack(analyzer, flow, other(side), moment_of(&by));
	}
	peer->got_fin = true;
	peer->covering_seq = by.seq;
	if (!peer->has_fin)
		peer->passive = true;
	path_move(analyzer, flow, other(side), FSM_RECV_FIN,
		  peer->has_fin ? CERTAINTY_OBSERVED : CERTAINTY_CONFIRMED, moment_of(&by));
	close_enter_time_wait(analyzer, flow, other(side), TW_VIA_FIN_WAIT_2, moment_of(&by));
	close_presume_ack(analyzer, flow, side, moment_of(&by));
}

static void refute_close(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	static const bool closing[STATE_COUNT] = {
		[STATE_FIN_WAIT_1] = true, [STATE_FIN_WAIT_2] = true, [STATE_CLOSING] = true,
		[STATE_TIME_WAIT] = true,  [STATE_CLOSE_WAIT] = true, [STATE_LAST_ACK] = true,
		[STATE_CLOSED] = true,
	};

	time_wait_void(analyzer, flow, side);
	for (int i = 0; i < REPORT_PATH_MAX && closing[flow->end[side].state]; i++)
		path_refute(analyzer, flow, side);
}

void infer_retract(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct endpoint *end = &flow->end[side];
	struct endpoint *peer = &flow->end[other(side)];
	const struct fin_evidence *fin = &flow->close[other(side)];

	refute_close(analyzer, flow, side);
	refute_close(analyzer, flow, other(side));
	end->has_fin = end->fin_inferred = end->fin_acked = false;
	flow->capture_loss = true;
	flow->close[side] =
		(struct fin_evidence){.fin_why = WAVE_WHY_NULL, .ack_why = WAVE_WHY_NULL};
	peer->got_fin = peer->passive = false;
	if (!peer->has_fin)
		return;
	path_place(analyzer, flow, other(side), STATE_FIN_WAIT_1, CERTAINTY_OBSERVED,
		   moment_of(&fin->fin), "sends FIN");
	if (peer->fin_acked)
		close_presume_ack(analyzer, flow, other(side), moment_of(&fin->ack));
}
