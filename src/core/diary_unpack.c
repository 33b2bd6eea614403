#include "core/diary.h"

#include "core/exchange.h"
#include "core/heritage.h"
#include "core/intake.h"
#include "core/seq.h"

static void add_step(struct flow *flow, unsigned side, enum state state, enum certainty certainty,
		     const struct trace *by)
{
	struct endpoint *end = &flow->end[side];

	end->state = (uint8_t)state;
	if (certainty != CERTAINTY_ASSUMED)
		end->proven = (uint8_t)state;
	end->path_count++;
	flow->step[flow->step_count++] = (struct step){
		.ts_ns = by->ts_ns,
		.side = side & 1,
		.certainty = (unsigned)certainty & 0xf,
		.state = (unsigned)state & 0x3f,
		.number = by->number & STEP_NUMBER_MAX,
	};
}

/* Its receipt of something is presumed until what it sends shows it. */
static void presume_step(struct flow *flow, unsigned side, enum state state, const struct trace *by)
{
	add_step(flow, side, state, CERTAINTY_ASSUMED, by);
	flow->end[side].presumed = true;
	flow->end[side].has_confirm_end = false;
}

static struct step *last_step(struct flow *flow, unsigned side)
{
	struct step *step = &flow->step[flow->step_count - 1];

	while (step->side != side)
		step--;
	return step;
}

static void confirm_presumed(struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	bool acts = segment->payload_bytes > 0 || segment_has(segment, TCP_FIN);
	struct step *step;

	if (!end->presumed)
		return;
	if (!(end->state == STATE_ESTABLISHED && acts) &&
	    !(end->has_confirm_end && seq_geq(segment->ack, end->confirm_end)))
		return;
	step = last_step(flow, segment->from);
	step->certainty = CERTAINTY_CONFIRMED;
	end->proven = step->state;
	end->presumed = end->has_confirm_end = false;
}

static void count(struct flow *flow, struct endpoint *end, const struct segment *segment)
{
	bool fin = segment_has(segment, TCP_FIN);

	end->packets++;
	end->frame_bytes += segment->frame_bytes;
	end->payload_bytes += segment->payload_bytes;
	end->sent = true;
	end->flags |= segment->flags;
	end->ttl = segment->ttl;
	end->ttl_count++;
	end->link = segment->link;
	end->link_count += segment->link != 0;
	end->row = fin;
	flow->silence_ns = segment->ts_ns - flow->last_ns;
	flow->last_ns = flow->clock_ns = segment->ts_ns;
	flow->last_number = segment->number;
	if (fin || segment_has(segment, TCP_SYN) || !heritage_is_noted(flow, segment))
		heritage_note(flow, segment);
}

static void take_answer(struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *client = &flow->end[other(segment->from)];
	const struct trace by = trace_of(segment);

	count(flow, end, segment);
	end->iss = end->una = segment->seq;
	end->max = end->contiguous = segment->seq + 1;
	end->has_iss = end->has_max = true;
	end->window_scale = segment->window_scale;
	end->mss = segment->mss;
	flow->answered = true;
	flow->syn_ack_ns = segment->ts_ns;
	flow->syn_ack_number = segment->number;
	if (flow->syn_ns != 0)
		end->leg_ns = segment->ts_ns - flow->syn_ns;
	client->una = segment->ack;
	client->edge = client->announced = segment->ack + segment->window;
	client->has_edge = true;
	add_step(flow, segment->from, STATE_SYN_RECEIVED, CERTAINTY_OBSERVED, &by);
	intake_remember_plain(flow, end, segment);
}

/* The client's first ACK: it has the SYN-ACK, and the server will have this. */
static void open_both(struct flow *flow, const struct segment *segment, const struct trace *by)
{
	const struct trace syn_ack = {.ts_ns = flow->syn_ack_ns, .number = flow->syn_ack_number};

	add_step(flow, segment->from, STATE_ESTABLISHED, CERTAINTY_CONFIRMED, &syn_ack);
	if (segment->ts_ns > flow->syn_ack_ns)
		flow->end[segment->from].leg_ns = segment->ts_ns - flow->syn_ack_ns;
	if (flow->syn_ns != 0)
		flow->rtt_ns = segment->ts_ns - flow->syn_ns;
	flow->established = true;
	presume_step(flow, other(segment->from), STATE_ESTABLISHED, by);
}

static void take_acknowledgement(struct flow *flow, const struct diary *diary,
				 const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *peer = &flow->end[other(segment->from)];
	uint32_t edge = diary_edge(diary, segment);

	exchange_time_answer(end, segment);
	confirm_presumed(flow, segment);
	peer->una = segment->ack;
	peer->edge = peer->has_edge ? seq_max(peer->edge, edge) : edge;
	peer->announced = edge;
	peer->has_edge = true;
}

/* Who closed first has the other's FIN too: TIME-WAIT begins. */
static void begin_time_wait(struct flow *flow, unsigned side, const struct trace *by)
{
	const struct trace *fin = &flow->close[other(side)].fin;
	bool straight = trace_is_same(&flow->close[side].ack, fin);
	struct step *step = last_step(flow, side);

	if (straight) { /* the FIN acknowledged its own: it had both with this at the latest */
		step->ts_ns = by->ts_ns;
		step->number = by->number & STEP_NUMBER_MAX;
	}
	add_step(flow, side, STATE_TIME_WAIT, CERTAINTY_OBSERVED, by);
	flow->time_wait[side] = (struct time_wait){
		.held = true,
		.active = true,
		.via = straight ? TW_VIA_FIN_WAIT_1 : TW_VIA_FIN_WAIT_2,
		.start_ns = by->ts_ns,
		.restart_ns = by->ts_ns,
	};
}

static void acknowledge_fin(struct flow *flow, const struct segment *segment,
			    const struct trace *by)
{
	unsigned side = segment->from, closer = other(side);
	struct endpoint *end = &flow->end[side];
	struct fin_evidence *fin = &flow->close[closer];

	end->got_fin = true;
	end->covering_seq = segment->seq;
	if (end->has_fin) {
		begin_time_wait(flow, side, by);
	} else {
		end->passive = true;
		add_step(flow, side, STATE_CLOSE_WAIT, CERTAINTY_CONFIRMED, &fin->fin);
	}
	fin->ack = *by;
	fin->ack_expected_seq = end->max;
	flow->end[closer].fin_acked = true;
	presume_step(flow, closer,
		     flow->end[closer].state == STATE_FIN_WAIT_1 ? STATE_FIN_WAIT_2 : STATE_CLOSED,
		     by);
}

static void take_fin(struct flow *flow, const struct segment *segment, const struct trace *by)
{
	struct endpoint *end = &flow->end[segment->from];
	struct fin_evidence *fin = &flow->close[segment->from];

	fin->fin = fin->last_fin = *by;
	fin->last_fin_stamped = (segment->marks & SEGMENT_TIMESTAMPS) != 0;
	fin->last_fin_tsval = segment->tsval;
	fin->fin_expected_seq = end->max;
	fin->idle_ns = segment->ts_ns - (flow->payload_ns == 0 ? flow->first_ns : flow->payload_ns);
	end->has_fin = end->fin_in_order = true;
	end->fin_seq = segment->seq + segment->payload_bytes;
	add_step(flow, segment->from, end->passive ? STATE_LAST_ACK : STATE_FIN_WAIT_1,
		 CERTAINTY_OBSERVED, by);
}

/* Payload and FIN take numbers: what shows that they arrived shows more. */
static void take_numbers(struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct endpoint *peer = &flow->end[other(segment->from)];

	end->max = end->contiguous = segment_end(segment);
	if (peer->presumed && !peer->has_confirm_end) {
		peer->confirm_end = end->max;
		peer->has_confirm_end = true;
	}
	if (segment->payload_bytes == 0)
		return;
	end->payload_gap_ns = flow->silence_ns;
	flow->payload_ns = segment->ts_ns;
	if (peer->timed_ns != 0)
		return;
	peer->timed_ns = segment->ts_ns;
	peer->timed_end = segment->seq + segment->payload_bytes;
}

static void take(struct flow *flow, const struct diary *diary, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	const struct endpoint *peer = &flow->end[other(segment->from)];
	const struct trace by = trace_of(segment);

	count(flow, end, segment);
	if (!flow->established)
		open_both(flow, segment, &by);
	take_acknowledgement(flow, diary, segment);
	if (peer->has_fin && !peer->fin_acked)
		acknowledge_fin(flow, segment, &by);
	if (segment_has(segment, TCP_FIN))
		take_fin(flow, segment, &by);
	if (segment->payload_bytes > 0 || segment_has(segment, TCP_FIN))
		take_numbers(flow, segment);
	intake_remember_plain(flow, end, segment);
}

static struct lone_syn syn_of(const struct diary *diary)
{
	unsigned client = diary->client;

	return (struct lone_syn){
		.ts_ns = diary->first_ns,
		.number = diary->first_number,
		.flow_id = diary->flow_id,
		.seq = diary->iss[client],
		.tsval = diary->first_tsval[client],
		.link = diary->link[client],
		.frame_bytes = diary->frame_bytes[client],
		.window = diary->window[client],
		.ip_id = diary->ip_id[client],
		.mss = diary->mss[client],
		.source = diary->source,
		.flags = diary->flags[client],
		.ttl = diary->ttl[client],
		.window_scale = diary->window_scale[client],
		.from = diary->client,
		.stamped = diary->stamped,
		.framed = diary->framed,
		.port_taken = diary->port_taken,
	};
}

static struct segment answer_of(const struct diary *diary)
{
	unsigned server = other(diary->client);
	struct segment segment = {
		.ts_ns = diary->first_ns,
		.number = diary->first_number,
		.frame_bytes = diary->frame_bytes[server],
		.seq = diary->iss[server],
		.ack = diary->iss[diary->client] + 1,
		.ip_id = diary->ip_id[server],
		.flags = diary->flags[server],
		.ttl = diary->ttl[server],
		.tsval = diary->first_tsval[server],
		.tsecr = diary->first_tsval[diary->client],
		.link = diary->link[server],
		.window = diary->window[server],
		.mss = diary->mss[server],
		.source = diary->source,
		.marks = diary->stamped ? SEGMENT_TIMESTAMPS : 0,
		.from = (uint8_t)server,
		.window_scale = diary->window_scale[server],
	};

	diary_pass(diary->answer_since, &segment.ts_ns, &segment.number);
	return segment;
}

/* The next sequence number of each endpoint, and its latest time stamp. */
struct ends {
	uint32_t next[2], tsval[2];
};

static void pass(struct ends *ends, const struct segment *segment)
{
	ends->next[segment->from] = segment_end(segment);
	ends->tsval[segment->from] = segment->tsval;
}

/* What a note stands for, made of the segment before it. */
static void make_next(const struct diary *diary, const struct diary_note *note,
		      const struct ends *ends, struct segment *segment)
{
	diary_pass(note->since, &segment->ts_ns, &segment->number);
	segment->from = note->from;
	segment->seq = ends->next[note->from];
	segment->ack = ends->next[other(note->from)];
	segment->payload_bytes = note->payload_bytes;
	segment->frame_bytes = (uint32_t)note->header_bytes + note->payload_bytes;
	segment->ip_id = note->ip_id;
	segment->flags =
		(uint8_t)(TCP_ACK | (note->fin ? TCP_FIN : 0) | (note->push ? TCP_PSH : 0));
	segment->ttl = diary->ttl[note->from];
	segment->link = diary->link[note->from];
	segment->tsval = ends->tsval[note->from] + note->tsval_more;
	segment->tsecr = ends->tsval[other(note->from)] - note->tsecr_less;
	segment->window = note->window;
	segment->look = note->look;
}

void diary_unpack(const struct diary *diary, const uint8_t *notes, struct flow *flow)
{
	struct diary_mark mark = diary_first_mark(diary);
	unsigned client = diary->client;
	struct segment segment = answer_of(diary);
	const struct lone_syn syn = syn_of(diary);
	struct ends ends;

	ends.next[client] = syn.seq + 1;
	ends.tsval[client] = syn.tsval;
	lone_syn_unpack(&syn, flow);
	take_answer(flow, &segment);
	pass(&ends, &segment);
	while (mark.bytes < diary->mark.bytes) {
		const struct diary_note note = diary_note_read(&mark, notes);

		make_next(diary, &note, &ends, &segment);
		take(flow, diary, &segment);
		pass(&ends, &segment);
	}
	if (diary->stage == DIARY_OVER && diary->closer != client)
		flow->port_taken = false; /* that was told */
}
