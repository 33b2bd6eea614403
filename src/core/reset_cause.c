#include "core/reset_cause.h"

#include "core/pending.h"
#include "core/raise.h"
#include "core/reset_scene.h"

enum { IDLE_BEFORE_RESET_S = 30 };

/* For what belongs to an orderly end. */
static void raise_mildly(struct analyzer *analyzer, struct flow *flow,
			 const struct reset_scene *scene, enum anomaly_id id, unsigned side)
{
	anomaly_raise_as(analyzer, flow, &(struct finding){.id = id, .side = side, .by = scene->by},
			 SEVERITY_INFO);
}

static void raise(struct analyzer *analyzer, struct flow *flow, const struct reset_scene *scene,
		  enum anomaly_id id, unsigned side)
{
	if (!scene->harmless || anomaly_row(id)->severity == SEVERITY_ERROR)
		anomaly_note(analyzer, flow, id, side, &scene->by);
	else
		raise_mildly(analyzer, flow, scene, id, side);
}

static bool raise_opening(struct analyzer *analyzer, struct flow *flow,
			  const struct reset_scene *scene)
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
			      const struct reset_scene *scene)
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

/* A request that the server's close met: its acknowledgement against the one that covers the FIN,
 * how much of it is lost, and how long nothing had flowed. */
static void raise_lost_request(struct analyzer *analyzer, struct flow *flow,
			       const struct reset_scene *scene, enum anomaly_id id)
{
	struct finding finding = {.id = id, .side = scene->from, .by = scene->by};
	const struct trace *fin = &flow->close[scene->from].fin, *request = scene->trigger;
	bool crossed = trace_is_later(fin, request);

	finding.led_by[0] = crossed ? request->number : fin->number;
	finding.led_by[1] = crossed ? fin->number : request->number;
	if (id == ANOMALY_HTTP_KEEPALIVE_RACE)
		finding.expected = evidence_ack(scene->sender->fin_seq + 1);
	finding.observed = (struct report_evidence){
		.has = EVIDENCE_SEQ | EVIDENCE_ACK | EVIDENCE_BYTES | EVIDENCE_DURATION,
		.seq = scene->trigger->seq,
		.ack = scene->trigger->ack,
		.bytes = scene->trigger->payload_bytes,
		.duration_ns = reset_scene_request_idle_ns(flow, scene),
	};
	anomaly_raise(analyzer, flow, &finding);
}

static bool raise_reply(struct analyzer *analyzer, struct flow *flow,
			const struct reset_scene *scene)
{
	bool on_data = scene->sender->has_fin && scene->trigger != NULL;

	if (flow->reset.form != RESET_FORM_REPLY)
		return false;
	if (scene->keepalive_race)
		raise_lost_request(analyzer, flow, scene, ANOMALY_HTTP_KEEPALIVE_RACE);
	if (scene->stale_write)
		raise_lost_request(analyzer, flow, scene, ANOMALY_STALE_POOL_WRITE);
	if (on_data && scene->farewell)
		raise_mildly(analyzer, flow, scene, ANOMALY_RST_ON_DATA_AFTER_CLOSE, scene->from);
	else if (on_data && !scene->keepalive_race)
		raise(analyzer, flow, scene, ANOMALY_RST_ON_DATA_AFTER_CLOSE, scene->from);
	raise(analyzer, flow, scene, ANOMALY_RST_REPLY, scene->from);
	return true;
}

/* A local abort acknowledges what its sender has received; anything else was made up, or came with
 * a FIN. */
static bool raise_abort(struct analyzer *analyzer, struct flow *flow,
			const struct reset_scene *scene)
{
	if (flow->reset.form != RESET_FORM_ABORT || (scene->by.flags & TCP_FIN) != 0 ||
	    reset_scene_bad_ack(scene))
		return false;
	if (scene->sender->keepalives >= KEEPALIVES_FAILED)
		raise(analyzer, flow, scene, ANOMALY_KEEPALIVE_FAILED, scene->from);
	else if (scene->farewell)
		raise_mildly(analyzer, flow, scene, ANOMALY_RST_UNREAD_DATA, scene->from);
	else if (reset_scene_maybe_unread(scene))
		raise(analyzer, flow, scene, ANOMALY_RST_UNREAD_DATA, scene->from);
	else
		raise(analyzer, flow, scene, ANOMALY_RST_ABORT_LOCAL, scene->from);
	return true;
}

/* The first thing after a long silence, or the answer to it. */
static bool raise_idle(struct analyzer *analyzer, struct flow *flow,
		       const struct reset_scene *scene)
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

static void raise_details(struct analyzer *analyzer, struct flow *flow,
			  const struct reset_scene *scene, const struct segment *segment)
{
	uint64_t lost = flow->reset.bytes_lost[0] + flow->reset.bytes_lost[1];

	if (segment_has(segment, TCP_FIN))
		raise(analyzer, flow, scene, ANOMALY_FIN_RST_TOGETHER, scene->from);
	if (segment->payload_bytes > 0)
		raise(analyzer, flow, scene, ANOMALY_RST_WITH_DATA, scene->from);
	if (reset_scene_bad_ack(scene))
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
	struct reset_scene scene = reset_scene_of(flow);
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
	if (!named && (segment->flags & TCP_FIN) == 0 && !reset_scene_bad_ack(&scene))
		anomaly_raise_as(analyzer, flow,
				 &(struct finding){.id = ANOMALY_RST_EXACT,
						   .side = scene.from,
						   .by = scene.by},
				 scene.harmless                                 ? SEVERITY_INFO
				 : flow->end[0].has_fin || flow->end[1].has_fin ? SEVERITY_NOTICE
										: SEVERITY_WARNING);
}
