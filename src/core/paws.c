#include "core/paws.h"

#include "core/raise.h"
#include "core/seq.h"

static bool is_stamped(const struct segment *segment)
{
	return (segment->marks & SEGMENT_TIMESTAMPS) != 0;
}

/* Nothing of this number, or beyond it, has been seen of the side. */
static bool is_fresh(const struct endpoint *end, const struct segment *segment)
{
	return !end->has_max || seq_geq(segment->seq, end->max);
}

static bool is_first_fin(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];

	return segment_has(segment, TCP_FIN | TCP_ACK) && !end->has_fin && !end->fin_waiting &&
	       is_fresh(end, segment);
}

static bool is_first_ack(const struct flow *flow, const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];

	return segment_has(segment, TCP_ACK) && peer->has_fin && !peer->fin_acked &&
	       segment->ack == peer->fin_seq + 1;
}

void paws_judge(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	const struct endpoint *receiver = &flow->end[other(segment->from)];

	if (is_stamped(segment) && receiver->has_echoed &&
	    seq_lt(segment->tsval, receiver->echoed) &&
	    (is_first_fin(flow, segment) || is_first_ack(flow, segment)))
		anomaly_raise(analyzer, flow,
			      &(struct finding){
				      .id = ANOMALY_PAWS_REJECT_IN_CLOSE,
				      .side = segment->from,
				      .by = trace_of(segment),
				      .expected = evidence_tsval(receiver->echoed),
				      .observed = evidence_tsval(segment->tsval),
			      });
}

void paws_note(struct endpoint *end, const struct segment *segment)
{
	if (!is_stamped(segment) || segment_has(segment, TCP_RST))
		return;
	if (!end->has_tsval || seq_gt(segment->tsval, end->tsval))
		end->tsval = segment->tsval;
	end->has_tsval = true;
	if (!segment_has(segment, TCP_ACK))
		return;
	if (!end->has_echoed || seq_gt(segment->tsecr, end->echoed))
		end->echoed = segment->tsecr;
	end->has_echoed = true;
}

bool paws_is_newer(const struct flow *flow, const struct segment *syn)
{
	const struct endpoint *end = &flow->end[syn->from];

	return is_stamped(syn) && end->has_tsval && seq_gt(syn->tsval, end->tsval);
}
