#include "core/handshake.h"

#include "core/endpoint.h"
#include "core/incarnation.h"
#include "core/orient.h"
#include "core/raise.h"
#include "core/seq.h"

static void note_syn_options(struct endpoint *end, const struct segment *segment)
{
	end->window_scale = segment->window_scale;
	end->mss = segment->mss;
	end->scale_unknown = (segment->marks & (SEGMENT_CUT | SEGMENT_BAD_OPTIONS)) != 0;
	end->fast_open |= (segment->marks & SEGMENT_FAST_OPEN) != 0;
}

static void begin_numbers(struct endpoint *end, const struct segment *segment)
{
	end->iss = segment->seq;
	end->has_iss = true;
	end->has_max = end->has_last_ack = end->ack_advanced = false;
	endpoint_cover(end, segment->seq, segment_end(segment));
	note_syn_options(end, segment);
}

static void repeat_syn(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct trace by = trace_of(segment);
	bool ack = segment_has(segment, TCP_ACK);

	flow->end[segment->from].retransmissions++;
	if (!ack) {
		flow->syn_ns = segment->ts_ns;
		flow->syn_repeated = true;
		if (!flow->end[other(segment->from)].has_iss)
			anomaly_note(analyzer, flow, ANOMALY_SYN_RETRANSMIT, segment->from, &by);
		return;
	}
	if (flow->established)
		anomaly_note(analyzer, flow, ANOMALY_SYNACK_LATE, segment->from, &by);
}

/* SYN both ways, neither acknowledging: both sides opened (RFC 9293, 3.5, figure 8). */
static void open_simultaneously(struct analyzer *analyzer, struct flow *flow,
				const struct segment *segment)
{
	struct trace by = trace_of(segment);

	flow->simultaneous_open = true;
	orient_as(flow, 0, ORIENTATION_HANDSHAKE);
	anomaly_note(analyzer, flow, ANOMALY_SIMULTANEOUS_OPEN, SIDE_NEITHER, &by);
}

/* The SYN comes after the SYN-ACK that it caused: the tap saw them in the wrong order. */
static void find_syn(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct trace by = trace_of(segment);

	note_syn_options(&flow->end[segment->from], segment);
	path_observe(analyzer, flow, segment->from, STATE_SYN_SENT, moment_of(&by));
	flow->syn_ns = segment->ts_ns;
	flow->reordered++;
	anomaly_note(analyzer, flow, ANOMALY_TAP_REORDERED, segment->from, &by);
}

static void take_syn(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *peer = &flow->end[other(segment->from)];
	struct trace by = trace_of(segment);
	bool first = end->last_frame.number == 0;

	if (end->has_iss && first) {
		find_syn(analyzer, flow, segment);
		return;
	}
	if (end->has_iss) {
		repeat_syn(analyzer, flow, segment);
		return;
	}
	if (peer->has_iss && peer->state == STATE_SYN_SENT && first)
		open_simultaneously(analyzer, flow, segment);
	else if (peer->has_iss && !first)
		anomaly_note(analyzer, flow, ANOMALY_SPLIT_HANDSHAKE, segment->from, &by);
	else
		orient_as(flow, segment->from, ORIENTATION_HANDSHAKE);
	begin_numbers(end, segment);
	flow->syn_ns = segment->ts_ns;
	if (end->state == STATE_LISTEN && !first)
		path_move(analyzer, flow, segment->from, FSM_RECV_SYN, CERTAINTY_OBSERVED,
			  moment_of(&by));
	else
		path_move(analyzer, flow, segment->from, FSM_SEND_SYN, CERTAINTY_OBSERVED,
			  moment_of(&by));
	if (segment->payload_bytes > 0)
		anomaly_raise_as(analyzer, flow,
				 &(struct finding){.id = ANOMALY_SYN_WITH_DATA,
						   .side = segment->from,
						   .by = by},
				 end->fast_open ? SEVERITY_INFO : SEVERITY_WARNING);
}

/* The SYN that this SYN-ACK answers is not in the capture. */
static void infer_syn(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *peer = &flow->end[other(segment->from)];
	struct trace by = trace_of(segment);

	orient_as(flow, other(segment->from), ORIENTATION_HANDSHAKE);
	peer->iss = segment->ack - 1;
	peer->has_iss = true;
	peer->scale_unknown = true;
	endpoint_cover(peer, peer->iss, segment->ack);
	path_place(analyzer, flow, other(segment->from), STATE_SYN_SENT, CERTAINTY_INFERRED_GAP,
		   moment_of(&by), "sends SYN");
}

static bool right_ack(const struct endpoint *peer, const struct segment *segment)
{
	return seq_gt(segment->ack, peer->iss) && seq_leq(segment->ack, peer->max);
}

static void wrong_ack(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];
	struct finding finding = {
		.id = ANOMALY_SYNACK_WRONG_ACK,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_ack(peer->iss + 1),
		.observed = evidence_ack(segment->ack),
	};

	anomaly_raise(analyzer, flow, &finding);
}

static void other_syn_ack(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct finding finding = {
		.id = ANOMALY_SYNACK_SEQ_CHANGED,
		.side = segment->from,
		.by = trace_of(segment),
		.expected = evidence_seq(end->iss),
		.observed = evidence_seq(segment->seq),
	};

	anomaly_raise_as(analyzer, flow, &finding,
			 flow->established ? SEVERITY_WARNING : SEVERITY_NOTICE);
	if (flow->established)
		return;
	begin_numbers(end, segment); /* the client's ACK tells which one counts */
	flow->syn_ack_ns = segment->ts_ns;
	flow->syn_ack_number = segment->number;
}

/* A simultaneous open's SYN-ACK, or the server's: either shows that the SYN arrived. */
static void answer_syn(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned side = segment->from;
	const struct endpoint *client = &flow->end[flow->client];
	struct trace by = trace_of(segment);

	flow->answered = true;
	if (client->has_iss &&
	    incarnation_same_isn(analyzer, &flow->tuple, flow->client, client->iss))
		anomaly_note(analyzer, flow, ANOMALY_REUSE_SAME_ISN, other(side), &by);
	path_move(analyzer, flow, side, FSM_RECV_SYN, CERTAINTY_OBSERVED, moment_of(&by));
	flow->syn_ack_ns = segment->ts_ns;
	flow->syn_ack_number = segment->number;
	if (!flow->syn_repeated && flow->syn_ns != 0 && segment->ts_ns > flow->syn_ns)
		flow->end[side].leg_ns = segment->ts_ns - flow->syn_ns;
	if (segment->ack != flow->end[other(side)].iss + 1)
		flow->end[other(side)].fast_open = true; /* the SYN's data was taken (RFC 7413) */
	endpoint_acknowledged(&flow->end[other(side)], segment->ack);
	flow->end[other(side)].edge = segment->ack + segment->window; /* unscaled (RFC 7323, 2.2) */
	flow->end[other(side)].announced = flow->end[other(side)].edge;
	flow->end[other(side)].has_edge = (segment->marks & SEGMENT_CUT) == 0;
	if (!flow->simultaneous_open) {
		orient_learn_listener(analyzer, &flow->tuple, side);
		return;
	}
	flow->end[other(side)].ack_waiting = true;
	for (unsigned i = 0; i < 2; i++) {
		if (flow->end[i].state == STATE_SYN_RECEIVED && flow->end[i].ack_waiting &&
		    path_move(analyzer, flow, i, FSM_RECV_ACK_OF_SYN, CERTAINTY_ASSUMED,
			      moment_of(&by))) {
			flow->end[i].ack_waiting = false;
			flow->end[i].presumed = true;
			flow->established = true;
		}
	}
}

static void take_syn_ack(struct analyzer *analyzer, struct flow *flow,
			 const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *peer = &flow->end[other(segment->from)];

	if (!peer->has_iss && !flow->established && !end->has_iss)
		infer_syn(analyzer, flow, segment);
	if (flow->established && !peer->has_iss && !end->has_iss)
		return; /* repeated, and its beginning was not captured */
	if (!peer->has_iss || !right_ack(peer, segment)) {
		wrong_ack(analyzer, flow, segment);
		return;
	}
	if (end->has_iss && end->iss != segment->seq) {
		other_syn_ack(analyzer, flow, segment);
		return;
	}
	if (end->has_iss && end->state != STATE_SYN_SENT) {
		repeat_syn(analyzer, flow, segment);
		return;
	}
	if (!end->has_iss)
		begin_numbers(end, segment);
	answer_syn(analyzer, flow, segment);
}

void handshake_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct trace by = trace_of(segment);

	if (segment_has(segment, TCP_FIN)) {
		anomaly_note(analyzer, flow, ANOMALY_SYN_FIN, segment->from, &by);
		return;
	}
	if (segment_has(segment, TCP_ACK))
		take_syn_ack(analyzer, flow, segment);
	else
		take_syn(analyzer, flow, segment);
}

/* The capture began after the handshake: both sides are taken to be established. */
static void begin_midstream(struct analyzer *analyzer, struct flow *flow,
			    const struct segment *segment)
{
	struct trace by = trace_of(segment);

	flow->origin = ORIGIN_MIDSTREAM;
	flow->answered = flow->established = true;
	path_place(analyzer, flow, flow->client, STATE_ESTABLISHED, CERTAINTY_ASSUMED,
		   moment_of(&by), "was open when the capture began");
	path_place(analyzer, flow, other(flow->client), STATE_ESTABLISHED, CERTAINTY_ASSUMED,
		   moment_of(&by), "was open when the capture began");
	anomaly_note(analyzer, flow, ANOMALY_NO_HANDSHAKE, SIDE_NEITHER, &by);
	if (segment_has(segment, TCP_FIN))
		anomaly_note(analyzer, flow, ANOMALY_FIN_NO_SESSION, segment->from, &by);
}

/* From SYN to the ACK of the SYN-ACK, as the tap sees it; longer than a minute it was no round
 * trip. */
static void note_rtt(struct flow *flow, int64_t rtt_ns)
{
	if (!flow->syn_repeated && flow->end[0].has_iss && flow->end[1].has_iss &&
	    flow->syn_ns != 0 && rtt_ns > 0 && rtt_ns < 60 * NS_PER_S)
		flow->rtt_ns = rtt_ns;
}

/* The client's first segment after the SYN-ACK shows that it has it. */
static void settle_client(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment)
{
	unsigned side = segment->from;
	struct endpoint *peer = &flow->end[other(side)];
	struct moment moment = {flow->syn_ack_ns, flow->syn_ack_number};

	if (!peer->has_iss) { /* the SYN-ACK is not in the capture */
		struct trace by = trace_of(segment);

		moment = moment_of(&by);
		path_move(analyzer, flow, other(side), FSM_RECV_SYN, CERTAINTY_INFERRED_GAP,
			  moment);
		flow->answered = true;
		flow->capture_loss |= peer->sent;
	} else if (segment->ack == peer->iss) {
		return;
	}
	if (path_move(analyzer, flow, side, FSM_RECV_SYN_ACK, CERTAINTY_CONFIRMED, moment)) {
		flow->established = true;
		if (segment->ts_ns > moment.ts_ns)
			flow->end[side].leg_ns = segment->ts_ns - moment.ts_ns;
		note_rtt(flow, segment->ts_ns - flow->syn_ns);
	}
}

static void presume_server(struct analyzer *analyzer, struct flow *flow, unsigned side,
			   const struct segment *segment)
{
	struct endpoint *end = &flow->end[side];
	struct trace by = trace_of(segment);

	if (end->has_iss && !seq_gt(segment->ack, end->iss))
		return;
	if (path_move(analyzer, flow, side, FSM_RECV_ACK_OF_SYN, CERTAINTY_ASSUMED,
		      moment_of(&by))) {
		end->presumed = true;
		end->has_confirm_end = false;
		flow->established = true;
	}
}

/* The server speaks although nobody saw the client's ACK: that one was lost to the capture. */
static void settle_server(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment)
{
	struct trace by = trace_of(segment);

	if (segment->payload_bytes == 0 || flow->end[segment->from].fast_open ||
	    flow->end[other(segment->from)].fast_open)
		return;
	path_move(analyzer, flow, other(segment->from), FSM_RECV_SYN_ACK, CERTAINTY_INFERRED_GAP,
		  moment_of(&by));
	path_move(analyzer, flow, segment->from, FSM_RECV_ACK_OF_SYN, CERTAINTY_INFERRED_GAP,
		  moment_of(&by));
	flow->established = flow->capture_loss = true;
}

void handshake_settle(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	unsigned side = segment->from;
	struct endpoint *end = &flow->end[side];

	if (!flow->end[0].has_iss && !flow->end[1].has_iss) {
		if (!flow->established && segment_has(segment, TCP_ACK))
			begin_midstream(analyzer, flow, segment);
		return;
	}
	if (!segment_has(segment, TCP_ACK))
		return;
	if (end->state == STATE_SYN_SENT && !flow->simultaneous_open)
		settle_client(analyzer, flow, segment);
	else if (end->state == STATE_SYN_RECEIVED && !end->presumed)
		settle_server(analyzer, flow, segment);
	if (flow->end[other(side)].state == STATE_SYN_RECEIVED)
		presume_server(analyzer, flow, other(side), segment);
}

/* A SYN-ACK whose numbers are both strange to an open connection: perhaps its SYN was not captured.
 */
static bool is_strange_answer(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct endpoint *peer = &flow->end[other(segment->from)];

	return flow->established && end->has_iss && end->iss != segment->seq && peer->has_max &&
	       segment_has(segment, TCP_SYN | TCP_ACK) &&
	       !(peer->has_iss && segment->ack == peer->iss + 1) &&
	       (seq_gt(segment->ack, peer->max) || seq_lt(segment->ack, peer->una));
}

bool handshake_is_new_attempt(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	bool over = flow->reset.accepted || end->has_fin || flow->end[other(segment->from)].has_fin;

	if ((segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != TCP_SYN)
		return false;
	if (segment_has(segment, TCP_ACK))
		return is_strange_answer(flow, segment);
	if (end->has_iss && end->iss == segment->seq)
		return over && flow->established;
	return end->has_iss || flow->established || over;
}

bool handshake_is_unseen_attempt(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct endpoint *peer = &flow->end[other(segment->from)];
	unsigned control = segment->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST);
	bool over = flow->reset.accepted || (end->fin_acked && peer->fin_acked) || flow->parked;

	if (!over || !end->has_max || !peer->has_max)
		return false;
	if (control == (TCP_SYN | TCP_ACK))
		return end->has_iss && end->iss != segment->seq &&
		       !(peer->has_iss && segment->ack == peer->iss + 1);
	return (control == TCP_ACK || control == (TCP_ACK | TCP_FIN)) &&
	       seq_gt(segment->seq, end->max) && seq_gt(segment->ack, peer->max);
}

/* Whether the client takes a SYN-ACK that is held as a candidate. */
static enum candidate_answer judge_answer(const struct segment *syn_ack,
					  const struct segment *segment)
{
	if (segment->from == syn_ack->from)
		return segment->seq == syn_ack->seq && segment_has(segment, TCP_SYN)
			       ? CANDIDATE_REPEATED
			       : CANDIDATE_UNTOUCHED;
	if (segment->seq != syn_ack->ack)
		return CANDIDATE_UNTOUCHED;
	if (segment_has(segment, TCP_RST))
		return CANDIDATE_CHALLENGED;
	return segment_has(segment, TCP_ACK) && segment->ack == syn_ack->seq + 1
		       ? CANDIDATE_COMMITTED
		       : CANDIDATE_UNTOUCHED;
}

enum candidate_answer handshake_judge_candidate(const struct held *candidate,
						const struct segment *segment)
{
	const struct segment *syn = &candidate->segment;
	uint32_t end = segment_end(syn);
	bool answers = segment_has(segment, TCP_ACK) && seq_gt(segment->ack, syn->seq) &&
		       seq_leq(segment->ack, end);

	if (segment_has(syn, TCP_ACK))
		return judge_answer(syn, segment);
	if (segment->from == syn->from) {
		if (segment_has(segment, TCP_SYN))
			return segment->seq == syn->seq ? CANDIDATE_REPEATED : CANDIDATE_UNTOUCHED;
		return segment->seq == end && !segment_has(segment, TCP_RST) &&
				       segment_has(segment, TCP_ACK)
			       ? CANDIDATE_COMMITTED
			       : CANDIDATE_UNTOUCHED;
	}
	if (segment_has(segment, TCP_SYN))
		return answers ? CANDIDATE_COMMITTED : CANDIDATE_UNTOUCHED;
	if (segment_has(segment, TCP_RST))
		return answers ? CANDIDATE_COMMITTED : CANDIDATE_UNTOUCHED;
	return segment_has(segment, TCP_ACK) && !answers && segment->payload_bytes == 0 &&
			       !segment_has(segment, TCP_FIN)
		       ? CANDIDATE_CHALLENGED
		       : CANDIDATE_UNTOUCHED;
}
