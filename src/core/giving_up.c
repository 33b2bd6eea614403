#include "core/giving_up.h"

#include "core/raise.h"
#include "core/reset.h"

enum {
	SILENT_DEATH_RETRANSMISSIONS = 5,
	UNANSWERED_PROBES = 3,
	BLACK_HOLE_S = 30,  /* of silence before the data that vanished */
	LONGEST_RTO_S = 120 /* no sender waits longer (Linux; RFC 6298, 2.5 says at least 60 s) */
};

static bool peer_is_there(const struct flow *flow, unsigned side)
{
	return flow->established && flow->end[other(side)].sent && !reset_stands(flow);
}

static bool probes_in_vain(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];

	return end->keepalives >= UNANSWERED_PROBES && !end->probes_told &&
	       peer_is_there(flow, side);
}

static bool repeats_in_vain(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];

	return end->backoffs >= SILENT_DEATH_RETRANSMISSIONS && !end->death_told && !end->has_fin &&
	       peer_is_there(flow, side);
}

static int64_t probes_due_ns(const struct flow *flow, unsigned side)
{
	if (!probes_in_vain(flow, side))
		return INT64_MAX;
	return flow->end[side].last.ts_ns + flow_patience_ns(flow);
}

/* By then the sender would have repeated once more: each wait is at most twice the one before. */
static int64_t death_due_ns(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];
	int64_t wait_ns = LONGEST_RTO_S * NS_PER_S;

	if (!repeats_in_vain(flow, side))
		return INT64_MAX;
	if (end->backoff_wait_ns < wait_ns / 2)
		wait_ns = 2 * end->backoff_wait_ns;
	return end->backoff_ns + wait_ns + flow_patience_ns(flow);
}

bool giving_up_is_far(const struct flow *flow)
{
	return (flow->end[0].keepalives | flow->end[1].keepalives | flow->end[0].backoffs |
		flow->end[1].backoffs) == 0;
}

int64_t giving_up_next_ns(const struct flow *flow)
{
	int64_t next_ns = INT64_MAX;

	if (giving_up_is_far(flow))
		return next_ns;
	for (unsigned side = 0; side < 2; side++) {
		int64_t probes_ns = probes_due_ns(flow, side), death_ns = death_due_ns(flow, side);

		next_ns = probes_ns < next_ns ? probes_ns : next_ns;
		next_ns = death_ns < next_ns ? death_ns : next_ns;
	}
	return next_ns;
}

static void tell_probes(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct endpoint *end = &flow->end[side];

	end->probes_told = true;
	anomaly_raise(analyzer, flow,
		      &(struct finding){.id = ANOMALY_KEEPALIVE_FAILED,
					.side = side,
					.by = end->last,
					.count = end->keepalives});
}

static void tell_death(struct analyzer *analyzer, struct flow *flow, unsigned side)
{
	struct endpoint *end = &flow->end[side];
	struct finding finding = {
		.id = ANOMALY_RTO_DEATH_SILENT,
		.side = side,
		.by = end->last_payload,
		.count = end->backoffs,
	};

	end->death_told = true;
	anomaly_raise(analyzer, flow, &finding);
	if (end->payload_gap_ns < BLACK_HOLE_S * NS_PER_S)
		return;
	finding.id = ANOMALY_IDLE_BLACK_HOLE;
	finding.observed = evidence_duration(end->payload_gap_ns);
	anomaly_raise(analyzer, flow, &finding);
}

void giving_up_decide(struct analyzer *analyzer, struct flow *flow, int64_t now_ns)
{
	for (unsigned side = 0; side < 2; side++) {
		if (death_due_ns(flow, side) <= now_ns)
			tell_death(analyzer, flow, side);
		if (probes_due_ns(flow, side) <= now_ns)
			tell_probes(analyzer, flow, side);
	}
}

void giving_up_final(struct analyzer *analyzer, struct flow *flow)
{
	if (giving_up_is_far(flow))
		return;
	giving_up_decide(analyzer, flow, flow_now_ns(analyzer, flow));
	for (unsigned side = 0; side < 2; side++) {
		if (repeats_in_vain(flow, side))
			tell_death(analyzer, flow, side);
	}
}
