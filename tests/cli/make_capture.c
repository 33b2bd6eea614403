/*
 * Writes a small capture to standard output, for the tests of the command line.
 *
 *     make_capture KIND CONNECTIONS [FIRST [A_SECOND]]
 *
 * Connection N, counted from FIRST or from 0, begins in second N, or A_SECOND of them in each
 * second, and goes from 10.0.0.1 port 40000 + N to 10.0.0.2 port 80; the ports go round:
 *
 *     close    handshake, then a close in four segments that the client begins (7 frames)
 *     open     handshake and nothing more (3 frames)
 *     http     handshake, an answer of HTTP/1.0, and a close that the server begins (7 frames)
 *     abort    handshake, a request and its answer, and a RST of the client (7 frames)
 *     refused  a SYN that is answered by a RST (2 frames)
 *     vlan     as close, with a VLAN tag; qinq with two, mpls with a label, pppoe in a session,
 *              geneve and gre in a tunnel
 *     udp      one UDP packet instead of a connection
 *     usb      one frame of a link type that nobody here can look into, instead of a connection
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, LINKTYPE_ETHERNET = 1, LINKTYPE_USB = 189 };

struct packet {
	uint8_t from; /* 1: client, 2: server */
	uint8_t flags;
	uint32_t seq, ack;
};

struct frame {
	uint8_t bytes[128];
	size_t size;
};

/* What stands between a frame's addresses and its IP packet. */
static const struct around {
	const char *kind;
	uint8_t bytes[16]; /* EtherTypes and all */
	uint8_t size;
	uint8_t protocol;  /* of an outer IP packet, if there is one */
	uint8_t inner[24]; /* what it carries before the frame or packet */
	uint8_t inner_size;
	uint8_t inner_frame; /* 1: a frame, 0: an IP packet */
} around[] = {
	{"close", {0x08, 0x00}, 2, 0, {0}, 0, 0},
	{"vlan", {0x81, 0x00, 0, 7, 0x08, 0x00}, 6, 0, {0}, 0, 0},
	{"qinq", {0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 8, 0x08, 0x00}, 10, 0, {0}, 0, 0},
	{"mpls", {0x88, 0x47, 0, 1, 0x01, 64}, 6, 0, {0}, 0, 0},
	{"pppoe", {0x88, 0x64, 0x11, 0, 0, 1, 0, 42, 0, 0x21}, 10, 0, {0}, 0, 0},
	{"geneve",
	 {0x08, 0x00},
	 2,
	 17,
	 {0x9c, 0x40, 0x17, 0xc1, 0, 70, 0, 0, 0, 0, 0x65, 0x58, 0, 0, 1, 0},
	 16,
	 1},
	{"gre", {0x08, 0x00}, 2, 47, {0, 0, 0x08, 0}, 4, 0},
};

static const struct packet close_packets[] = {
	{1, SYN, 1000, 0},          {2, SYN | ACK, 5000, 1001}, {1, ACK, 1001, 5001},
	{1, FIN | ACK, 1001, 5001}, {2, ACK, 5001, 1002},       {2, FIN | ACK, 5001, 1002},
	{1, ACK, 1002, 5002},
};

/* What every packet with PSH carries. */
static const char answer[] = "HTTP/1.0 200\r\n\r\n";

static const struct packet http_packets[] = {
	{1, SYN, 1000, 0},          {2, SYN | ACK, 5000, 1001}, {1, ACK, 1001, 5001},
	{2, PSH | ACK, 5001, 1001}, {2, FIN | ACK, 5017, 1001}, {1, FIN | ACK, 1001, 5018},
	{2, ACK, 5018, 1002},
};

static const struct packet abort_packets[] = {
	{1, SYN, 1000, 0},          {2, SYN | ACK, 5000, 1001}, {1, ACK, 1001, 5001},
	{1, PSH | ACK, 1001, 5001}, {2, PSH | ACK, 5001, 1017}, {1, ACK, 1017, 5017},
	{1, RST | ACK, 1017, 5017},
};

static const struct packet refused_packets[] = {
	{1, SYN, 1000, 0},
	{2, RST | ACK, 0, 1001},
};

static void put(struct frame *frame, uint32_t value, unsigned size)
{
	while (size-- > 0)
		frame->bytes[frame->size++] = (uint8_t)(value >> (8 * size));
}

static void put_bytes(struct frame *frame, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put(frame, bytes[i], 1);
}

static void put_ethernet(struct frame *frame, const struct around *with)
{
	for (int i = 0; i < 12; i++)
		put(frame, 2, 1);
	put_bytes(frame, with->bytes, with->size);
}

static void put_ip(struct frame *frame, uint8_t from, uint8_t protocol, uint16_t payload_bytes)
{
	put(frame, 0x45000000U | (20U + payload_bytes), 4);
	put(frame, 0x00014000, 4);
	put(frame, 0x40000000U | (uint32_t)protocol << 16, 4);
	put(frame, 0x0a000000U | from, 4);
	put(frame, 0x0a000000U | (uint32_t)(3 - from), 4);
}

static void put_ports(struct frame *frame, uint8_t from, uint16_t client_port)
{
	put(frame, from == 1 ? client_port : 80, 2);
	put(frame, from == 1 ? 80 : client_port, 2);
}

static void put_tcp(struct frame *frame, const struct packet *packet, uint16_t client_port)
{
	put_ports(frame, packet->from, client_port);
	put(frame, packet->seq, 4);
	put(frame, packet->ack, 4);
	put(frame, 0x5000ffffU | (uint32_t)packet->flags << 16, 4);
	put(frame, 0, 4);
}

static void write_number(uint32_t value)
{
	fwrite(&value, sizeof(value), 1, stdout);
}

static void write_file_header(uint32_t linktype)
{
	write_number(0xa1b2c3d4);
	write_number(0x00040002);
	write_number(0);
	write_number(0);
	write_number(65535);
	write_number(linktype);
}

static void write_frame(const struct frame *frame, uint32_t seconds, uint32_t microseconds)
{
	write_number(1700000000 + seconds);
	write_number(microseconds);
	write_number((uint32_t)frame->size);
	write_number((uint32_t)frame->size);
	fwrite(frame->bytes, 1, frame->size, stdout);
}

/* The envelope of a segment without payload. */
static void put_around(struct frame *frame, const struct around *with, uint8_t from)
{
	uint16_t carried = (uint16_t)(with->inner_size + (with->inner_frame ? 14 : 0) + 40);

	put_ethernet(frame, with);
	if (with->protocol == 0)
		return;
	put_ip(frame, from, with->protocol, carried);
	put_bytes(frame, with->inner, with->inner_size);
	if (with->inner_frame)
		put_ethernet(frame, &around[0]);
}

/* How many connections begin in a second, and how far their frames are apart. */
struct pace {
	uint32_t a_second, apart_us, ports, first_port;
};

static const struct pace slow = {1, 10000, 20000, 40000};

static struct pace pace_of(uint32_t a_second)
{
	return a_second <= 1 ? slow : (struct pace){a_second, 200, 60000, 5000};
}

static void write_at(const struct frame *frame, const struct pace *pace, uint32_t number, size_t i)
{
	uint32_t into_second = number % pace->a_second;

	write_frame(frame, number / pace->a_second,
		    (uint32_t)(UINT64_C(1000000) * into_second / pace->a_second) +
			    (uint32_t)i * pace->apart_us);
}

static void write_connection(const struct packet *packets, size_t count, const struct around *with,
			     const struct pace *pace, uint32_t number)
{
	for (size_t i = 0; i < count; i++) {
		struct frame frame = {.size = 0};
		size_t bytes = packets[i].flags & PSH ? sizeof(answer) - 1 : 0;

		put_around(&frame, with, packets[i].from);
		put_ip(&frame, packets[i].from, PROTOCOL_TCP, (uint16_t)(20 + bytes));
		put_tcp(&frame, &packets[i], (uint16_t)(pace->first_port + number % pace->ports));
		for (size_t at = 0; at < bytes; at++)
			put(&frame, (uint8_t)answer[at], 1);
		write_at(&frame, pace, number, i);
	}
}

static void write_datagram(uint32_t number)
{
	struct frame frame = {.size = 0};

	put_ethernet(&frame, &around[0]);
	put_ip(&frame, 1, PROTOCOL_UDP, 8);
	put_ports(&frame, 1, (uint16_t)(40000 + number % 20000));
	put(&frame, 8, 2);
	put(&frame, 0, 2);
	write_frame(&frame, number, 0);
}

static int write_one(const char *kind, const struct pace *pace, uint32_t number)
{
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		if (strcmp(kind, around[i].kind) != 0)
			continue;
		write_connection(close_packets, sizeof(close_packets) / sizeof(close_packets[0]),
				 &around[i], pace, number);
		return 1;
	}
	if (strcmp(kind, "refused") == 0)
		write_connection(refused_packets, 2, &around[0], pace, number);
	else if (strcmp(kind, "http") == 0)
		write_connection(http_packets, sizeof(http_packets) / sizeof(http_packets[0]),
				 &around[0], pace, number);
	else if (strcmp(kind, "abort") == 0)
		write_connection(abort_packets, sizeof(abort_packets) / sizeof(abort_packets[0]),
				 &around[0], pace, number);
	else if (strcmp(kind, "open") == 0)
		write_connection(close_packets, 3, &around[0], pace, number);
	else if (strcmp(kind, "udp") == 0 || strcmp(kind, "usb") == 0)
		write_datagram(number);
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long connections = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long first = argc >= 4 ? strtoul(argv[3], NULL, 10) : 0;
	struct pace pace = pace_of(argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 1);

	if (argc < 3 || argc > 5) {
		fputs("usage: make_capture KIND CONNECTIONS [FIRST [A_SECOND]]\n", stderr);
		return 2;
	}
	write_file_header(strcmp(argv[1], "usb") == 0 ? LINKTYPE_USB : LINKTYPE_ETHERNET);
	for (uint32_t number = 0; number < connections; number++)
		if (!write_one(argv[1], &pace, (uint32_t)first + number))
			return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
