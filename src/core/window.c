#include "core/window.h"

#include "core/raise.h"
#include "core/seq.h"

/* Scale that is assumed where the handshake was not captured: the largest (RFC 7323, 2.3). */
enum { UNKNOWN_SCALE = 14 };

static bool scale_is_known(const struct flow *flow)
{
	return flow->end[0].has_iss && flow->end[1].has_iss && !flow->end[0].scale_unknown &&
	       !flow->end[1].scale_unknown;
}

unsigned window_scale(const struct flow *flow, unsigned side)
{
	if (!scale_is_known(flow))
		return UNKNOWN_SCALE;
	if (flow->end[0].window_scale == SEGMENT_NO_WINDOW_SCALE ||
	    flow->end[1].window_scale == SEGMENT_NO_WINDOW_SCALE)
		return 0;
	return flow->end[side].window_scale;
}

/*
 * The right edge moved back, by more than the scale's rounding (RFC 7323, 2.4), in a segment that
 * acknowledges more than the one before: an older one that was overtaken does not.
 */
static void judge_edge(struct analyzer *analyzer, struct flow *flow, const struct segment *segment,
		       uint32_t edge)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct endpoint *peer = &flow->end[other(segment->from)];

	if (peer->has_edge && scale_is_known(flow) && end->has_last_ack &&
	    seq_gt(segment->ack, end->last_ack) &&
	    seq_diff(peer->announced, edge) >= 1 << window_scale(flow, segment->from))
		anomaly_raise(analyzer, flow,
			      &(struct finding){
				      .id = ANOMALY_WINDOW_RECISION,
				      .side = segment->from,
				      .by = trace_of(segment),
				      .expected = evidence_seq(peer->announced),
				      .observed = evidence_seq(edge),
			      });
}

static void note_shut(struct endpoint *peer, const struct segment *segment)
{
	bool shut = segment->window == 0;

	if (shut && !peer->zero_window)
		peer->zero_window_ns = segment->ts_ns;
	if (!shut && peer->zero_window) {
		peer->shut_ns = segment->ts_ns - peer->zero_window_ns;
		peer->reopened_ns = segment->ts_ns;
	}
	peer->zero_window = shut;
}

uint32_t window_edge(const struct flow *flow, const struct segment *segment)
{
	return segment->ack + ((uint32_t)segment->window << window_scale(flow, segment->from));
}

void window_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *peer = &flow->end[other(segment->from)];
	uint32_t edge = window_edge(flow, segment);

	if ((segment->marks & SEGMENT_CUT) != 0)
		return;
	judge_edge(analyzer, flow, segment, edge);
	peer->edge = peer->has_edge ? seq_max(peer->edge, edge) : edge;
	peer->announced = edge;
	peer->has_edge = true;
	note_shut(peer, segment);
}
