#include "core/lone_syn.h"

#include <assert.h>
#include <string.h>

static struct lone_syn syn_of(const struct flow *flow, enum flow_part part)
{
	const struct endpoint *end = &flow->end[flow->client];
	const struct frame_print *frame = &flow->frame[flow->client][0];

	return (struct lone_syn){
		.ts_ns = flow->first_ns,
		.number = flow->first_number,
		.flow_id = flow->id,
		.seq = end->iss,
		.tsval = end->tsval,
		.link = end->link,
		.frame_bytes = (uint32_t)end->frame_bytes,
		.window = frame->window,
		.ip_id = end->last_frame.ip_id,
		.mss = end->mss,
		.source = flow->source,
		.flags = end->flags,
		.ttl = end->ttl,
		.window_scale = end->window_scale,
		.from = flow->client == 1,
		.stamped = end->has_tsval,
		.framed = part == FLOW_WHOLE && frame->kept,
		.port_taken = flow->port_taken,
	};
}

static struct trace trace_of_syn(const struct lone_syn *syn)
{
	return (struct trace){
		.ts_ns = syn->ts_ns,
		.number = syn->number,
		.seq = syn->seq,
		.ip_id = syn->ip_id,
		.flags = syn->flags,
		.ttl = syn->ttl,
	};
}

static void restore_sender(const struct lone_syn *syn, struct endpoint *end)
{
	end->iss = end->una = syn->seq;
	end->max = end->contiguous = syn->seq + 1;
	end->tsval = syn->tsval;
	end->sent = end->has_iss = end->has_max = true;
	end->has_tsval = syn->stamped;
	end->counts_packets = syn->ip_id != 0;
	end->state = end->proven = STATE_SYN_SENT;
	end->window_scale = syn->window_scale;
	end->flags = syn->flags;
	end->letters = 1;
	end->path_count = 1;
	end->ttl = syn->ttl;
	end->mss = syn->mss;
	end->ttl_count = 1;
	end->link = syn->link;
	end->link_count = syn->link != 0;
	end->last_frame = end->last = trace_of_syn(syn);
	end->packets = 1;
	end->frame_bytes = syn->frame_bytes;
}

static void restore_frame(const struct lone_syn *syn, struct frame_print *frame)
{
	frame->ts_ns = syn->ts_ns;
	frame->seq = syn->seq;
	frame->tsval = syn->tsval;
	frame->ip_id = syn->ip_id;
	frame->window = syn->window;
	frame->flags = syn->flags;
	frame->stamped = syn->stamped;
	frame->kept = true;
}

void lone_syn_unpack(const struct lone_syn *syn, struct flow *flow)
{
	struct endpoint *peer = &flow->end[other(syn->from)];

	flow->tuple.ip_version = 4;
	flow->id = syn->flow_id;
	flow->client = syn->from;
	flow->port_taken = syn->port_taken;
	flow->port_user = syn->port_taken && syn->from == 1;
	flow->completeness = LONE_SYN_COMPLETENESS;
	flow->source = syn->source;
	flow->first_ns = flow->last_ns = flow->clock_ns = flow->syn_ns = syn->ts_ns;
	flow->first_number = flow->last_number = syn->number;
	restore_sender(syn, &flow->end[syn->from]);
	peer->state = peer->proven = STATE_LISTEN;
	peer->window_scale = SEGMENT_NO_WINDOW_SCALE;
	for (unsigned side = 0; side < 2; side++)
		flow->close[side].fin_why = flow->close[side].ack_why = WAVE_WHY_NULL;
	flow->history[flow->history_count++] = syn->from == 0 ? 'S' : 's';
	flow->step[flow->step_count++] = (struct step){
		.ts_ns = syn->ts_ns,
		.side = syn->from & 1,
		.certainty = CERTAINTY_OBSERVED,
		.state = STATE_SYN_SENT,
		.number = syn->number & STEP_NUMBER_MAX,
	};
	if (!syn->framed)
		return;
	flow->next_frame[syn->from] = 1;
	restore_frame(syn, &flow->frame[syn->from][0]);
}

bool lone_syn_pack(const struct flow *flow, enum flow_part part, struct lone_syn *syn)
{
	const size_t ends = offsetof(struct flow, tuple.ip_version);
	size_t bytes = part == FLOW_WHOLE ? sizeof *flow : offsetof(struct flow, next_frame);
	struct flow again;

	static_assert(offsetof(struct flow, tuple) == 0, "what is compared stands behind the ends");
	if (flow->established || flow->answered || flow->end[0].packets + flow->end[1].packets != 1)
		return false;
	*syn = syn_of(flow, part);
	memset(&again, 0, sizeof again);
	lone_syn_unpack(syn, &again);
	memcpy(&again, flow, ends);
	return memcmp(&again, flow, bytes) == 0 && tuple_is_plain_ipv4(&flow->tuple);
}
