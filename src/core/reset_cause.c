#include "core/reset_cause.h"

#include "core/pending.h"
#include "core/raise.h"
#include "core/seq.h"

enum { IDLE_BEFORE_RESET_S = 30, IDLE_BEFORE_RACE_S = 1, KEEPALIVES_FAILED = 3, ORPHAN_S = 60 };

/* What is known about an accepted reset, gathered once. */
struct scene {
	unsigned from;
	const struct endpoint *sender, *receiver;
	struct trace by;
	const struct trace *trigger; /* the peer's payload that it answers, or NULL */
	bool both_closed, keepalive_race, stale_write;
	bool harmless; /* no payload was ever sent, or Multipath TCP ends an orderly connection */
};

static void raise(struct analyzer *analyzer, struct flow *flow, const struct scene *scene,
		  enum anomaly_id id, unsigned side)
{
	if (!scene->harmless || anomaly_row(id)->severity == SEVERITY_ERROR)
		anomaly_note(analyzer, flow, id, side, &scene->by);
	else
		anomaly_raise_as(analyzer, flow,
				 &(struct finding){.id = id, .side = side, .by = scene->by},
				 SEVERITY_INFO);
}

static bool both_closed(const struct flow *flow)
{
	return flow->end[0].fin_acked && flow->end[1].fin_acked;
}

/* No payload had flowed for a while, neither before the close nor before the request. */
static bool came_after_idle(const struct flow *flow, const struct scene *scene)
{
	return flow->close[scene->from].idle_ns >= IDLE_BEFORE_RACE_S * NS_PER_S ||
	       scene->receiver->payload_gap_ns >= IDLE_BEFORE_RACE_S * NS_PER_S;
}

/* Server closed an idle connection, and a request came: crossed on the wire, or written too late
 * (RFC 9112, 9.5). */
static void judge_request(const struct flow *flow, struct scene *scene)
{
	const struct endpoint *closer = scene->sender;

	if (scene->trigger == NULL || !closer->has_fin || closer->fin_inferred ||
	    flow->reset.form != RESET_FORM_REPLY || scene->from == flow->client ||
	    flow->end[other(scene->from)].has_fin || !came_after_idle(flow, scene))
		return;
	if (scene->trigger->ack == closer->fin_seq)
		scene->keepalive_race = scene->trigger->ts_ns <
					flow->close[scene->from].fin.ts_ns + flow_answer_ns(flow);
	else if (scene->trigger->ack == closer->fin_seq + 1)
		scene->stale_write = true;
}

static struct scene set_scene(const struct flow *flow)
{
	const struct reset *reset = &flow->reset;
	struct scene scene = {
		.from = reset->from,
		.sender = &flow->end[reset->from],
		.receiver = &flow->end[other(reset->from)],
		.by = reset->by,
		.both_closed = both_closed(flow),
		.harmless = flow->end[0].payload_bytes + flow->end[1].payload_bytes == 0 ||
			    reset->multipath == MULTIPATH_RESET_FASTCLOSE,
	};

	if (reset->trigger_number != 0 &&
	    reset->trigger_number == scene.receiver->last_payload.number)
		scene.trigger = &scene.receiver->last_payload;
	judge_request(flow, &scene);
	return scene;
}

static bool bad_ack(const struct scene *scene)
{
	return (scene->by.flags & TCP_ACK) != 0 && scene->receiver->has_max &&
	       seq_gt(scene->by.ack, scene->receiver->max);
}

static bool raise_opening(struct analyzer *analyzer, struct flow *flow, const struct scene *scene)
{
	if (flow->established)
		return false;
	if (flow->reset.state_before[other(scene->from)] == STATE_SYN_SENT &&
	    !scene->sender->has_iss)
		anomaly_note(analyzer, flow, ANOMALY_CONNECT_REFUSED, scene->from, &scene->by);
	else if (flow->origin == ORIGIN_HANDSHAKE)
		anomaly_note(analyzer, flow, ANOMALY_HANDSHAKE_ABANDONED, scene->from, &scene->by);
	else
		anomaly_note(analyzer, flow, ANOMALY_RST_NO_SESSION, scene->from, &scene->by);
	return true;
}

/* After both FINs were acknowledged. */
static bool raise_after_close(struct analyzer *analyzer, struct flow *flow,
			      const struct scene *scene)
{
	const struct time_wait *own = &flow->time_wait[scene->from];
	const struct time_wait *theirs = &flow->time_wait[other(scene->from)];

	if (!scene->both_closed)
		return false;
	if (own->held && own->ended_by == TW_END_ABSENT && own->absent_ns == scene->by.ts_ns)
		raise(analyzer, flow, scene, ANOMALY_TIME_WAIT_FIN_ANSWERED_RST, scene->from);
	else if (theirs->held && theirs->ended_by == TW_END_ASSASSINATED &&
		 theirs->end_ns == scene->by.ts_ns)
		raise(analyzer, flow, scene, ANOMALY_TIME_WAIT_ASSASSINATED, other(scene->from));
	else
		raise(analyzer, flow, scene, ANOMALY_RST_AFTER_GRACEFUL, scene->from);
	return true;
}

static bool raise_reply(struct analyzer *analyzer, struct flow *flow, const struct scene *scene)
{
	bool on_data = scene->sender->has_fin && scene->trigger != NULL;

	if (flow->reset.form != RESET_FORM_REPLY)
		return false;
	if (scene->keepalive_race)
		raise(analyzer, flow, scene, ANOMALY_HTTP_KEEPALIVE_RACE, scene->from);
	if (scene->stale_write)
		raise(analyzer, flow, scene, ANOMALY_STALE_POOL_WRITE, scene->from);
	if (on_data && !scene->keepalive_race)
		raise(analyzer, flow, scene, ANOMALY_RST_ON_DATA_AFTER_CLOSE, scene->from);
	raise(analyzer, flow, scene, ANOMALY_RST_REPLY, scene->from);
	return true;
}

/* Payload of the peer that the application of the resetting side may not have read (RFC
 * 2525, 2.17). */
static bool maybe_unread(const struct scene *scene)
{
	const struct trace *theirs = &scene->receiver->last_payload;
	const struct trace *own = &scene->sender->last_payload;

	return theirs->number != 0 && (own->number == 0 || theirs->number > own->number);
}

/* A local abort acknowledges what its sender has received; anything else was made up, or came with
 * a FIN. */
static bool raise_abort(struct analyzer *analyzer, struct flow *flow, const struct scene *scene)
{
	if (flow->reset.form != RESET_FORM_ABORT || (scene->by.flags & TCP_FIN) != 0 ||
	    bad_ack(scene))
		return false;
	if (scene->sender->keepalives >= KEEPALIVES_FAILED)
		raise(analyzer, flow, scene, ANOMALY_KEEPALIVE_FAILED, scene->from);
	else if (maybe_unread(scene))
		raise(analyzer, flow, scene, ANOMALY_RST_UNREAD_DATA, scene->from);
	else
		raise(analyzer, flow, scene, ANOMALY_RST_ABORT_LOCAL, scene->from);
	return true;
}

/* The first thing after a long silence, or the answer to it. */
static bool raise_idle(struct analyzer *analyzer, struct flow *flow, const struct scene *scene)
{
	int64_t since_ns = flow->silence_ns;
	struct finding finding = {
		.id = ANOMALY_RST_AFTER_IDLE, .side = scene->from, .by = scene->by};

	if (scene->trigger != NULL && scene->receiver->payload_gap_ns > since_ns)
		since_ns = scene->receiver->payload_gap_ns;
	if (since_ns < IDLE_BEFORE_RESET_S * NS_PER_S || flow->end[0].has_fin ||
	    flow->end[1].has_fin || scene->sender->keepalives > 0 ||
	    scene->receiver->keepalives > 0)
		return false;
	finding.observed = evidence_duration(since_ns);
	anomaly_raise_as(analyzer, flow, &finding,
			 scene->harmless ? SEVERITY_INFO : SEVERITY_WARNING);
	return true;
}

static void raise_details(struct analyzer *analyzer, struct flow *flow, const struct scene *scene,
			  const struct segment *segment)
{
	uint64_t lost = flow->reset.bytes_lost[0] + flow->reset.bytes_lost[1];

	if (segment_has(segment, TCP_FIN))
		raise(analyzer, flow, scene, ANOMALY_FIN_RST_TOGETHER, scene->from);
	if (segment->payload_bytes > 0)
		raise(analyzer, flow, scene, ANOMALY_RST_WITH_DATA, scene->from);
	if (bad_ack(scene))
		raise(analyzer, flow, scene, ANOMALY_RST_BAD_ACK, scene->from);
	if (flow->reset.third_party)
		raise(analyzer, flow, scene, ANOMALY_RST_THIRD_PARTY, SIDE_NEITHER);
	if (!flow->reset.third_party)
		pending_judge(analyzer, flow, scene->from, &scene->by);
	if (lost > 0)
		anomaly_raise(analyzer, flow,
			      &(struct finding){.id = ANOMALY_RST_OUTSTANDING_DATA_LOST,
						.side = scene->from,
						.by = scene->by,
						.observed = evidence_bytes(lost)});
}

void reset_raise_accepted(struct analyzer *analyzer, struct flow *flow,
			  const struct segment *segment)
{
	struct scene scene = set_scene(flow);
	bool named = false;

	if (raise_opening(analyzer, flow, &scene))
		return;
	if (raise_after_close(analyzer, flow, &scene))
		return;
	if (flow->reset.class == RESET_CLASS_FIN_MINUS_ONE) {
		raise(analyzer, flow, &scene, ANOMALY_RST_AT_FIN_SEQ, scene.from);
		named = true;
	}
	if (!flow->reset.third_party) {
		named |= raise_reply(analyzer, flow, &scene);
		named |= raise_abort(analyzer, flow, &scene);
	}
	named |= raise_idle(analyzer, flow, &scene);
	raise_details(analyzer, flow, &scene, segment);
	if (!named && (segment->flags & TCP_FIN) == 0 && !bad_ack(&scene))
		anomaly_raise_as(analyzer, flow,
				 &(struct finding){.id = ANOMALY_RST_EXACT,
						   .side = scene.from,
						   .by = scene.by},
				 scene.harmless                                 ? SEVERITY_INFO
				 : flow->end[0].has_fin || flow->end[1].has_fin ? SEVERITY_NOTICE
										: SEVERITY_WARNING);
}

static void explain(struct flow_report *report, enum cause cause, enum weight weight,
		    uint64_t number)
{
	struct report_explanation *explanation = &report->explanation[report->explanation_count];

	if (report->explanation_count == REPORT_EXPLANATIONS_MAX)
		return;
	*explanation = (struct report_explanation){.cause = cause, .weight = weight};
	if (number != 0)
		explanation->frame[explanation->frame_count++] = number;
	report->explanation_count++;
}

/* An abort says only that something gave up: these are the calls that send it (kernel: tcp_close,
 * SO_LINGER). */
static void explain_abort(const struct flow *flow, const struct scene *scene,
			  struct flow_report *report)
{
	if (flow->reset.form != RESET_FORM_ABORT || scene->both_closed ||
	    flow->reset.multipath != MULTIPATH_RESET_NULL)
		return;
	if (scene->sender->keepalives >= KEEPALIVES_FAILED) {
		explain(report, CAUSE_KEEPALIVE_FAILED, WEIGHT_HIGH, scene->by.number);
		return;
	}
	if (scene->receiver->last_payload.number == 0) {
		explain(report, CAUSE_SO_LINGER_0, WEIGHT_HIGH, scene->by.number);
		return;
	}
	if (maybe_unread(scene))
		explain(report, CAUSE_CLOSE_WITH_UNREAD_DATA, WEIGHT_MEDIUM,
			scene->receiver->last_payload.number);
	explain(report, CAUSE_SO_LINGER_0, WEIGHT_MEDIUM, scene->by.number);
}

/* Linux drops an orphaned FIN-WAIT-2 after tcp_fin_timeout, 60 s; what comes later meets nobody. */
static bool orphaned(const struct flow *flow, const struct scene *scene)
{
	const struct trace *ack = &flow->close[scene->from].ack;

	return ack->number != 0 && scene->by.ts_ns - ack->ts_ns >= ORPHAN_S * NS_PER_S;
}

void reset_explain(const struct analyzer *analyzer, const struct flow *flow,
		   struct flow_report *report)
{
	struct scene scene;

	report->explanation_count = 0;
	if (!flow->reset.accepted || !flow->established)
		return;
	scene = set_scene(flow);
	if (anomaly_was_raised(analyzer, flow, ANOMALY_HTTP_KEEPALIVE_RACE))
		explain(report, CAUSE_HTTP_KEEPALIVE_RACE, WEIGHT_HIGH, flow->reset.trigger_number);
	if (anomaly_was_raised(analyzer, flow, ANOMALY_STALE_POOL_WRITE))
		explain(report, CAUSE_STALE_POOL_WRITE, WEIGHT_HIGH, flow->reset.trigger_number);
	if (anomaly_was_raised(analyzer, flow, ANOMALY_RST_IGNORED_BY_SENDER))
		explain(report, CAUSE_INJECTED_RESET, WEIGHT_HIGH, scene.by.number);
	if (anomaly_was_raised(analyzer, flow, ANOMALY_RST_AFTER_CHALLENGE) ||
	    anomaly_was_raised(analyzer, flow, ANOMALY_SYN_IN_ESTABLISHED))
		explain(report, CAUSE_PEER_REBOOTED, WEIGHT_MEDIUM, scene.by.number);
	if (anomaly_was_raised(analyzer, flow, ANOMALY_RST_AFTER_IDLE))
		explain(report, CAUSE_IDLE_MIDDLEBOX_RESET, WEIGHT_MEDIUM, scene.by.number);
	if (anomaly_was_raised(analyzer, flow, ANOMALY_RST_ON_DATA_AFTER_CLOSE) &&
	    !anomaly_was_raised(analyzer, flow, ANOMALY_STALE_POOL_WRITE))
		explain(report,
			orphaned(flow, &scene) ? CAUSE_ORPHAN_FIN_WAIT_2_TIMEOUT
					       : CAUSE_CLOSE_WITH_DATA_IN_FLIGHT,
			WEIGHT_MEDIUM, flow->reset.trigger_number);
	if (!flow->reset.void_)
		explain_abort(flow, &scene, report);
}
