#include "core/pending.h"

#include "core/raise.h"
#include "core/seq.h"

/* A busy host takes this long to acknowledge, be the way ever so short. */
#define LEAST_WAIT_NS (10 * NS_PER_MS)

/* In what time an acknowledgement passes the tap after the payload: a round trip. */
static int64_t ack_due_ns(const struct flow *flow)
{
	if (flow->rtt_ns == 0)
		return NS_PER_S;
	return flow->rtt_ns > LEAST_WAIT_NS ? flow->rtt_ns : LEAST_WAIT_NS;
}

/* A RST without ACK answers a segment by its acknowledgement number (RFC 9293, 3.5.2): what it
 * answers was received. */
static bool answers_payload(const struct trace *by, const struct trace *payload)
{
	return (by->flags & (TCP_RST | TCP_ACK)) == TCP_RST && by->seq == payload->ack;
}

void pending_judge(struct analyzer *analyzer, struct flow *flow, unsigned side,
		   const struct trace *by)
{
	const struct endpoint *end = &flow->end[side];
	const struct endpoint *peer = &flow->end[other(side)];
	const struct trace *payload = &peer->last_payload;
	uint32_t until = payload->seq + payload->payload_bytes;
	uint32_t acked = (by->flags & TCP_ACK) != 0 ? by->ack : end->last_ack;
	struct finding finding = {
		.id = ANOMALY_PENDING_DATA_AT_CLOSE,
		.side = side,
		.by = *by,
		.expected = evidence_ack(until),
		.observed = evidence_ack(acked),
	};

	if (payload->number == 0 || seq_geq(acked, until) || peer->zero_window ||
	    answers_payload(by, payload) || by->ts_ns - payload->ts_ns <= ack_due_ns(flow) ||
	    !end->has_last_ack)
		return;
	if (seq_gt(payload->seq, acked))
		acked = payload->seq;
	finding.observed.has |= EVIDENCE_BYTES;
	finding.observed.bytes = until - acked;
	anomaly_raise_as(analyzer, flow, &finding,
			 (by->flags & TCP_RST) != 0 ? SEVERITY_WARNING : SEVERITY_NOTICE);
}
