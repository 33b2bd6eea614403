#include "core/waves.h"

#include "core/envelope.h"

unsigned waves_first_closer(const struct flow *flow)
{
	const struct endpoint *end = flow->end;
	bool closed[2];

	if (end[0].passive != end[1].passive && (end[0].has_fin || end[1].has_fin))
		return end[0].passive ? 1 : 0;
	for (unsigned side = 0; side < 2; side++)
		closed[side] = end[side].has_fin || end[side].fin_rejected;
	if (closed[0] != closed[1])
		return closed[0] ? 0 : 1;
	return trace_is_later(&flow->close[0].fin, &flow->close[1].fin) ? 1 : 0;
}

static void put_segment(struct report_wave *wave, const struct trace *trace)
{
	wave->has_segment = true;
	wave->ts_ns = trace->ts_ns;
	wave->number = trace->number;
	wave->flags = trace->flags;
	wave->seq = trace->seq;
	wave->ack = trace->ack;
	wave->payload_bytes = trace->payload_bytes;
}

static void fill_fin(const struct flow *flow, unsigned side, unsigned first,
		     struct report_wave *wave)
{
	const struct endpoint *end = &flow->end[side];
	const struct endpoint *peer = &flow->end[other(side)];
	const struct fin_evidence *fin = &flow->close[side];

	*wave = (struct report_wave){
		.role = WAVE_ROLE_FIN,
		.side = envelope_who(flow, side),
		.status = WAVE_STATUS_OK,
		.why = WAVE_WHY_NULL,
		.retransmits = fin->fin_repeats,
	};
	if (!end->has_fin && !end->fin_rejected) {
		wave->status = WAVE_STATUS_MISSING;
		return;
	}
	if (end->fin_inferred) {
		wave->status =
			end->sent || side == first ? WAVE_STATUS_GAP : WAVE_STATUS_NOT_OBSERVABLE;
		return;
	}
	put_segment(wave, &fin->fin);
	wave->has_expected_seq = true;
	wave->expected_seq = fin->fin_expected_seq;
	if (fin->fin_why != WAVE_WHY_NULL) {
		wave->status = WAVE_STATUS_BAD;
		wave->why = fin->fin_why;
	}
	if (side == first || !end->passive || !peer->has_fin)
		return;
	wave->has_expected_ack = true;
	wave->expected_ack = peer->fin_seq + 1;
	if (fin->fin.ack != wave->expected_ack) {
		wave->status = WAVE_STATUS_BAD;
		wave->why = WAVE_WHY_ACK;
	}
}

static void fill_ack(const struct flow *flow, unsigned side, struct report_wave *wave)
{
	const struct endpoint *end = &flow->end[side];
	const struct fin_evidence *fin = &flow->close[side];

	*wave = (struct report_wave){
		.role = WAVE_ROLE_ACK,
		.side = envelope_who(flow, other(side)),
		.status = WAVE_STATUS_MISSING,
		.why = WAVE_WHY_NULL,
		.retransmits = fin->ack_repeats,
	};
	if (fin->ack_gap) {
		wave->status =
			flow->end[other(side)].sent ? WAVE_STATUS_GAP : WAVE_STATUS_NOT_OBSERVABLE;
		return;
	}
	if (fin->ack.number == 0)
		return;
	put_segment(wave, &fin->ack);
	wave->has_expected_seq = wave->has_expected_ack = true;
	wave->expected_seq = fin->ack_expected_seq;
	wave->expected_ack = end->fin_seq + 1;
	wave->status = fin->ack_why == WAVE_WHY_NULL ? WAVE_STATUS_OK : WAVE_STATUS_BAD;
	wave->why = fin->ack_why;
}

/* The time since which the next wave was due. */
static int64_t due_since_ns(const struct flow *flow, const struct report_wave *before)
{
	return before->has_segment ? before->ts_ns : flow->last_ns;
}

/*
 * Of the waves that were not seen, the first decides: pending where the record ended before it can
 * be called missing, not observable where that direction is not in the capture at all; those after
 * it follow.
 */
static void settle_unseen(const struct analyzer *analyzer, const struct flow *flow,
			  enum reason reason, struct flow_report *report)
{
	bool cut_short = reason == REASON_CAPTURE_END || reason == REASON_SHUTDOWN ||
			 reason == REASON_EVICTED;
	enum wave_status follow = WAVE_STATUS_MISSING;
	bool decided = false;

	for (unsigned i = 0; i < 4; i++) {
		struct report_wave *wave = &report->wave[i];
		unsigned side = wave->side == WHO_CLIENT ? flow->client : other(flow->client);

		if (wave->status != WAVE_STATUS_MISSING)
			continue;
		if (!flow->end[side].sent) {
			wave->status = WAVE_STATUS_NOT_OBSERVABLE;
			continue;
		}
		if (!decided) {
			int64_t since_ns = due_since_ns(flow, &report->wave[i == 0 ? 0 : i - 1]);

			decided = true;
			if (cut_short &&
			    flow_now_ns(analyzer, flow) - since_ns < flow_patience_ns(flow) &&
			    !flow->reset.accepted)
				follow = WAVE_STATUS_PENDING;
		}
		wave->status = follow;
	}
}

static void fill_latency(const struct flow_report *report, struct report_latency *latency)
{
	const struct report_wave *wave = report->wave;
	bool simultaneous = report->closer == WHO_BOTH;

	if (wave[0].has_segment && wave[1].has_segment) {
		latency->has_peer_ack = true;
		latency->peer_ack_ns = wave[1].ts_ns - wave[0].ts_ns;
	}
	if (wave[1].has_segment && wave[2].has_segment && !simultaneous) {
		latency->has_application = true;
		latency->application_ns = wave[2].ts_ns - wave[1].ts_ns;
	}
	if (wave[2].has_segment && wave[3].has_segment) {
		latency->has_last_ack = true;
		latency->last_ack_ns = wave[3].ts_ns - wave[2].ts_ns;
	}
}

static void clamp_latency(struct report_latency *latency)
{
	int64_t *part[] = {&latency->peer_ack_ns, &latency->application_ns, &latency->last_ack_ns};

	for (unsigned i = 0; i < 3; i++) {
		if (*part[i] < 0)
			*part[i] = 0;
	}
}

static void fill_half_close(const struct flow *flow, unsigned first, struct flow_report *report)
{
	const struct trace *ack = &flow->close[first].ack;
	const struct trace *fin = &flow->close[other(first)].fin;
	int64_t until_ns = fin->number != 0 ? fin->ts_ns : flow->half_close_last_ns;

	if (!flow->half_close_seen)
		return;
	report->half_close = (struct report_half_close){
		.present = true,
		.side = envelope_who(flow, other(first)),
		.duration_ns = until_ns > ack->ts_ns ? until_ns - ack->ts_ns : 0,
		.bytes = flow->half_close_bytes,
	};
}

static void stretch(struct flow_report *report, int64_t ts_ns)
{
	if (!report->has_teardown_start || ts_ns < report->teardown_start_ns)
		report->teardown_start_ns = ts_ns;
	if (!report->has_teardown_end || ts_ns > report->teardown_end_ns)
		report->teardown_end_ns = ts_ns;
	report->has_teardown_start = report->has_teardown_end = true;
}

void waves_report(const struct analyzer *analyzer, const struct flow *flow, enum reason reason,
		  struct flow_report *report)
{
	unsigned first = waves_first_closer(flow);

	if (flow->reset.accepted && !flow->reset.void_ &&
	    !(flow->end[0].fin_acked && flow->end[1].fin_acked))
		stretch(report, flow->reset.by.ts_ns);
	if (!flow->end[0].has_fin && !flow->end[1].has_fin && !flow->end[0].fin_rejected &&
	    !flow->end[1].fin_rejected)
		return;
	report->wave_count = 4;
	fill_fin(flow, first, first, &report->wave[0]);
	fill_ack(flow, first, &report->wave[1]);
	fill_fin(flow, other(first), first, &report->wave[2]);
	fill_ack(flow, other(first), &report->wave[3]);
	report->wave[1].piggybacked =
		report->wave[1].has_segment && report->wave[2].has_segment &&
		trace_is_same(&flow->close[first].ack, &flow->close[other(first)].fin);
	settle_unseen(analyzer, flow, reason, report);
	for (unsigned i = 0; i < 4; i++) {
		if (report->wave[i].has_segment)
			stretch(report, report->wave[i].ts_ns);
	}
	fill_latency(report, &report->latency);
	clamp_latency(&report->latency);
	fill_half_close(flow, first, report);
}
