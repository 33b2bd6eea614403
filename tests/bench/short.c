#include "short.h"

#include "frame.h"

#include <stdlib.h>

/* What passes before a step: what a host needs, a round trip, half of one, or the connection's
 * life. */
enum delay { DELAY_HOST, DELAY_ROUND_TRIP, DELAY_CROSSING, DELAY_LIFE };

struct step {
	uint8_t side; /* 0: the client */
	uint8_t flags;
	uint16_t payload_bytes;
	enum delay delay;
	uint8_t unaware; /* of that many sequence numbers that the peer has sent */
};

enum { BEGIN_EVERY_US = 500, LIFE_MIN_US = 5000000, LIFE_RANGE_US = 10000000 };

#define TALK                                                                                       \
	{0, TH_SYN, 0, DELAY_HOST, 0}, {1, TH_SYN | TH_ACK, 0, DELAY_ROUND_TRIP, 0},               \
		{0, TH_ACK, 0, DELAY_HOST, 0}, {0, TH_PSH | TH_ACK, 300, DELAY_HOST, 0},           \
		{1, TH_PSH | TH_ACK, 1200, DELAY_ROUND_TRIP, 0}, {0, TH_ACK, 0, DELAY_HOST, 0},

static const struct step four[] = {
	TALK{0, TH_FIN | TH_ACK, 0, DELAY_LIFE, 0},
	{1, TH_ACK, 0, DELAY_ROUND_TRIP, 0},
	{1, TH_FIN | TH_ACK, 0, DELAY_HOST, 0},
	{0, TH_ACK, 0, DELAY_HOST, 0},
};
static const struct step three[] = {
	TALK{0, TH_FIN | TH_ACK, 0, DELAY_LIFE, 0},
	{1, TH_FIN | TH_ACK, 0, DELAY_ROUND_TRIP, 0},
	{0, TH_ACK, 0, DELAY_HOST, 0},
};
static const struct step simultaneous[] = {
	TALK{0, TH_FIN | TH_ACK, 0, DELAY_LIFE, 0},
	{1, TH_FIN | TH_ACK, 0, DELAY_CROSSING, 1},
	{0, TH_ACK, 0, DELAY_HOST, 0},
	{1, TH_ACK, 0, DELAY_CROSSING, 0},
};
static const struct step reset[] = {
	TALK{0, TH_RST | TH_ACK, 0, DELAY_LIFE, 0},
};

static const struct script {
	const struct step *step;
	unsigned steps, percent;
} scripts[] = {
	{four, sizeof four / sizeof four[0], 84},
	{three, sizeof three / sizeof three[0], 5},
	{simultaneous, sizeof simultaneous / sizeof simultaneous[0], 1},
	{reset, sizeof reset / sizeof reset[0], 10},
};

struct connection {
	uint64_t due_us;
	const struct script *script;
	uint32_t number, step;
	uint32_t seq[2];
	uint32_t stamp[2], stamp_before[2]; /* of its latest segment, and of the one before */
	uint32_t round_trip_us, life_us;
};

/* A binary heap by time, then number. */
struct heap {
	struct connection *item;
	uint32_t count, room;
};

static bool comes_before(const struct connection *a, const struct connection *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->number < b->number;
}

static bool push(struct heap *heap, struct connection connection)
{
	uint32_t at = heap->count;

	if (heap->count == heap->room) {
		uint32_t room = heap->room == 0 ? 1024 : 2 * heap->room;
		struct connection *larger = realloc(heap->item, room * sizeof *larger);

		if (larger == NULL)
			return false;
		heap->item = larger;
		heap->room = room;
	}
	heap->count++;
	for (; at > 0 && comes_before(&connection, &heap->item[(at - 1) / 2]); at = (at - 1) / 2)
		heap->item[at] = heap->item[(at - 1) / 2];
	heap->item[at] = connection;
	return true;
}

/* Puts `connection` where the first one was. */
static void replace_first(struct heap *heap, struct connection connection)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < heap->count &&
		    comes_before(&heap->item[child + 1], &heap->item[child]))
			child++;
		if (child >= heap->count || !comes_before(&heap->item[child], &connection))
			break;
		heap->item[at] = heap->item[child];
		at = child;
	}
	heap->item[at] = connection;
}

static const struct script *draw_script(uint32_t chance)
{
	const struct script *script = scripts;

	for (uint32_t left = chance % 100; left >= script->percent; script++)
		left -= script->percent;
	return script;
}

static struct connection begin(uint32_t number)
{
	uint64_t chance = bench_mix(number);
	uint64_t more = bench_mix(chance);

	return (struct connection){
		.due_us = (uint64_t)number * BEGIN_EVERY_US,
		.script = draw_script((uint32_t)(more >> 32)),
		.number = number,
		.seq = {(uint32_t)chance, (uint32_t)(chance >> 32)},
		.round_trip_us = 1000 + (uint32_t)(more & 0xffff) * 99 / 65,
		.life_us = LIFE_MIN_US + (uint32_t)((more >> 16) % LIFE_RANGE_US),
	};
}

static void write_step(struct connection *connection, const struct step *step)
{
	uint32_t number = connection->number;
	uint32_t client = 0x0a000000U + number % 1009, server = 0xc6336400U + number % 61;
	uint16_t client_port = (uint16_t)(32768 + number / 1009 % 28232);
	uint16_t server_port = number % 3 == 0 ? 80 : 443;
	unsigned side = step->side;
	struct bench_segment segment = {
		.time_us = connection->due_us,
		.address = {side == 0 ? client : server, side == 0 ? server : client},
		.port = {side == 0 ? client_port : server_port,
			 side == 0 ? server_port : client_port},
		.seq = connection->seq[side],
		.ack = (step->flags & TH_ACK) != 0 ? connection->seq[1 - side] - step->unaware : 0,
		.echoed = step->unaware > 0 ? connection->stamp_before[1 - side]
					    : connection->stamp[1 - side],
		.payload_bytes = step->payload_bytes,
		.ip_id = (uint16_t)(number + connection->step),
		.flags = step->flags,
		.request = true,
	};

	frame_write(&segment);
	connection->seq[side] += bench_length(step->flags, step->payload_bytes);
	connection->stamp_before[side] = connection->stamp[side];
	connection->stamp[side] = bench_stamp(connection->due_us);
}

static uint32_t delay_us(const struct connection *connection, enum delay delay)
{
	switch (delay) {
	case DELAY_HOST:
		return 40 + connection->number % 50;
	case DELAY_ROUND_TRIP:
		return connection->round_trip_us;
	case DELAY_CROSSING:
		return connection->round_trip_us / 2;
	case DELAY_LIFE:
		break;
	}
	return connection->life_us;
}

/* The earliest connection takes its next step. */
static void advance(struct heap *heap)
{
	struct connection connection = heap->item[0];
	const struct script *script = connection.script;

	write_step(&connection, &script->step[connection.step++]);
	if (connection.step < script->steps) {
		connection.due_us += delay_us(&connection, script->step[connection.step].delay);
		replace_first(heap, connection);
	} else if (--heap->count > 0) {
		replace_first(heap, heap->item[heap->count]);
	}
}

bool short_write(uint32_t count)
{
	struct heap heap = {0};

	for (uint32_t begun = 0; begun < count || heap.count > 0;) {
		uint64_t next_us = (uint64_t)begun * BEGIN_EVERY_US;

		if (begun < count && (heap.count == 0 || next_us <= heap.item[0].due_us)) {
			if (!push(&heap, begin(begun++)))
				break;
		} else {
			advance(&heap);
		}
	}
	bool written = heap.count == 0;
	free(heap.item);
	return written;
}
