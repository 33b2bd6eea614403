/*
 * The short ways of plain segments (core/steady.h) and of the SYN that begins a connection
 * (core/first_syn.h) give what the long way gives: the same random traffic through two analyzers,
 * of which one knows only the long way.
 *
 * usage: steady ROUNDS
 *
 * Most of the segments are plain data and acknowledgements, so that the short way is open; between
 * them everything happens that may close it: repetitions, gaps, copies of frames, probes, old and
 * early acknowledgements, windows that shrink or shut, clocks that go back, other routes, VLANs,
 * numbers that wrap, closes, resets and the tuple used again.
 *
 * Exit status: 0 all rounds gave the same; 1 one did not, and the differences are printed; 2 could
 * not be run.
 */
#include "support/dice.h"
#include "support/json_match.h"
#include "support/recorder.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 4, STEPS = 1500 };

/* What the next segment of each side would ordinarily look like. */
struct connection {
	struct segment next[2];
	struct segment last;
};

struct traffic {
	struct dice dice;
	struct connection connection[CONNECTIONS];
	int64_t now_ns;
	uint64_t number;
	bool calm; /* a round of few twists */
};

static struct segment first_segment(struct dice *dice, unsigned index, unsigned side)
{
	uint8_t client[4] = {10, 0, 0, (uint8_t)index};
	static const uint8_t server[4] = {192, 0, 2, 1};
	struct segment segment = {
		.tuple.ip_version = 4,
		.window = 2000,
		.window_scale = SEGMENT_NO_WINDOW_SCALE,
		.ttl = 64,
		.link = 7 + side,
		.mss = dice_throw(dice, 2) ? 1460 : 0,
		.marks = dice_throw(dice, 2) ? SEGMENT_TIMESTAMPS : 0,
		.tsval = dice_throw(dice, UINT32_MAX), /* at time 0 */
	};
	unsigned from = tuple_set_ends(&segment.tuple, client, (uint16_t)(40000 + index), server,
				       index % 2 ? 80 : 50000);

	segment.from = (uint8_t)(side == 0 ? from : 1 - from);
	return segment;
}

static void open_connection(struct traffic *traffic, unsigned index)
{
	struct connection *connection = &traffic->connection[index];
	uint32_t iss[2] = {dice_throw(&traffic->dice, UINT32_MAX),
			   dice_throw(&traffic->dice, UINT32_MAX)};

	for (unsigned side = 0; side < 2; side++) {
		connection->next[side] = first_segment(&traffic->dice, index, side);
		connection->next[side].seq = iss[side];
		connection->next[side].ack = side == 0 ? 0 : iss[0];
	}
}

/* Time goes on by little; now and then by much, or back. */
static void pass_time(struct traffic *traffic)
{
	int64_t step_ns = (int64_t)dice_throw(&traffic->dice, 4000000);

	if (dice_throw(&traffic->dice, 300) == 0)
		step_ns *= dice_throw(&traffic->dice, 50000);
	if (dice_throw(&traffic->dice, 200) == 0)
		step_ns = -step_ns;
	traffic->now_ns += step_ns;
}

static void give(struct traffic *traffic, struct recorder *const recorder[2],
		 struct connection *connection, struct segment segment)
{
	segment.ts_ns = traffic->now_ns;
	segment.number = ++traffic->number;
	segment.frame_bytes = segment.payload_bytes + 54;
	segment.tsval += (uint32_t)(traffic->now_ns / 1000000);
	connection->last = segment;
	recorder_take(recorder[0], &segment);
	recorder_take(recorder[1], &segment);
}

/* The ordinary next segment: data in order, or a bare acknowledgement of all. */
static struct segment plain_segment(struct traffic *traffic, struct connection *connection,
				    unsigned side)
{
	struct segment segment = connection->next[side];

	segment.ack = connection->next[1 - side].seq;
	segment.flags = TCP_ACK;
	segment.ip_id = (uint16_t)dice_throw(&traffic->dice, 4);
	if (dice_throw(&traffic->dice, 2))
		segment.payload_bytes = 1 + dice_throw(&traffic->dice, 1460);
	if (dice_throw(&traffic->dice, 100) == 0)
		segment.payload_bytes = UINT32_C(1) << 29; /* so that numbers wrap */
	return segment;
}

/* Makes it a little, or quite, extraordinary. */
static void twist(struct traffic *traffic, struct segment *segment)
{
	static const uint16_t marks[] = {
		SEGMENT_CUT,         SEGMENT_BAD_CHECKSUM,  SEGMENT_FRAGMENT, SEGMENT_MULTIPATH,
		SEGMENT_BAD_OPTIONS, SEGMENT_GOOD_CHECKSUM, SEGMENT_DSACK,    SEGMENT_TIMESTAMPS};
	struct dice *dice = &traffic->dice;

	switch (dice_throw(dice, 16)) {
	case 0:
		segment->seq -= dice_throw(dice, 3000); /* a repetition, or a part of one */
		break;
	case 1:
		segment->seq += dice_throw(dice, 3000); /* behind a gap */
		break;
	case 2:
		segment->ack -= dice_throw(dice, 3000);
		break;
	case 3:
		segment->ack += dice_throw(dice, 3000);
		break;
	case 4:
		segment->seq -= 1; /* a probe */
		segment->payload_bytes = dice_throw(dice, 2);
		break;
	case 5:
		segment->window = (uint16_t)dice_throw(dice, 3);
		break;
	case 6:
		segment->window = (uint16_t)dice_throw(dice, 4000);
		break;
	case 7:
		segment->marks ^= marks[dice_throw(dice, sizeof marks / sizeof marks[0])];
		break;
	case 8:
		segment->ttl = (uint8_t)(60 + dice_throw(dice, 8));
		break;
	case 9:
		segment->link = dice_throw(dice, 10);
		break;
	case 10:
		segment->flags = (uint8_t)(segment->flags | TCP_PSH | dice_throw(dice, 256) << 5);
		break;
	case 11:
		segment->look = (uint8_t)dice_throw(dice, PAYLOAD_TLS_SHORT + 1);
		break;
	case 12:
		segment->tsval -= dice_throw(dice, 100);
		segment->tsecr += UINT32_C(1) << 31 >> dice_throw(dice, 2);
		break;
	case 13:
		segment->tuple.vlan_count = 1;
		segment->tuple.vlan[0] = (uint16_t)(1 + dice_throw(dice, 3));
		break;
	case 14:
		segment->mss = 100;
		break;
	default:
		segment->seq += dice_throw(dice, UINT32_MAX);
		break;
	}
}

/* Something of a beginning or of an end, at any time. */
static void turn(struct traffic *traffic, struct segment *segment)
{
	static const uint8_t flags[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK,
					TCP_FIN | TCP_ACK, TCP_RST,           TCP_RST | TCP_ACK};

	segment->flags = flags[dice_throw(&traffic->dice, sizeof flags)];
	if ((segment->flags & TCP_SYN) != 0)
		segment->seq += dice_throw(&traffic->dice, 2) * 100000;
}

static void step(struct traffic *traffic, struct recorder *const recorder[2], unsigned index)
{
	struct dice *dice = &traffic->dice;
	struct connection *connection = &traffic->connection[index];
	unsigned side = dice_throw(dice, 2);
	struct segment segment = plain_segment(traffic, connection, side);
	uint32_t kind = traffic->calm && dice_throw(dice, 40) != 0 ? 50 : dice_throw(dice, 100);

	pass_time(traffic);
	if (kind < 2 && connection->last.number != 0)
		segment = connection->last; /* a copy of the frame */
	else if (kind < 10)
		twist(traffic, &segment);
	else if (dice_throw(dice, 600) == 0)
		turn(traffic, &segment);
	give(traffic, recorder, connection, segment);
	if (kind >= 10 && kind < 98) /* else it is sent anew, or was never sent */
		connection->next[side].seq = segment_end(&segment);
}

static void shake_hands(struct traffic *traffic, struct recorder *const recorder[2],
			struct connection *connection)
{
	struct segment *client = &connection->next[0], *server = &connection->next[1];
	struct segment syn = *client, syn_ack = *server;

	syn.flags = TCP_SYN;
	syn.window_scale = (uint8_t)dice_throw(&traffic->dice, 9);
	client->seq++;
	syn_ack.ack = client->seq;
	syn_ack.flags = TCP_SYN | TCP_ACK;
	syn_ack.window_scale = (uint8_t)dice_throw(&traffic->dice, 9);
	server->seq++;
	client->mss = server->mss = 0;
	give(traffic, recorder, connection, syn);
	traffic->now_ns += 1000000;
	if (dice_throw(&traffic->dice, 8) == 0)
		return; /* the answer is not captured, or comes when it likes */
	give(traffic, recorder, connection, syn_ack);
	traffic->now_ns += 1000000;
}

static void run_traffic(struct recorder *const recorder[2], uint32_t seed)
{
	struct traffic traffic = {.dice = {seed * UINT32_C(2654435761)},
				  .now_ns = INT64_C(1700000000000000000),
				  .calm = seed % 3 == 0};

	for (unsigned i = 0; i < CONNECTIONS; i++) {
		open_connection(&traffic, i);
		if (dice_throw(&traffic.dice, 4) != 0) /* else its start is not captured */
			shake_hands(&traffic, recorder, &traffic.connection[i]);
	}
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned index = dice_throw(&traffic.dice, CONNECTIONS);

		step(&traffic, recorder, index);
		if (dice_throw(&traffic.dice, STEPS / 2) == 0) {
			open_connection(&traffic, index);
			shake_hands(&traffic, recorder, &traffic.connection[index]);
		}
	}
}

static bool same(uint32_t seed)
{
	struct analyzer_config config;
	struct recorder *recorder[2];
	json_t *records[2] = {NULL, NULL};
	unsigned differences = 1;
	const char *why;

	analyzer_config_default(&config);
	config.unpacked_flows = seed % 2 ? 1 : config.unpacked_flows;
	for (unsigned i = 0; i < 2; i++) {
		config.long_way = i == 1;
		recorder[i] = recorder_create(&config, "capture");
		if (recorder[i] == NULL)
			exit(2);
	}
	run_traffic(recorder, seed);
	for (unsigned i = 0; i < 2; i++)
		records[i] = recorder_finish(recorder[i], &why);
	if (records[0] != NULL && records[1] != NULL && json_array_size(records[0]) > 0)
		differences = match_same("records", records[1], records[0], stdout);
	json_decref(records[0]);
	json_decref(records[1]);
	if (differences != 0)
		printf("round %u: %u differences\n", seed, differences);
	return differences == 0;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0, failed = 0;

	for (uint32_t seed = 1; seed <= rounds; seed++)
		failed += !same(seed);
	printf("%u rounds, %u failed\n", rounds, failed);
	if (rounds == 0)
		return 2;
	return failed > 0 ? 1 : 0;
}
