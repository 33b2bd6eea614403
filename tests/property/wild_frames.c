#include "wild_frames.h"

#include "core/segment.h"
#include "core/timeline.h"
#include "pipeline/express.h"
#include "speech.h"

#include <stdlib.h>
#include <string.h>

enum {
	CONNECTIONS_MAX = 48,
	KEPT = 8,        /* segments of a connection that may be sent once more */
	LIGHT_SHARE = 3, /* of so many connections one is in the second partition */
	TRIALS = 1 << 17,
	ENDS_PAIRS = 1 << 15, /* as in pipeline/ends.c */
};

enum phase { ASLEEP, SILENT, SYN_SENT, ANSWERED, OPEN, CLOSING, HALF_CLOSED, CLOSED_BOTH, OVER };

struct side {
	uint32_t acked; /* the latest acknowledgement */
	struct speech next;
};

struct connection {
	struct speech_end end[2];
	struct side side[2];
	enum phase phase;
	unsigned talker, closer;
	struct speech kept[KEPT];
	unsigned kept_count;
};

struct wild {
	struct wild_config config;
	struct dice dice;
	struct connection connection[CONNECTIONS_MAX];
	unsigned talking; /* connection */
	bool held;        /* this comes later, of that connection */
	unsigned held_of;
	struct speech held_speech;
	int64_t now_ns;
	uint64_t number[WILD_SOURCES];
	uint16_t source;
	uint8_t *bytes[WILD_FRAMES_AT_ONCE];
};

static uint32_t chance(struct wild *wild, uint32_t sides)
{
	return dice_throw(&wild->dice, sides);
}

static struct tuple tuple_of(const struct connection *connection)
{
	struct tuple tuple = {.ip_version = 4};

	tuple_set_ends(&tuple, connection->end[0].address, connection->end[0].port,
		       connection->end[1].address, connection->end[1].port);
	return tuple;
}

static unsigned pair_of(const struct connection *connection)
{
	const struct speech_end *end = connection->end;
	const uint8_t ports[4] = {(uint8_t)(end[0].port >> 8), (uint8_t)end[0].port,
				  (uint8_t)(end[1].port >> 8), (uint8_t)end[1].port};
	struct express_ends ends;

	memcpy(&ends.addresses, end[0].address, 4);
	memcpy((uint8_t *)&ends.addresses + 4, end[1].address, 4);
	memcpy(&ends.ports, ports, sizeof ends.ports);
	return express_pair_of(ends);
}

/* Ends that have something in common, or are none that a host has. */
static void make_odd(struct wild *wild, struct connection *connection)
{
	struct speech_end *end = connection->end;

	switch (chance(wild, 6)) {
	case 0:
		memset(end[0].address, 0, sizeof end[0].address);
		break;
	case 1:
		memset(end[0].address, 255, sizeof end[0].address);
		break;
	case 2:
		memcpy(end[0].address, end[1].address, sizeof end[0].address);
		break;
	case 3:
		end[0].port = end[1].port;
		break;
	case 4:
		end[0].port = 0;
		break;
	default:
		memset(end, 0, 2 * sizeof end[0]);
		break;
	}
}

static void throw_ends(struct wild *wild, struct connection *connection)
{
	const uint8_t address[2][4] = {
		{10, 0, (uint8_t)chance(wild, 4), (uint8_t)chance(wild, 256)},
		{10, 0, 1, (uint8_t)chance(wild, 3)}};

	memcpy(connection->end[0].address, address[0], 4);
	memcpy(connection->end[1].address, address[1], 4);
	connection->end[0].port = (uint16_t)(1024 + chance(wild, 60000));
	connection->end[1].port = chance(wild, 3) == 0 ? 80 : (uint16_t)(5000 + chance(wild, 20));
	if (chance(wild, 12) == 0)
		make_odd(wild, connection);
}

static bool suits(const struct wild *wild, unsigned index)
{
	const struct connection *connection = &wild->connection[index];
	struct tuple tuple;

	switch (wild->config.ends) {
	case WILD_ENDS_CLOSE:
		tuple = tuple_of(connection);
		return tuple_hash(&tuple, wild->config.key) % PARTITIONS ==
		       (index % LIGHT_SHARE == 1);
	case WILD_ENDS_CROWDED:
		return pair_of(connection) / 2 % (1 << (EXPRESS_BITS - 2)) == 7;
	default:
		return true;
	}
}

/* The second connection may be the first with its ports exchanged. */
static void choose_ends(struct wild *wild, unsigned index)
{
	struct connection *connection = &wild->connection[index];
	const struct speech_end *first = wild->connection[0].end;

	for (unsigned i = 0; i == 0 || (i < TRIALS && !suits(wild, index)); i++)
		throw_ends(wild, connection);
	if (index != 1 || wild->config.ends == WILD_ENDS_CLOSE || chance(wild, 3) == 0)
		return;
	memcpy(connection->end, first, sizeof connection->end);
	connection->end[0].port = first[1].port;
	connection->end[1].port = first[0].port;
}

/* Where it is noted which tuples were met lately, it has the place of the first connection. */
static bool is_rival(const struct wild *wild, unsigned index)
{
	struct tuple tuple = tuple_of(&wild->connection[index]);
	struct tuple first = tuple_of(&wild->connection[0]);
	uint64_t differs =
		tuple_hash(&tuple, wild->config.key) ^ tuple_hash(&first, wild->config.key);

	return differs != 0 && (differs >> 32 & (ENDS_PAIRS - 1)) == 0;
}

static void make_rival(struct wild *wild, unsigned index)
{
	for (unsigned i = 0; i < TRIALS && !is_rival(wild, index); i++)
		throw_ends(wild, &wild->connection[index]);
}

/* Begins anew, with these ends: perhaps midstream. */
static void begin(struct wild *wild, unsigned index)
{
	struct connection *connection = &wild->connection[index];
	bool stamped = chance(wild, 2) == 0, scaled = chance(wild, 3) != 0;
	bool again = connection->phase == OVER && chance(wild, 2) == 0;

	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &connection->side[i];
		uint32_t seq = again ? side->next.seq + 100000 : chance(wild, UINT32_MAX);

		side->next = (struct speech){
			.seq = seq,
			.window = (uint16_t)(2000 + chance(wild, 60000)),
			.ip_id = (uint16_t)(chance(wild, 3) == 0 ? 0 : chance(wild, 60000)),
			.mss = chance(wild, 2) == 0 ? 1460 : 536,
			.from = (uint8_t)i,
			.ttl = (uint8_t)(64 - chance(wild, 2)),
			.mac = (uint8_t)chance(wild, 4),
			.scale = scaled ? (uint8_t)chance(wild, 9) : SEGMENT_NO_WINDOW_SCALE,
			.stamped = stamped,
			.protocol = 6,
			.cut_at = SPEECH_FRAME_MAX_BYTES,
			.linktype = 1,
			.tsval = chance(wild, 1000000),
		};
		side->acked = 0;
	}
	connection->phase = chance(wild, 6) == 0 ? OPEN : SILENT;
	connection->kept_count = 0;
}

/* Mostly within the same connection, in the same direction; now and then one begins later. */
static void choose_talker(struct wild *wild)
{
	struct connection *connection;

	do {
		if (chance(wild, 4) == 0)
			wild->talking = chance(wild, wild->config.connections);
		connection = &wild->connection[wild->talking];
		if (connection->phase == ASLEEP && chance(wild, 40) == 0)
			begin(wild, wild->talking);
	} while (connection->phase == ASLEEP);
	if (chance(wild, 3) == 0)
		connection->talker = chance(wild, 2);
}

static unsigned speaker(const struct connection *connection)
{
	switch (connection->phase) {
	case SYN_SENT:
		return 1;
	case CLOSING:
	case HALF_CLOSED:
		return 1 - connection->closer;
	case CLOSED_BOTH:
		return connection->closer;
	case SILENT:
	case ANSWERED:
		return 0;
	default:
		return connection->talker;
	}
}

static void speak_open(struct wild *wild, const struct connection *connection,
		       struct speech *speech)
{
	const struct side *side = &connection->side[speech->from];
	uint16_t mss = connection->side[1 - speech->from].next.mss;

	if (chance(wild, 3) != 0 || side->acked == speech->ack) {
		speech->payload_bytes = 1 + chance(wild, chance(wild, 50) == 0 ? 1460 : mss);
		speech->flags |= chance(wild, 4) == 0 ? TCP_PSH : 0;
		speech->look = (uint8_t)(chance(wild, 6) == 0 ? chance(wild, SPEECH_LOOKS) : 0);
	}
	if (chance(wild, 30) == 0)
		speech->window = (uint16_t)(speech->window + chance(wild, 1000));
	if (chance(wild, 800) == 0)
		speech->flags |= chance(wild, 4) == 0 ? TCP_RST : TCP_FIN;
}

/* What that side sends next. */
static struct speech ordinary(struct wild *wild, const struct connection *connection, unsigned from)
{
	struct speech speech = connection->side[from].next;

	speech.flags = TCP_ACK;
	speech.ack = connection->side[1 - from].next.seq;
	speech.tsval += (uint32_t)(wild->now_ns / 1000000);
	speech.tsecr = connection->side[1 - from].next.tsval + (uint32_t)(wild->now_ns / 1000000);
	switch (connection->phase) {
	case SILENT:
		speech.flags = TCP_SYN;
		speech.ack = speech.tsecr = 0;
		break;
	case SYN_SENT:
		speech.flags = TCP_SYN | TCP_ACK;
		break;
	case OPEN:
		speak_open(wild, connection, &speech);
		break;
	case HALF_CLOSED:
		speech.flags |= chance(wild, 3) != 0 ? TCP_FIN : 0;
		speech.payload_bytes = chance(wild, 3) == 0 ? chance(wild, 500) : 0;
		break;
	default:
		break;
	}
	return speech;
}

static uint32_t length_of(const struct speech *speech)
{
	return speech->payload_bytes + ((speech->flags & TCP_SYN) != 0) +
	       ((speech->flags & TCP_FIN) != 0);
}

static void go_on(struct connection *connection, const struct speech *speech)
{
	struct side *side = &connection->side[speech->from];
	bool ends = (speech->flags & TCP_FIN) != 0;

	side->next.seq += length_of(speech);
	side->next.ip_id = (uint16_t)(side->next.ip_id + (side->next.ip_id != 0));
	side->next.window = speech->window;
	side->acked = speech->ack;
	connection->kept[connection->kept_count++ % KEPT] = *speech;
	if ((speech->flags & TCP_RST) != 0)
		connection->phase = OVER;
	else if (connection->phase == OPEN && ends)
		connection->closer = speech->from;
	if (connection->phase < OPEN || connection->phase == CLOSED_BOTH ||
	    connection->phase == CLOSING || (ends && connection->phase < OVER))
		connection->phase++;
}

/* Its bytes are nobody else's. */
static void make_frame(struct wild *wild, unsigned at, const struct connection *connection,
		       const struct speech *speech, struct frame *frame)
{
	uint8_t bytes[SPEECH_FRAME_MAX_BYTES];
	uint32_t headers_bytes = speech_write(speech, connection->end, bytes);
	uint32_t wire_bytes = headers_bytes + speech->payload_bytes;
	uint32_t captured_bytes = headers_bytes + SPEECH_PAYLOAD_MAX_BYTES;

	wire_bytes = wire_bytes < 60 ? 60 : wire_bytes;
	wire_bytes += speech->padding_bytes;
	captured_bytes = captured_bytes < wire_bytes ? captured_bytes : wire_bytes;
	captured_bytes = captured_bytes < speech->cut_at ? captured_bytes : speech->cut_at;
	free(wild->bytes[at]);
	wild->bytes[at] = malloc(captured_bytes + (captured_bytes == 0));
	if (wild->bytes[at] == NULL)
		abort();
	memcpy(wild->bytes[at], bytes, captured_bytes);
	*frame = (struct frame){
		.ts_ns = wild->now_ns,
		.number = ++wild->number[wild->source],
		.bytes = wild->bytes[at],
		.captured_bytes = captured_bytes,
		.wire_bytes = wire_bytes,
		.linktype = speech->linktype,
		.source = wild->source,
		.interface = speech->interface,
	};
}

/* Mostly microseconds and milliseconds; none, minutes, hours, days, or back. */
static void pass_time(struct wild *wild)
{
	static const uint32_t range_us[] = {1, 100, 100, 2000, 2000, 20000};
	int64_t step_ns = (int64_t)chance(wild, range_us[chance(wild, 6)]) * 1000;

	if (chance(wild, 100) == 0)
		step_ns = -step_ns;
	if (chance(wild, 300) == 0)
		step_ns = wild->config.pause_ns;
	if (chance(wild, 700) == 0)
		step_ns += (int64_t)chance(wild, 100) * INT64_C(1000000000);
	if (chance(wild, 4000) == 0)
		step_ns += (int64_t)chance(wild, 5) * 3600 * INT64_C(1000000000);
	if (chance(wild, 8000) == 0)
		step_ns += (int64_t)chance(wild, 40) * 3600 * INT64_C(1000000000);
	wild->now_ns += step_ns;
}

/* The clock of the frame was wrong. */
static void mistake_time(struct wild *wild, struct frame *frame)
{
	static const int64_t wrong_ns[] = {INT64_MIN, -1, 0, INT64_C(1) << 62, INT64_MAX};

	if (chance(wild, 3000) == 0)
		frame->ts_ns = wrong_ns[chance(wild, 5)];
	else if (chance(wild, 1000) == 0)
		frame->ts_ns += 3 * TIMELINE_LEAP_NS / 2;
}

/* A VLAN that it was not in: this frame alone, or from now on. */
static void tag(struct wild *wild, struct connection *connection, struct speech *speech)
{
	speech->vlan = (uint16_t)(speech->vlan != 0 ? 0 : 1 + chance(wild, 3));
	if (chance(wild, 2) == 0)
		connection->side[0].next.vlan = connection->side[1].next.vlan = speech->vlan;
}

/* What this connection sends now. */
static struct speech say(struct wild *wild, struct connection *connection)
{
	struct speech speech = ordinary(wild, connection, speaker(connection));
	uint32_t odd = chance(wild, wild->config.calm);

	if (odd > 1 || connection->phase < OPEN) {
		go_on(connection, &speech);
	} else if (odd == 0 && connection->kept_count >= KEPT) {
		speech = connection->kept[chance(wild, KEPT)]; /* a copy, or sent once more */
		speech.ip_id = (uint16_t)(speech.ip_id + chance(wild, 2));
		speech.tsval += chance(wild, 2);
	} else {
		if (chance(wild, 3) == 0)
			go_on(connection, &speech);
		if (chance(wild, wild->config.plain) == 0)
			tag(wild, connection, &speech);
		else
			speech_twist(&speech, &wild->dice);
	}
	return speech;
}

/* It comes a little later, as it is or sent once more. */
static void hold(struct wild *wild, const struct speech *speech)
{
	wild->held = true;
	wild->held_of = wild->talking;
	wild->held_speech = *speech;
	wild->held_speech.ip_id = (uint16_t)(speech->ip_id + chance(wild, 2));
}

/* The tap may miss it, so that it is sent once more, or not; or it takes a longer way. */
static bool is_taken(struct wild *wild, const struct speech *speech)
{
	if (wild->held || chance(wild, 2 * wild->config.calm) != 0)
		return true;
	if (chance(wild, 6) != 0)
		hold(wild, speech);
	return false;
}

static void turn(struct wild *wild)
{
	const struct connection *connection;

	pass_time(wild);
	choose_talker(wild);
	connection = &wild->connection[wild->talking];
	if ((connection->phase == OVER && chance(wild, 3) != 0) || chance(wild, 4000) == 0)
		begin(wild, wild->talking);
	if (chance(wild, 500) == 0)
		wild->source = (uint16_t)chance(wild, WILD_SOURCES);
}

/* The next segment that passes the tap. */
static struct speech hear(struct wild *wild)
{
	struct speech speech;

	if (wild->held && chance(wild, 2) == 0) {
		wild->held = false;
		wild->talking = wild->held_of;
		return wild->held_speech;
	}
	do {
		turn(wild);
		speech = say(wild, &wild->connection[wild->talking]);
	} while (!is_taken(wild, &speech));
	return speech;
}

void wild_next(struct wild *wild, struct frame *frames, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct speech speech = hear(wild);

		make_frame(wild, i, &wild->connection[wild->talking], &speech, &frames[i]);
		mistake_time(wild, &frames[i]);
	}
}

struct wild *wild_create(const struct wild_config *config)
{
	struct wild *wild = calloc(1, sizeof *wild);

	if (wild == NULL)
		return NULL;
	wild->config = *config;
	if (wild->config.connections > CONNECTIONS_MAX)
		wild->config.connections = CONNECTIONS_MAX;
	wild->dice.state = config->seed * UINT32_C(2654435761);
	wild->now_ns = INT64_C(1700000000000000000);
	for (unsigned i = 0; i < wild->config.connections; i++) {
		choose_ends(wild, i);
		if (i == 2 && config->ends == WILD_ENDS_ANY)
			make_rival(wild, i);
		if (chance(wild, 2) == 0)
			begin(wild, i);
	}
	return wild;
}

void wild_destroy(struct wild *wild)
{
	for (unsigned i = 0; i < WILD_FRAMES_AT_ONCE; i++)
		free(wild->bytes[i]);
	free(wild);
}
