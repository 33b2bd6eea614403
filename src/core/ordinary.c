#include "core/ordinary.h"

#include <string.h>

#include "core/diary.h"
#include "core/incarnation.h"
#include "core/orient.h"
#include "core/seq.h"
#include "core/time_wait.h"

/* Room for notes: of ten, or of five that lie far apart. */
enum { NOTES_BYTES = 96 };
_Static_assert((int)NOTES_BYTES >= (int)DIARY_NOTE_MAX_BYTES,
	       "in more room there is room for a note");
_Static_assert(PAYLOAD_TLS_SHORT <= UINT8_MAX, "a look fits in a note");

/* A diary with all the notes that there can be. */
struct whole_diary {
	struct diary diary;
	uint8_t notes[DIARY_NOTES_MAX_BYTES + DIARY_NOTES_SLACK_BYTES];
};

static bool is_plain(const struct analyzer *analyzer, bool stamped, const struct segment *segment)
{
	return segment->marks == (stamped ? SEGMENT_TIMESTAMPS : 0) &&
	       segment->ts_ns == analyzer->now_ns && segment->window != 0 &&
	       (stamped || (segment->tsval | segment->tsecr) == 0) && segment->reset_reason == 0 &&
	       segment->look != PAYLOAD_TLS_OLD && tuple_is_plain_ipv4(&segment->tuple) &&
	       segment->tuple.interface == 0;
}

/* The SYN-ACK of a SYN, with the first numbers that were not used before. */
static bool is_answer(const struct analyzer *analyzer, const struct lone_syn *syn,
		      const struct segment *segment)
{
	return syn->ts_ns != 0 && /* that time says that none is known */
	       (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
	       segment->from != syn->from && is_plain(analyzer, syn->stamped, segment) &&
	       segment->source == syn->source && segment->ack == syn->seq + 1 &&
	       segment->payload_bytes == 0 && segment->look == PAYLOAD_UNSEEN &&
	       (!syn->stamped || segment->tsecr == syn->tsval) &&
	       segment->frame_bytes <= UINT16_MAX && syn->frame_bytes <= UINT16_MAX &&
	       !incarnation_same_isn(analyzer, &segment->tuple, syn->from, syn->seq);
}

/* Of one of the handshake's first two segments. */
static void note_beginning(struct diary *diary, unsigned side, const struct lone_syn *syn)
{
	diary->next[side] = syn->seq + 1;
	diary->tsval[side] = diary->first_tsval[side] = syn->tsval;
	diary->link[side] = syn->link;
	diary->mss[side] = syn->mss;
	diary->ttl[side] = syn->ttl;
	diary->window_scale[side] = syn->window_scale;
	diary->iss[side] = syn->seq;
	diary->frame_bytes[side] = (uint16_t)syn->frame_bytes;
	diary->window[side] = syn->window;
	diary->ip_id[side] = syn->ip_id;
	diary->flags[side] = syn->flags;
}

static struct diary diary_of(const struct lone_syn *syn, const struct segment *segment)
{
	unsigned client = syn->from;
	const struct lone_syn answer = lone_syn_of(segment);
	struct diary diary = {
		.last_ns = segment->ts_ns,
		.last_number = segment->number,
		.source = syn->source,
		.stage = DIARY_ANSWERED,
		.client = syn->from,
		.stamped = syn->stamped,
		.port_taken = syn->port_taken,
		.framed = syn->framed,
		.to_answer = syn->from == 0 ? 1 : 2,
		.first_ns = syn->ts_ns,
		.first_number = syn->number,
		.flow_id = syn->flow_id,
	};

	note_beginning(&diary, client, syn);
	note_beginning(&diary, other(client), &answer);
	diary.edge[client] = segment->ack + segment->window; /* unscaled (RFC 7323, 2.2) */
	diary.mark = diary_first_mark(&diary);
	return diary;
}

/* The lone SYN of this flow is answered. */
static bool take_answer(struct analyzer *analyzer, uint32_t handle, const struct segment *segment)
{
	struct flow_table *table = &analyzer->table;
	struct whole_diary whole;
	struct lone_syn syn;

	memcpy(&syn, flow_table_packed(table, handle), sizeof syn);
	if (!is_answer(analyzer, &syn, segment))
		return false;
	whole.diary = diary_of(&syn, segment);
	memset(whole.notes, 0, NOTES_BYTES + DIARY_NOTES_SLACK_BYTES);
	if (!diary_since(segment->ts_ns - syn.ts_ns, segment->number - syn.number,
			 &whole.diary.answer_since) ||
	    !flow_table_keep_diary(table, handle, &whole.diary, diary_bytes(NOTES_BYTES)))
		return false;
	node_at(table, handle)->touched = true;
	orient_learn_listener(analyzer, &segment->tuple, segment->from);
	return true;
}

/* The window does not shrink by more than the rounding of its scale (RFC 7323, 2.4). */
static bool keeps_window(const struct diary *diary, const struct segment *segment)
{
	unsigned peer = other(segment->from);

	if (diary->stage == DIARY_ANSWERED)
		return true;
	return seq_diff(diary->edge[peer], diary_edge(diary, segment)) <
	       1 << diary_scale(diary, segment->from);
}

/* What stays the same with every segment of a side. */
static bool is_of_same_host(const struct diary *diary, const struct segment *segment)
{
	unsigned from = segment->from, receiver_mss = diary->mss[other(from)];

	return segment->source == diary->source && segment->ttl == diary->ttl[from] &&
	       segment->link == diary->link[from] && segment->mss == 0 &&
	       segment->window_scale == SEGMENT_NO_WINDOW_SCALE &&
	       (receiver_mss == 0 || segment->payload_bytes <= receiver_mss);
}

/* Not older than the one before, and returns one that the peer has sent: nothing that its receiver
 * would drop for it (RFC 7323, 5.3). Both close enough to what was sent before. */
static bool keeps_time(const struct diary *diary, const struct segment *segment)
{
	return segment->tsval - diary->tsval[segment->from] <= DIARY_TSVAL_MORE_MAX &&
	       diary->tsval[other(segment->from)] - segment->tsecr <= DIARY_TSECR_LESS_MAX;
}

/* Takes up exactly where the connection stands. */
static bool is_next(const struct diary *diary, const struct segment *segment)
{
	unsigned from = segment->from, peer = other(from);
	uint32_t header_bytes = segment->frame_bytes - segment->payload_bytes;

	return (segment->flags & ~(unsigned)(TCP_FIN | TCP_PSH)) == TCP_ACK &&
	       segment->seq == diary->next[from] && segment->ack == diary->next[peer] &&
	       segment->payload_bytes <= UINT16_MAX && header_bytes <= UINT8_MAX &&
	       keeps_time(diary, segment);
}

/* The long way would say so. */
static bool closes_slowly(const struct analyzer *analyzer, const struct diary *diary,
			  int64_t open_ns)
{
	return open_ns > core_slow_close_ns(diary->rtt_ns) ||
	       open_ns > analyzer->config.half_close_limit_ns;
}

/* A segment with nothing but an acknowledgement. */
static bool is_bare(const struct segment *segment)
{
	return segment->payload_bytes == 0 && !segment_has(segment, TCP_FIN);
}

/* The client's first ACK, after a time that tells a round trip. */
static bool opens(const struct diary *diary, const struct segment *segment)
{
	int64_t rtt_ns = segment->ts_ns - diary->first_ns;

	return segment->from == diary->client && is_bare(segment) && rtt_ns > 0 &&
	       rtt_ns <= UINT32_MAX;
}

/* False where the stage is not left, or gone on with, in the ordinary way. */
static bool find_stage(const struct analyzer *analyzer, const struct diary *diary,
		       const struct segment *segment, enum diary_stage *next)
{
	bool fin = segment_has(segment, TCP_FIN), of_closer = segment->from == diary->closer;

	if (fin && seq_gt(segment->seq, diary->edge[segment->from]))
		return false;
	switch (diary->stage) {
	case DIARY_ANSWERED:
		*next = DIARY_OPEN;
		return opens(diary, segment);
	case DIARY_OPEN:
		*next = fin ? DIARY_FIN : DIARY_OPEN;
		return !is_bare(segment) || (diary->to_answer >> segment->from & 1) != 0;
	case DIARY_FIN:
		*next = fin ? DIARY_BOTH_FINS : DIARY_FIN_ACKED;
		return !of_closer && segment->payload_bytes == 0;
	case DIARY_FIN_ACKED:
		*next = DIARY_BOTH_FINS;
		return !of_closer && fin && segment->payload_bytes == 0 &&
		       !closes_slowly(analyzer, diary, segment->ts_ns - diary->last_ns);
	case DIARY_BOTH_FINS:
		*next = DIARY_OVER;
		return of_closer && is_bare(segment);
	default:
		return false;
	}
}

static size_t notes_room_bytes(const struct flow_node *node)
{
	return node->packed_bytes - diary_bytes(0);
}

/* The diary, with all the room for notes that there can be; NULL where it has that already. In a
 * single step, since every size takes memory in chunks of its own. */
static struct diary *make_room(struct flow_table *table, uint32_t handle, const struct diary *diary)
{
	size_t room_bytes = notes_room_bytes(node_at(table, handle));
	struct whole_diary whole;

	if (room_bytes == DIARY_NOTES_MAX_BYTES)
		return NULL;
	memcpy(&whole, diary, diary_bytes(room_bytes));
	memset(whole.notes + room_bytes + DIARY_NOTES_SLACK_BYTES, 0,
	       DIARY_NOTES_MAX_BYTES - room_bytes);
	if (!flow_table_keep_diary(table, handle, &whole.diary, diary_bytes(DIARY_NOTES_MAX_BYTES)))
		return NULL;
	return flow_table_packed(table, handle);
}

static struct diary_note note_of(const struct diary *diary, uint64_t since,
				 const struct segment *segment)
{
	return (struct diary_note){
		.since = since,
		.tsval_more = segment->tsval - diary->tsval[segment->from],
		.payload_bytes = (uint16_t)segment->payload_bytes,
		.window = segment->window,
		.ip_id = segment->ip_id,
		.header_bytes = (uint8_t)(segment->frame_bytes - segment->payload_bytes),
		.tsecr_less = (uint8_t)(diary->tsval[other(segment->from)] - segment->tsecr),
		.look = segment->look,
		.from = segment->from,
		.fin = segment_has(segment, TCP_FIN),
		.push = segment_has(segment, TCP_PSH),
	};
}

/* Returns the diary, which may have moved; NULL where there is no room for the note. */
static struct diary *add_note(struct flow_table *table, uint32_t handle, struct diary *diary,
			      const struct diary_note *note)
{
	const struct flow_node *node = node_at(table, handle);

	if (diary_note_write(note, &diary->mark, diary_notes(diary), notes_room_bytes(node)))
		return diary;
	diary = make_room(table, handle, diary);
	if (diary != NULL)
		diary_note_write(note, &diary->mark, diary_notes(diary), notes_room_bytes(node));
	return diary;
}

static void pass_to(struct diary *diary, enum diary_stage stage, const struct segment *segment)
{
	unsigned from = segment->from, peer = other(from);

	if (diary->stage == DIARY_ANSWERED)
		diary->rtt_ns = (uint32_t)(segment->ts_ns - diary->first_ns);
	if (stage == DIARY_FIN && diary->stage == DIARY_OPEN)
		diary->closer = from & 1;
	diary->stage = (unsigned)stage & 7;
	diary->edge[peer] = diary_edge(diary, segment);
	diary->tsval[from] = segment->tsval;
	diary->to_answer = (diary->to_answer | (is_bare(segment) ? 0 : 3U)) & (1U << peer) & 3U;
	diary->next[from] = segment_end(segment);
	diary->last_ns = segment->ts_ns;
	diary->last_number = segment->number;
}

/* The next time at which something happens to the flow: what the long way would enter. */
static int64_t next_ns(const struct analyzer *analyzer, const struct diary *diary)
{
	const struct analyzer_config *config = &analyzer->config;
	int64_t wait_ns = config->idle_timeout_ns;

	if (diary->stage == DIARY_ANSWERED)
		wait_ns = config->syn_timeout_ns;
	else if (diary->stage == DIARY_OVER)
		wait_ns = config->time_wait_ns;
	else if (diary->stage == DIARY_FIN_ACKED && config->close_wait_limit_ns < wait_ns)
		wait_ns = config->close_wait_limit_ns;
	else if (diary->stage == DIARY_BOTH_FINS && core_patience_ns(diary->rtt_ns) < wait_ns)
		wait_ns = core_patience_ns(diary->rtt_ns);
	return diary->last_ns + wait_ns;
}

static struct report_envelope envelope_of(const struct flow_node *node, const struct diary *diary)
{
	unsigned client = diary->client, server = other(client);
	uint64_t number = diary->first_number;
	struct report_envelope envelope = {
		.ts_ns = diary->last_ns,
		.flow_id = diary->flow_id,
		.number = diary->last_number,
		.source = diary->source,
		.ip_version = 4,
		.tunnel.type = TUNNEL_NULL,
		.port = {node->key.port[client], node->key.port[server]},
		.birth =
			{
				.seen = true,
				.ttl = {diary->ttl[client], diary->ttl[server]},
				.iss = {diary->iss[client], diary->iss[server]},
				.ts_ns = diary->first_ns,
			},
		.orientation = ORIENTATION_HANDSHAKE,
	};

	diary_pass(diary->answer_since, &envelope.birth.ts_ns, &number);
	memcpy(envelope.addr[REPORT_CLIENT], node->key.addr[client], sizeof node->key.addr[0]);
	memcpy(envelope.addr[REPORT_SERVER], node->key.addr[server], sizeof node->key.addr[0]);
	return envelope;
}

/* Who closed first holds TIME-WAIT from now on; for the other side it is over. */
static void tell_end(struct analyzer *analyzer, const struct flow_node *node,
		     const struct diary *diary)
{
	bool client_holds = diary->closer == diary->client;
	struct time_wait_report wait = {
		.holder = client_holds ? WHO_CLIENT : WHO_SERVER,
		.begins = true,
	};
	struct port_report port = {.opened = true};

	wait.envelope = envelope_of(node, diary);
	time_wait_tell(analyzer, &wait);
	if (client_holds || analyzer->sink.port == NULL)
		return;
	port.envelope = wait.envelope;
	analyzer->sink.port(analyzer->sink.context, &port);
}

/* What follows from a segment, outside the diary. */
static void settle(struct analyzer *analyzer, uint32_t handle, enum diary_stage before,
		   const struct diary *diary)
{
	struct flow_node *node = node_at(&analyzer->table, handle);
	int64_t due_ns = next_ns(analyzer, diary);

	node->touched = true;
	if (before == DIARY_ANSWERED) {
		flow_table_classify(&analyzer->table, handle, FLOW_OPEN);
	} else if (diary->stage == DIARY_OVER) {
		tell_end(analyzer, node, diary);
		flow_table_classify(&analyzer->table, handle, FLOW_OVER);
		deadlines_update(&analyzer->deadlines, handle, due_ns);
	}
	if (due_ns < node->due.at_ns)
		deadlines_update(&analyzer->deadlines, handle, due_ns);
}

bool ordinary_take(struct analyzer *analyzer, uint32_t handle, const struct segment *segment)
{
	struct flow_node *node = node_at(&analyzer->table, handle);
	enum diary_stage before, stage;
	struct diary_note note;
	struct diary *diary;
	uint64_t since;

	if (!node->diary)
		return node->lone_syn && !analyzer->long_way && analyzer->sink.transition == NULL &&
		       take_answer(analyzer, handle, segment);
	if (node->sealed)
		return false;
	diary = flow_table_packed(&analyzer->table, handle);
	if (!is_next(diary, segment) || !is_plain(analyzer, diary->stamped, segment) ||
	    !is_of_same_host(diary, segment) || !keeps_window(diary, segment) ||
	    !find_stage(analyzer, diary, segment, &stage) ||
	    !diary_since(segment->ts_ns - diary->last_ns, segment->number - diary->last_number,
			 &since))
		return false;
	note = note_of(diary, since, segment);
	diary = add_note(&analyzer->table, handle, diary, &note);
	if (diary == NULL)
		return false;
	before = diary->stage;
	pass_to(diary, stage, segment);
	settle(analyzer, handle, before, diary);
	if (stage == DIARY_OVER)
		flow_table_seal_diary(&analyzer->table, handle);
	return true;
}

bool ordinary_postpone(struct analyzer *analyzer, uint32_t handle, int64_t at_ns)
{
	const struct flow_node *node = node_at(&analyzer->table, handle);
	int64_t due_ns;

	if (!node->diary || node->sealed)
		return false;
	due_ns = next_ns(analyzer, flow_table_packed(&analyzer->table, handle));
	if (due_ns <= at_ns)
		return false;
	deadlines_update(&analyzer->deadlines, handle, due_ns);
	return true;
}

bool ordinary_is_over(const struct analyzer *analyzer, uint32_t handle)
{
	const struct flow_node *node = node_at(&analyzer->table, handle);
	const struct diary *diary;

	if (!node->diary || node->sealed)
		return node->sealed;
	diary = flow_table_packed(&analyzer->table, handle);
	return diary->stage == DIARY_OVER;
}
