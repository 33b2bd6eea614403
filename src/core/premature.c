#include "core/premature.h"

#include "core/raise.h"
#include "core/seq.h"

/* A window before it is scaled, and how far apart numbers of one connection are at most. */
#define LEAST_SPAN 65536
#define MOST_SPAN  (INT32_C(1) << 30)

/* How many bytes may have passed unseen since the latest SYN: no more than 500 million bits a
 * second.
 */
static int32_t unseen_span(const struct flow *flow, const struct segment *segment)
{
	int64_t span = flow->syn_ns == 0 ? MOST_SPAN : (segment->ts_ns - flow->syn_ns) / 16;

	if (span < LEAST_SPAN)
		return LEAST_SPAN;
	return span > MOST_SPAN ? MOST_SPAN : (int32_t)span;
}

static bool may_acknowledge(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];

	if (!peer->has_iss)
		return true;
	return seq_geq(segment->ack, peer->iss) &&
	       seq_diff(segment->ack, peer->max) <= unseen_span(flow, segment);
}

static bool may_send(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];

	if (!end->has_iss)
		return true;
	return seq_geq(segment->seq, end->iss) &&
	       seq_diff(segment->seq, end->max) <= unseen_span(flow, segment);
}

/* The handshake has begun under our eyes, and is not over. */
static bool is_open(const struct flow *flow)
{
	return !flow->established && !flow->simultaneous_open &&
	       (flow->end[0].has_iss || flow->end[1].has_iss);
}

/* Acknowledges what the client has not been seen to send, though no SYN-ACK was seen either. It may
 * be of an old connection: then the client resets that, and else goes on. */
static bool is_doubtful(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];

	return !flow->end[segment->from].has_iss && peer->has_iss &&
	       segment_has(segment, TCP_ACK) && seq_gt(segment->ack, peer->max);
}

static void raise(struct analyzer *analyzer, struct flow *flow, unsigned side,
		  const struct trace *by, const struct report_evidence *expected,
		  const struct report_evidence *observed)
{
	anomaly_raise(analyzer, flow,
		      &(struct finding){
			      .id = (by->flags & TCP_FIN) != 0 ? ANOMALY_FIN_IN_SYN_SENT
							       : ANOMALY_ACK_BEFORE_ESTABLISHED,
			      .side = side,
			      .by = *by,
			      .expected = *expected,
			      .observed = *observed,
		      });
}

bool premature_take(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct endpoint *peer = &flow->end[other(segment->from)];
	bool ack = segment_has(segment, TCP_ACK);
	struct report_evidence expected, observed;
	struct trace by;

	if (!is_open(flow))
		return false;
	expected = observed = (struct report_evidence){0};
	by = trace_of(segment);
	if (ack && !may_acknowledge(flow, segment)) {
		expected = evidence_ack(peer->iss + 1);
		observed = evidence_ack(segment->ack);
	} else if (ack && !may_send(flow, segment)) {
		expected = evidence_seq(end->iss + 1);
		observed = evidence_seq(segment->seq);
	} else if (ack || !segment_has(segment, TCP_FIN)) {
		return is_doubtful(flow, segment);
	}
	raise(analyzer, flow, segment->from, &by, &expected, &observed);
	return true;
}

bool premature_take_answer(struct analyzer *analyzer, struct flow *flow,
			   const struct segment *segment)
{
	unsigned side = other(segment->from);
	const struct endpoint *end = &flow->end[segment->from];
	const struct trace *frame = &flow->end[side].last_frame;
	struct report_evidence expected = evidence_ack(end->iss + 1);
	struct report_evidence observed = evidence_ack(frame->ack);

	if (!is_open(flow) || flow->end[side].has_iss || !end->has_iss || frame->number == 0 ||
	    (frame->flags & (TCP_ACK | TCP_RST)) != TCP_ACK || segment_has(segment, TCP_ACK) ||
	    frame->ack != segment->seq || segment->seq == end->max)
		return false;
	if ((frame->flags & TCP_SYN) == 0 && seq_gt(frame->ack, end->max) &&
	    !anomaly_was_raised(analyzer, flow, ANOMALY_ACK_BEFORE_ESTABLISHED) &&
	    !anomaly_was_raised(analyzer, flow, ANOMALY_FIN_IN_SYN_SENT))
		raise(analyzer, flow, side, frame, &expected, &observed);
	return true;
}
