/*
 * Writes one of the captures that benchmarks read to standard output.
 *
 *     make_bench KIND COUNT
 *
 *     short     COUNT short connections, up to 20,000 open at once: 84 % close in four segments,
 *               5 % in three, 1 % simultaneously, 10 % are reset
 *     bulk      64 long connections, COUNT packets of 1514 bytes, of which 96 are captured
 *     full      the same, captured whole
 *     synflood  COUNT SYNs of different addresses and ports that nobody answers
 *     random    the same, but each to an address and a port of its own
 *     collide   as random, but their addresses and ports are equal under XOR
 *     live      COUNT connections that are all open at the end: a handshake each, then four times
 *               as many segments, each of one that chance takes
 *     siege     1,000 connections, COUNT SYNs as in synflood, then the connections close
 */
#include "frame.h"
#include "short.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SNAPLEN = 65535,
	BULK_SNAPLEN = 96,
	LONG_CONNECTIONS = 64,
	BESIEGED = 1000,
	ROUNDS = 4,
	SERVER_PORT = 443,
	FIRST_PORT = 32768,
};

static const uint32_t server_address = 0xc0000201; /* 192.0.2.1 */

/* One connection that sends when it is told to; side 0 is the client. */
struct talk {
	uint32_t number;
	uint32_t seq[2];
	uint32_t stamp[2]; /* of its latest segment */
};

static uint64_t now_us;

static struct talk talk_of(uint32_t number)
{
	uint64_t chance = bench_mix(number);

	return (struct talk){.number = number, .seq = {(uint32_t)chance, (uint32_t)(chance >> 32)}};
}

/* The peer has always taken everything. */
static void say(struct talk *talk, unsigned side, uint8_t flags, uint32_t payload_bytes)
{
	uint32_t client = 0x0a000000U + talk->number / 16384;
	uint16_t client_port = (uint16_t)(FIRST_PORT + talk->number % 16384);
	struct bench_segment segment = {
		.time_us = now_us,
		.address = {side == 0 ? client : server_address,
			    side == 0 ? server_address : client},
		.port = {side == 0 ? client_port : SERVER_PORT,
			 side == 0 ? SERVER_PORT : client_port},
		.seq = talk->seq[side],
		.ack = (flags & TH_ACK) != 0 ? talk->seq[1 - side] : 0,
		.echoed = (flags & TH_ACK) != 0 ? talk->stamp[1 - side] : 0,
		.payload_bytes = payload_bytes,
		.ip_id = (uint16_t)(talk->seq[side] / 7),
		.flags = flags,
	};

	frame_write(&segment);
	talk->seq[side] += bench_length(flags, payload_bytes);
	talk->stamp[side] = bench_stamp(now_us);
}

static void shake_hands(struct talk *talk)
{
	say(talk, 0, TH_SYN, 0);
	now_us += 10;
	say(talk, 1, TH_SYN | TH_ACK, 0);
	now_us += 10;
	say(talk, 0, TH_ACK, 0);
	now_us += 10;
}

static void close_in_four(struct talk *talk)
{
	say(talk, 0, TH_FIN | TH_ACK, 0);
	now_us += 10;
	say(talk, 1, TH_ACK, 0);
	now_us += 10;
	say(talk, 1, TH_FIN | TH_ACK, 0);
	now_us += 10;
	say(talk, 0, TH_ACK, 0);
	now_us += 10;
}

/* Two of three packets come from the server. */
static void write_long(uint32_t packets, uint32_t snaplen)
{
	struct talk talk[LONG_CONNECTIONS];

	frame_begin(snaplen);
	for (uint32_t i = 0; i < LONG_CONNECTIONS; i++) {
		talk[i] = talk_of(i);
		shake_hands(&talk[i]);
	}
	for (uint32_t i = 0; i < packets; i++, now_us += 2)
		say(&talk[i % LONG_CONNECTIONS], i / LONG_CONNECTIONS % 3 != 0, TH_PSH | TH_ACK,
		    FRAME_PAYLOAD_MAX);
	for (uint32_t i = 0; i < LONG_CONNECTIONS; i++)
		close_in_four(&talk[i]);
}

static void write_bulk(uint32_t count)
{
	write_long(count, BULK_SNAPLEN);
}

static void write_full(uint32_t count)
{
	write_long(count, SNAPLEN);
}

/* Different numbers give different addresses. */
static uint32_t scatter(uint32_t number)
{
	number = (number ^ number >> 16) * 0x45d9f3bU;
	return number ^ number >> 16;
}

enum servers { ONE_SERVER, RANDOM_SERVERS, COLLIDING_SERVERS };

/* Where SYN number i goes to, whose sender stands there already. */
static void choose_server(struct bench_segment *segment, enum servers servers, uint32_t i)
{
	switch (servers) {
	case ONE_SERVER:
		segment->address[1] = server_address;
		segment->port[1] = SERVER_PORT;
		break;
	case RANDOM_SERVERS:
		segment->address[1] = scatter(~i);
		segment->port[1] = (uint16_t)(bench_mix(~i) | 1024);
		break;
	case COLLIDING_SERVERS:
		segment->address[1] = segment->address[0] ^ 0x5a5a5a5a;
		segment->port[1] = segment->port[0] ^ 443;
		break;
	}
}

static void write_syns(uint32_t count, enum servers servers)
{
	for (uint32_t i = 0; i < count; i++, now_us++) {
		uint32_t address = scatter(i);
		uint16_t port = (uint16_t)(bench_mix(i) | 1024);
		struct bench_segment segment = {
			.time_us = now_us,
			.address = {address},
			.port = {port},
			.seq = (uint32_t)bench_mix(address),
			.ip_id = (uint16_t)i,
			.flags = TH_SYN,
		};

		choose_server(&segment, servers, i);
		frame_write(&segment);
	}
}

static void write_synflood(uint32_t count)
{
	frame_begin(SNAPLEN);
	write_syns(count, ONE_SERVER);
}

static void write_random(uint32_t count)
{
	frame_begin(SNAPLEN);
	write_syns(count, RANDOM_SERVERS);
}

static void write_collide(uint32_t count)
{
	frame_begin(SNAPLEN);
	write_syns(count, COLLIDING_SERVERS);
}

static struct talk *allocate_talks(uint32_t count)
{
	struct talk *talks = calloc(count, sizeof *talks);

	if (talks == NULL) {
		perror("make_bench");
		exit(1);
	}
	return talks;
}

static void write_live(uint32_t count)
{
	struct talk *talks = allocate_talks(count);

	frame_begin(SNAPLEN);
	for (uint32_t i = 0; i < count; i++) {
		talks[i] = talk_of(i);
		shake_hands(&talks[i]);
	}
	for (uint64_t i = 0; i < (uint64_t)count * ROUNDS; i++, now_us++) {
		uint64_t chance = bench_mix(i);

		say(&talks[(chance >> 8) % count], chance & 1, TH_PSH | TH_ACK, 100);
	}
	free(talks);
}

static void write_siege(uint32_t count)
{
	struct talk *talks = allocate_talks(BESIEGED);

	frame_begin(SNAPLEN);
	for (uint32_t i = 0; i < BESIEGED; i++) {
		talks[i] = talk_of(i);
		shake_hands(&talks[i]);
	}
	write_syns(count, ONE_SERVER);
	for (uint32_t i = 0; i < BESIEGED; i++)
		close_in_four(&talks[i]);
	free(talks);
}

static void write_short(uint32_t count)
{
	frame_begin(SNAPLEN);
	if (!short_write(count)) {
		perror("make_bench");
		exit(1);
	}
}

static const struct {
	const char *name;
	void (*write)(uint32_t count);
} kinds[] = {
	{"short", write_short},       {"bulk", write_bulk},   {"full", write_full},
	{"synflood", write_synflood}, {"live", write_live},   {"collide", write_collide},
	{"random", write_random},     {"siege", write_siege},
};

int main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	for (size_t i = 0; count > 0 && count <= 100000000 && i < sizeof kinds / sizeof kinds[0];
	     i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		kinds[i].write((uint32_t)count);
		if (frame_end() == 0)
			return 0;
		perror("make_bench");
		return 1;
	}
	fputs("usage: make_bench short|bulk|full|synflood|random|collide|live|siege COUNT >FILE\n",
	      stderr);
	return 2;
}
