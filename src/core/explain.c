#include "core/explain.h"

#include "core/idle_gap.h"
#include "core/raise.h"
#include "core/reset.h"
#include "core/reset_scene.h"
#include "core/seq.h"
#include "core/waves.h"

enum {
	ORPHAN_S = 60,      /* Linux tcp_fin_timeout (RFC 1122, 4.2.2.20 leaves it open) */
	ORPHAN_LEAST_S = 1, /* the shortest that it can be set to */
};

/* What all explanations are made from. */
struct telling {
	const struct analyzer *analyzer;
	const struct flow *flow;
	struct reset_scene scene; /* with reset_stands() or a void reset */
	struct flow_report *report;
};

/* Opens an explanation, or finds that cause, at its better weight; NULL when there is no room. */
static struct report_explanation *tell(const struct telling *telling, enum cause cause,
				       enum weight weight)
{
	struct flow_report *report = telling->report;
	struct report_explanation *explanation;

	for (unsigned i = 0; i < report->explanation_count; i++) {
		explanation = &report->explanation[i];
		if (explanation->cause != cause)
			continue;
		if (weight < explanation->weight)
			explanation->weight = weight;
		return explanation;
	}
	if (report->explanation_count == REPORT_EXPLANATIONS_MAX)
		return NULL;
	explanation = &report->explanation[report->explanation_count++];
	*explanation = (struct report_explanation){.cause = cause, .weight = weight};
	return explanation;
}

/* Frames stand in their order, each once. */
static void show(struct report_explanation *explanation, uint64_t number)
{
	unsigned at;

	if (explanation == NULL || number == 0 || explanation->frame_count == REPORT_FRAMES_MAX)
		return;
	for (unsigned i = 0; i < explanation->frame_count; i++) {
		if (explanation->frame[i] == number)
			return;
	}
	for (at = explanation->frame_count; at > 0 && explanation->frame[at - 1] > number; at--)
		explanation->frame[at] = explanation->frame[at - 1];
	explanation->frame[at] = number;
	explanation->frame_count++;
}

static void show_anomaly(struct report_explanation *explanation,
			 const struct report_anomaly *anomaly)
{
	for (unsigned i = 0; i < anomaly->frame_count; i++)
		show(explanation, anomaly->frame[i]);
}

/* Notes the silence, and the timers of these kinds that are as long. */
static void show_idle(struct report_explanation *explanation, int64_t idle_ns, unsigned kinds)
{
	if (explanation == NULL)
		return;
	explanation->has_idle = true;
	explanation->idle_ns = idle_ns;
	explanation->timer_count =
		idle_gap_match(idle_ns, kinds, explanation->timer, REPORT_TIMERS_MAX);
}

static bool matches_timer(int64_t idle_ns, unsigned kinds)
{
	uint8_t row;

	return idle_gap_match(idle_ns, kinds, &row, 1) > 0;
}

static const struct report_anomaly *raised(const struct telling *telling, enum anomaly_id id)
{
	return anomaly_find(telling->analyzer, telling->flow, id);
}

/* RFC 9112, 9.5: the acknowledgement number of the request tells the two apart. */
static void tell_lost_request(const struct telling *telling, enum anomaly_id id, enum cause cause)
{
	const struct report_anomaly *anomaly = raised(telling, id);
	struct report_explanation *explanation;

	if (anomaly == NULL)
		return;
	explanation = tell(telling, cause, WEIGHT_HIGH);
	show(explanation, telling->flow->close[telling->flow->reset.from].fin.number);
	show(explanation, telling->flow->reset.trigger_number);
	show_anomaly(explanation, anomaly);
	show_idle(explanation, anomaly->observed.duration_ns, GAP_CLOSES);
}

/* The supposed sender went on, or it sits elsewhere (RFC 5961, 1). */
static void tell_injection(const struct telling *telling)
{
	const struct report_anomaly *goes_on = raised(telling, ANOMALY_RST_IGNORED_BY_SENDER);
	struct report_explanation *explanation;

	if (goes_on == NULL && !telling->flow->reset.third_party)
		return;
	explanation = tell(telling, CAUSE_INJECTED_RESET,
			   goes_on != NULL                                   ? WEIGHT_HIGH
			   : raised(telling, ANOMALY_RST_AFTER_IDLE) != NULL ? WEIGHT_LOW
									     : WEIGHT_MEDIUM);
	show(explanation, telling->flow->reset.by.number);
	if (goes_on != NULL)
		show_anomaly(explanation, goes_on);
}

/* The side that resets said nothing of the connection any more since it showed that it knows none.
 */
static bool stays_ignorant(const struct flow *flow, const struct report_anomaly *shown)
{
	return flow->end[flow->reset.from].last.ts_ns <= shown->ts_ns;
}

/* One side has lost its state: it knows nothing of the connection (RFC 9293, 3.5.1). */
static void tell_reboot(const struct telling *telling)
{
	static const enum anomaly_id shows[] = {ANOMALY_SYN_IN_ESTABLISHED,
						ANOMALY_RST_AFTER_CHALLENGE};
	const struct flow *flow = telling->flow;
	struct report_explanation *explanation;

	for (unsigned i = 0; i < 2; i++) {
		const struct report_anomaly *anomaly = raised(telling, shows[i]);

		if (anomaly == NULL || !stays_ignorant(flow, anomaly))
			continue;
		explanation =
			tell(telling, CAUSE_PEER_REBOOTED, i == 0 ? WEIGHT_HIGH : WEIGHT_MEDIUM);
		show_anomaly(explanation, anomaly);
		show(explanation, flow->reset.by.number);
		return;
	}
	if (flow->reset.form != RESET_FORM_REPLY || flow->reset.third_party ||
	    raised(telling, ANOMALY_RST_AFTER_IDLE) == NULL)
		return;
	explanation = tell(telling, CAUSE_PEER_REBOOTED, WEIGHT_LOW);
	show(explanation, flow->reset.trigger_number);
	show(explanation, flow->reset.by.number);
}

/* Something on the path forgot the connection and says so (RFC 5382, 5). */
static void tell_idle_reset(const struct telling *telling)
{
	const struct report_anomaly *idle = raised(telling, ANOMALY_RST_AFTER_IDLE);
	struct report_explanation *explanation;
	enum weight weight = WEIGHT_LOW;

	if (idle == NULL)
		return;
	if (telling->flow->reset.third_party)
		weight = WEIGHT_HIGH;
	else if (matches_timer(idle->observed.duration_ns, GAP_FORGETS))
		weight = WEIGHT_MEDIUM;
	explanation = tell(telling, CAUSE_IDLE_MIDDLEBOX_RESET, weight);
	show(explanation, telling->flow->reset.trigger_number);
	show_anomaly(explanation, idle);
	show_idle(explanation, idle->observed.duration_ns, GAP_FORGETS | GAP_CLOSES);
}

/* The closer went on acknowledging data after its FIN: somebody was still there to read it. */
static bool went_on_reading(const struct telling *telling)
{
	const struct endpoint *closer = telling->scene.sender;

	return closer->has_last_ack &&
	       seq_gt(closer->last_ack, telling->flow->close[telling->scene.from].fin.ack);
}

/* For how long the closer has waited in FIN-WAIT-2. */
static int64_t waited_ns(const struct telling *telling)
{
	const struct trace *ack = &telling->flow->close[telling->scene.from].ack;

	return ack->number == 0 ? 0 : telling->scene.by.ts_ns - ack->ts_ns;
}

static bool is_orphan_due(const struct telling *telling)
{
	return waited_ns(telling) >= ORPHAN_S * NS_PER_S;
}

static struct report_explanation *tell_orphan(const struct telling *telling, enum weight weight)
{
	struct report_explanation *explanation =
		tell(telling, CAUSE_ORPHAN_FIN_WAIT_2_TIMEOUT, weight);

	show(explanation, telling->flow->close[telling->scene.from].ack.number);
	show_idle(explanation, waited_ns(telling), GAP_ORPHANS);
	return explanation;
}

/* Payload met a socket that had been closed in both directions (RFC 1122, 4.2.2.13). */
static void tell_data_after_close(const struct telling *telling)
{
	const struct flow *flow = telling->flow;
	const struct trace *trigger = telling->scene.trigger;
	const struct report_anomaly *met = raised(telling, ANOMALY_RST_ON_DATA_AFTER_CLOSE);
	struct report_explanation *explanation;

	if (met == NULL || telling->scene.farewell ||
	    raised(telling, ANOMALY_STALE_POOL_WRITE) != NULL)
		return;
	if (went_on_reading(telling)) {
		explanation = tell(telling, CAUSE_PROCESS_EXIT_OR_CLOSE, WEIGHT_MEDIUM);
	} else if (is_orphan_due(telling)) {
		explanation = tell_orphan(telling, WEIGHT_MEDIUM);
	} else {
		bool crossed =
			trigger != NULL && seq_leq(trigger->ack, telling->scene.sender->fin_seq);

		explanation = tell(telling, CAUSE_CLOSE_WITH_DATA_IN_FLIGHT,
				   crossed ? WEIGHT_HIGH : WEIGHT_MEDIUM);
	}
	show(explanation, flow->reset.trigger_number);
	show_anomaly(explanation, met);
}

/*
 * The closer answers by a RST what brings no payload: a FIN, a keep-alive probe. In FIN-WAIT-2 it
 * would have acknowledged it, orphaned or not (kernel: tcp_timewait_state_process), so that it is
 * there no more; its timer may have been set shorter.
 */
static bool may_have_timed_out(const struct telling *telling)
{
	const struct flow *flow = telling->flow;
	const struct reset_scene *scene = &telling->scene;

	return waited_ns(telling) >= ORPHAN_LEAST_S * NS_PER_S &&
	       flow->reset.form == RESET_FORM_REPLY && !flow->reset.answers_payload &&
	       !flow->reset.third_party && !scene->both_closed && scene->sender->fin_acked &&
	       scene->by.seq == scene->sender->fin_seq + 1;
}

/* FIN-WAIT-2 was over when something without payload met it. */
static void tell_forgotten(const struct telling *telling)
{
	struct report_explanation *explanation;

	if (!may_have_timed_out(telling))
		return;
	explanation = tell_orphan(telling, is_orphan_due(telling) ? WEIGHT_MEDIUM : WEIGHT_LOW);
	show(explanation, telling->flow->reset.trigger_number);
	show(explanation, telling->scene.by.number);
}

/* A TLS farewell to somebody who had already gone. */
static void tell_farewell(const struct telling *telling)
{
	const struct reset_scene *scene = &telling->scene;
	struct report_explanation *explanation;

	if (!scene->farewell || scene->receiver->look == PAYLOAD_TLS_FATAL)
		return;
	explanation =
		tell(telling, CAUSE_TLS_CLOSE_NOTIFY,
		     scene->receiver->look == PAYLOAD_TLS_SHORT ? WEIGHT_MEDIUM : WEIGHT_HIGH);
	show(explanation, scene->receiver->look_number);
	show(explanation, scene->by.number);
}

/* Payload that came to a side which had closed already. */
static bool met_after_close(const struct telling *telling)
{
	const struct reset_scene *scene = &telling->scene;
	const struct trace *fin = &telling->flow->close[scene->from].fin;

	return scene->sender->has_fin && trace_is_later(&scene->receiver->last_payload, fin);
}

/* What a reset would avoid: both had said all that they had to say. */
static bool exchange_is_complete(const struct flow *flow)
{
	return flow->reset.bytes_lost[0] + flow->reset.bytes_lost[1] == 0 &&
	       flow->end[0].last_payload.number != 0 && flow->end[1].last_payload.number != 0;
}

/* An abort says only that something gave up: these are the calls that send it (RFC 9293, 3.10.5;
 * kernel: tcp_close with unread data, SO_LINGER 0). */
static void tell_abort(const struct telling *telling)
{
	const struct flow *flow = telling->flow;
	const struct reset_scene *scene = &telling->scene;
	const struct trace *theirs = &scene->receiver->last_payload;
	bool maybe_unread = reset_scene_maybe_unread(scene);

	if (flow->reset.form != RESET_FORM_ABORT || scene->both_closed ||
	    flow->reset.multipath != MULTIPATH_RESET_NULL || flow->reset.void_ ||
	    scene->sender->keepalives >= KEEPALIVES_FAILED)
		return;
	if (scene->gave_up)
		show(tell(telling, CAUSE_USER_TIMEOUT, WEIGHT_MEDIUM), scene->sender->last.number);
	if (met_after_close(telling)) {
		if (!scene->farewell)
			show(tell(telling, CAUSE_CLOSE_WITH_DATA_IN_FLIGHT, WEIGHT_MEDIUM),
			     theirs->number);
		return;
	}
	if (maybe_unread)
		show(tell(telling, CAUSE_CLOSE_WITH_UNREAD_DATA, WEIGHT_MEDIUM), theirs->number);
	show(tell(telling, CAUSE_SO_LINGER_0,
		  scene->gave_up        ? WEIGHT_LOW
		  : theirs->number == 0 ? WEIGHT_HIGH
					: WEIGHT_MEDIUM),
	     scene->by.number);
	if (exchange_is_complete(flow) && !scene->gave_up)
		show(tell(telling, CAUSE_TIME_WAIT_AVOIDANCE, WEIGHT_LOW), scene->by.number);
	if (maybe_unread)
		show(tell(telling, CAUSE_PROCESS_EXIT_OR_CLOSE, WEIGHT_LOW), scene->by.number);
}

/* The side that would have to wait resets instead (RFC 1337 warns of it). */
static void tell_avoidance(const struct telling *telling)
{
	const struct reset_scene *scene = &telling->scene;
	const struct time_wait *own = &telling->flow->time_wait[scene->from];
	struct report_explanation *explanation;
	enum weight weight;

	if (scene->both_closed && own->held && own->ended_by == TW_END_OWN_RESET &&
	    scene->trigger == NULL)
		weight = WEIGHT_HIGH;
	else if (!scene->both_closed && scene->sender->has_fin && scene->receiver->has_fin &&
		 !scene->receiver->fin_acked && scene->trigger == NULL && !is_orphan_due(telling) &&
		 trace_is_later(&scene->by, &telling->flow->close[other(scene->from)].fin) &&
		 waves_first_closer(telling->flow) == scene->from)
		weight = may_have_timed_out(telling) ? WEIGHT_LOW : WEIGHT_MEDIUM;
	else
		return;
	explanation = tell(telling, CAUSE_TIME_WAIT_AVOIDANCE, weight);
	show(explanation, telling->flow->close[other(scene->from)].fin.number);
	show(explanation, scene->by.number);
}

static void tell_reset(struct telling *telling)
{
	if (!telling->flow->reset.accepted)
		return;
	telling->scene = reset_scene_of(telling->flow);
	tell_lost_request(telling, ANOMALY_HTTP_KEEPALIVE_RACE, CAUSE_HTTP_KEEPALIVE_RACE);
	tell_lost_request(telling, ANOMALY_STALE_POOL_WRITE, CAUSE_STALE_POOL_WRITE);
	tell_idle_reset(telling);
	tell_injection(telling);
	tell_reboot(telling);
	tell_farewell(telling);
	tell_data_after_close(telling);
	tell_forgotten(telling);
	tell_avoidance(telling);
	tell_abort(telling);
}

/* One of the sides is still without an answer to so many probes or repetitions. */
static bool still_waits(const struct flow *flow)
{
	return flow->end[0].keepalives >= KEEPALIVES_FAILED ||
	       flow->end[1].keepalives >= KEEPALIVES_FAILED || flow->end[0].backoffs > 0 ||
	       flow->end[1].backoffs > 0;
}

/* Nobody answers any more. */
static void tell_silence(const struct telling *telling)
{
	const struct report_anomaly *probes = raised(telling, ANOMALY_KEEPALIVE_FAILED);
	const struct report_anomaly *hole = raised(telling, ANOMALY_IDLE_BLACK_HOLE);
	const struct report_anomaly *death = raised(telling, ANOMALY_RTO_DEATH_SILENT);
	struct report_explanation *explanation;

	if (!still_waits(telling->flow))
		return;
	if (probes != NULL) {
		explanation = tell(telling, CAUSE_KEEPALIVE_FAILED,
				   reset_stands(telling->flow) ? WEIGHT_HIGH : WEIGHT_MEDIUM);
		show_anomaly(explanation, probes);
	}
	if (hole != NULL) {
		bool timer = matches_timer(hole->observed.duration_ns, GAP_FORGETS);

		explanation =
			tell(telling, CAUSE_IDLE_BLACK_HOLE, timer ? WEIGHT_HIGH : WEIGHT_MEDIUM);
		show_anomaly(explanation, hole);
		show_idle(explanation, hole->observed.duration_ns, GAP_FORGETS);
	}
	if (death != NULL) {
		explanation = tell(telling, CAUSE_USER_TIMEOUT,
				   hole == NULL ? WEIGHT_MEDIUM : WEIGHT_LOW);
		show_anomaly(explanation, death);
	}
}

/* HTTP had announced that the connection ends (RFC 9112, 9.6). */
static void tell_http(const struct telling *telling, unsigned closer)
{
	const struct endpoint *own = &telling->flow->end[closer];
	const struct endpoint *peer = &telling->flow->end[other(closer)];
	const struct trace *fin = &telling->flow->close[closer].fin;
	const struct endpoint *announcer;
	struct report_explanation *explanation;

	if (own->look == PAYLOAD_HTTP_LAST_RESPONSE || own->look == PAYLOAD_HTTP_LAST_REQUEST)
		announcer = own;
	else if (peer->look == PAYLOAD_HTTP_LAST_RESPONSE ||
		 peer->look == PAYLOAD_HTTP_LAST_REQUEST)
		announcer = peer;
	else
		return;
	if (announcer == peer && seq_gt(peer->look_end, fin->ack))
		return; /* it was not known when the FIN was sent */
	explanation = tell(telling, CAUSE_HTTP_CONNECTION_CLOSE,
			   own->look == PAYLOAD_HTTP_LAST_RESPONSE ? WEIGHT_HIGH : WEIGHT_MEDIUM);
	show(explanation, announcer->look_number);
	show(explanation, fin->number);
}

/* The last thing before the FIN was an alert that announces it (RFC 8446, 6.1). */
static void tell_tls(const struct telling *telling, unsigned closer)
{
	const struct endpoint *own = &telling->flow->end[closer];
	struct report_explanation *explanation;

	if ((own->look != PAYLOAD_TLS_CLOSE_NOTIFY && own->look != PAYLOAD_TLS_ALERT &&
	     own->look != PAYLOAD_TLS_SHORT) ||
	    own->look_end != own->fin_seq)
		return;
	explanation = tell(telling, CAUSE_TLS_CLOSE_NOTIFY,
			   own->look == PAYLOAD_TLS_SHORT ? WEIGHT_MEDIUM : WEIGHT_HIGH);
	show(explanation, own->look_number);
	show(explanation, telling->flow->close[closer].fin.number);
}

static void tell_close(const struct telling *telling)
{
	unsigned closer = waves_first_closer(telling->flow);

	if (!telling->flow->end[closer].has_fin || telling->flow->end[closer].fin_inferred)
		return;
	tell_http(telling, closer);
	tell_tls(telling, closer);
}

/* Best first; what is equal stays in order. */
static void sort(struct flow_report *report)
{
	struct report_explanation *all = report->explanation;

	for (unsigned i = 1; i < report->explanation_count; i++) {
		struct report_explanation moved = all[i];
		unsigned at = i;

		for (; at > 0 && all[at - 1].weight > moved.weight; at--)
			all[at] = all[at - 1];
		all[at] = moved;
	}
}

void explain_end(const struct analyzer *analyzer, const struct flow *flow,
		 struct flow_report *report)
{
	struct telling telling = {.analyzer = analyzer, .flow = flow, .report = report};

	report->explanation_count = 0;
	if (!flow->established)
		return;
	tell_reset(&telling);
	tell_silence(&telling);
	tell_close(&telling);
	sort(report);
}
