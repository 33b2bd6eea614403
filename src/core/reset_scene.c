#include "core/reset_scene.h"

#include "core/seq.h"

/* Shorter silences are the pauses of an exchange, not an idle connection. */
enum { IDLE_BEFORE_RACE_S = 1 };

enum { GIVING_UP_AFTER = 3 /* repetitions without an answer */ };

int64_t reset_scene_request_idle_ns(const struct flow *flow, const struct reset_scene *scene)
{
	int64_t before_fin_ns = flow->close[scene->from].idle_ns;

	return before_fin_ns >= IDLE_BEFORE_RACE_S * NS_PER_S ? before_fin_ns
							      : scene->receiver->payload_gap_ns;
}

/* Payload of the lengths that a TLS alert has, where it was not looked at: in clear, and encrypted
 * by the cipher suites in use. */
static bool has_length_of_alert(uint32_t payload_bytes)
{
	static const uint8_t lengths[] = {7, 23, 24, 31, 37, 53};

	for (size_t i = 0; i < sizeof lengths; i++) {
		if (payload_bytes == lengths[i])
			return true;
	}
	return false;
}

/* What its latest payload was recognised as: of two frames with one number, in two files, where the
 * same bytes end. */
static enum payload_look look_of(const struct endpoint *end)
{
	const struct trace *payload = &end->last_payload;
	bool same = payload->number == end->look_number &&
		    payload->seq + payload->payload_bytes == end->look_end;

	return same ? (enum payload_look)end->look : PAYLOAD_UNSEEN;
}

static bool is_alert(enum payload_look look)
{
	return look == PAYLOAD_TLS_CLOSE_NOTIFY || look == PAYLOAD_TLS_ALERT ||
	       look == PAYLOAD_TLS_SHORT || look == PAYLOAD_TLS_FATAL;
}

/* What the reset answers is a TLS alert; before the FIN or behind it, the tap may have swapped
 * them.
 */
static bool met_alert(const struct flow *flow, const struct reset_scene *scene)
{
	const struct trace *payload = &scene->receiver->last_payload;
	bool behind = trace_is_later(payload, &flow->close[scene->from].fin);

	return scene->sender->has_fin && (behind || scene->trigger == payload) &&
	       is_alert(look_of(scene->receiver));
}

/* The server closed an idle connection, and a request came: crossed on the wire, or written too
 * late (RFC 9112, 9.5). */
static void judge_request(const struct flow *flow, struct reset_scene *scene)
{
	const struct endpoint *closer = scene->sender;
	enum payload_look look = look_of(scene->receiver);

	if (!closer->has_fin || closer->fin_inferred || flow->reset.form != RESET_FORM_REPLY ||
	    scene->from == flow->client || flow->end[other(scene->from)].has_fin ||
	    reset_scene_request_idle_ns(flow, scene) < IDLE_BEFORE_RACE_S * NS_PER_S ||
	    (look == PAYLOAD_UNSEEN && has_length_of_alert(scene->trigger->payload_bytes)))
		return;
	if (scene->trigger->ack == closer->fin_seq)
		scene->keepalive_race = scene->trigger->ts_ns <
					flow->close[scene->from].fin.ts_ns + flow_answer_ns(flow);
	else if (scene->trigger->ack == closer->fin_seq + 1)
		scene->stale_write = true;
}

/* It had repeated data, or its FIN, and was not answered any more. */
static bool has_given_up(const struct flow *flow, unsigned side)
{
	const struct endpoint *end = &flow->end[side];

	return end->backoffs >= GIVING_UP_AFTER ||
	       (end->has_fin && !end->fin_acked &&
		flow->close[side].fin_repeats >= GIVING_UP_AFTER);
}

struct reset_scene reset_scene_of(const struct flow *flow)
{
	const struct reset *reset = &flow->reset;
	struct reset_scene scene = {
		.from = reset->from,
		.sender = &flow->end[reset->from],
		.receiver = &flow->end[other(reset->from)],
		.by = reset->by,
		.gave_up = has_given_up(flow, reset->from),
		.both_closed = flow->end[0].fin_acked && flow->end[1].fin_acked,
		.harmless = flow->end[0].payload_bytes + flow->end[1].payload_bytes == 0 ||
			    reset->multipath == MULTIPATH_RESET_FASTCLOSE,
	};

	if (reset->answers_payload && !trace_is_later(&scene.receiver->last_payload, &reset->by))
		scene.trigger = &scene.receiver->last_payload;
	scene.farewell = met_alert(flow, &scene);
	if (scene.trigger != NULL && !scene.farewell)
		judge_request(flow, &scene);
	return scene;
}

bool reset_scene_bad_ack(const struct reset_scene *scene)
{
	return (scene->by.flags & TCP_ACK) != 0 && scene->receiver->has_max &&
	       seq_gt(scene->by.ack, scene->receiver->max);
}

bool reset_scene_maybe_unread(const struct reset_scene *scene)
{
	const struct trace *theirs = &scene->receiver->last_payload;
	const struct trace *own = &scene->sender->last_payload;

	return !scene->gave_up && theirs->number != 0 &&
	       (own->number == 0 || trace_is_later(theirs, own));
}
