#include "core/stretch.h"

#include "core/heritage.h"
#include "core/seq.h"
#include "core/window.h"

/*
 * A frame is known for a copy by its numbers, among others (intake_is_duplicate()). Payload that
 * begins where all before it ends repeats none; an acknowledgement that goes beyond all before it
 * does not either. Where the frames remembered lie before both, and neither moves on by half of the
 * sequence space, none of them can be one that is still to come.
 */
static bool lies_before(const struct frame_print *kept, const struct endpoint *end)
{
	if (!kept->kept)
		return true;
	return kept->payload_bytes > 0 ? seq_lt(kept->seq, end->max)
				       : seq_leq(kept->ack, end->last_ack);
}

static bool all_lie_before(const struct flow *flow, unsigned side)
{
	for (unsigned i = 0; i < FRAMES_KEPT; i++) {
		if (!lies_before(&flow->frame[side][i], &flow->end[side]))
			return false;
	}
	return true;
}

/* How far its numbers have come from its first one, and from what its peer has acknowledged: up to
 * half of the sequence space, what comes next lies ahead of both. */
static uint32_t has_come(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];
	uint32_t since_iss = end->has_iss ? end->max - end->iss : 0;
	uint32_t since_ack = end->max - flow->end[other(side)].last_ack;

	return since_iss > since_ack ? since_iss : since_ack;
}

/* How much payload may come to it in one segment. */
static uint16_t payload_most(const struct endpoint *end)
{
	return end->mss == 0 ? UINT16_MAX : end->mss;
}

static struct stretch_end begin_end(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side], *peer = &flow->end[other(side)];
	unsigned stamps = end->has_tsval && end->has_echoed ? SEGMENT_TIMESTAMPS : 0;
	unsigned checked = end->good_checksums > 0 ? SEGMENT_GOOD_CHECKSUM : 0;

	return (struct stretch_end){
		.max = end->max,
		.una = end->una,
		.edge = end->edge,
		.announced = end->announced,
		.last_ack = end->last_ack,
		.tsval = end->tsval,
		.echoed = end->echoed,
		.link = end->link,
		.marks = (uint16_t)(stamps | checked),
		.ttl = end->ttl,
		.payload_most = heritage_has_sent(end) ? payload_most(peer) : 0,
		.payload_left = INT32_MAX - has_come(flow, side),
		.timed_ns = end->timed_ns,
		.leg_ns = end->leg_ns,
		.timed_end = end->timed_end,
		.window_scale = (uint8_t)window_scale(flow, side),
		.may_acknowledge = heritage_has_acknowledged(end),
	};
}

bool stretch_begin(struct stretch *stretch, const struct flow *flow)
{
	if (!all_lie_before(flow, 0) || !all_lie_before(flow, 1) || has_come(flow, 0) > INT32_MAX ||
	    has_come(flow, 1) > INT32_MAX)
		return false;
	stretch->last_ns = flow->last_ns;
	stretch->silence_ns = flow->silence_ns;
	stretch->clock_ns = flow->clock_ns;
	stretch->payload_ns = flow->payload_ns;
	stretch->last_number = flow->last_number;
	stretch->source = flow->source;
	stretch->payload_gap_ns[0] = flow->end[0].payload_gap_ns;
	stretch->payload_gap_ns[1] = flow->end[1].payload_gap_ns;
	stretch->end[0] = begin_end(flow, 0);
	stretch->end[1] = begin_end(flow, 1);
	return true;
}

static struct frame_print print_of(const struct stretch_end *run, const struct stretch_frame *frame,
				   uint32_t seq)
{
	return (struct frame_print){
		.ts_ns = frame->ts_ns,
		.seq = seq,
		.ack = frame->ack,
		.payload_bytes = frame->payload_bytes,
		.ip_id = frame->ip_id,
		.flags = frame->flags,
		.tsval = frame->tsval,
		.window = frame->window,
		.stamped = (run->marks & SEGMENT_TIMESTAMPS) != 0,
		.kept = true,
	};
}

/* The latest frames take the places of the oldest; each begins where the next one's numbers do,
 * less its payload. */
static void enter_frames(const struct stretch *stretch, struct flow *flow, unsigned side)
{
	const struct stretch_end *run = &stretch->end[side];
	uint32_t kept = run->packets < FRAMES_KEPT ? run->packets : FRAMES_KEPT;
	uint32_t seq = run->max;

	for (uint32_t i = run->packets; i > run->packets - kept; i--) {
		const struct stretch_frame *frame = &stretch->frame[side][(i - 1) % FRAMES_KEPT];

		seq -= frame->payload_bytes;
		flow->frame[side][(flow->next_frame[side] + i - 1) % FRAMES_KEPT] =
			print_of(run, frame, seq);
	}
	flow->next_frame[side] = (uint8_t)((flow->next_frame[side] + run->packets) % FRAMES_KEPT);
	flow->end[side].last = flow->end[side].last_frame = stretch_latest(stretch, side);
}

/* What the endpoint's own segments have changed, where there were any. */
static void enter_segments(const struct stretch_end *run, struct endpoint *end)
{
	end->row = 0;
	end->packets += run->packets;
	end->frame_bytes += run->frame_bytes;
	end->payload_bytes += run->payload_bytes;
	end->flags |= run->flags;
	end->ttl_count += run->packets;
	end->link_count += run->link != 0 ? run->packets : 0;
	end->good_checksums += (run->marks & SEGMENT_GOOD_CHECKSUM) != 0 ? run->packets : 0;
	end->ack_advanced |= run->ack_advanced;
	end->counts_packets |= run->counts_packets;
}

static void enter_numbers(const struct stretch_end *run, struct endpoint *end)
{
	end->max = end->contiguous = run->max;
	end->una = run->una;
	end->edge = run->edge;
	end->announced = run->announced;
	end->last_ack = run->last_ack;
	end->tsval = run->tsval;
	end->echoed = run->echoed;
	end->timed_ns = run->timed_ns;
	end->leg_ns = run->leg_ns;
	end->timed_end = run->timed_end;
}

static void enter_end(const struct stretch *stretch, struct flow *flow, unsigned side)
{
	const struct stretch_end *run = &stretch->end[side];
	struct endpoint *end = &flow->end[side], *peer = &flow->end[other(side)];

	enter_numbers(run, end);
	end->payload_gap_ns = stretch->payload_gap_ns[side];
	if (run->packets == 0)
		return;
	enter_segments(run, end);
	enter_frames(stretch, flow, side);
	peer->keepalives = peer->backoffs = 0;
	if (run->payload_bytes == 0)
		return;
	end->backoffs = 0;
	end->last_payload = run->sent_payload ? end->last_frame : stretch->last_payload[side];
}

void stretch_enter(const struct stretch *stretch, struct flow *flow)
{
	flow->last_ns = stretch->last_ns;
	flow->silence_ns = stretch->silence_ns;
	flow->clock_ns = stretch->clock_ns;
	flow->payload_ns = stretch->payload_ns;
	flow->last_number = stretch->last_number;
	flow->source = stretch->source;
	enter_end(stretch, flow, 0);
	enter_end(stretch, flow, 1);
}
