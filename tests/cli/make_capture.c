/*
 * Writes a small capture to standard output, for the tests of the command line.
 *
 *     make_capture KIND CONNECTIONS [FIRST]
 *
 * Connection N, counted from FIRST or from 0, begins in second N, and goes from 10.0.0.1 port 40000
 * + N to 10.0.0.2 port 80:
 *
 *     close    handshake, then a close in four segments that the client begins (7 frames)
 *     open     handshake and nothing more (3 frames)
 *     refused  a SYN that is answered by a RST (2 frames)
 *     vlan     as close, with a VLAN tag
 *     udp      one UDP packet instead of a connection
 *     usb      one frame of a link type that nobody here can look into, instead of a connection
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, LINKTYPE_ETHERNET = 1, LINKTYPE_USB = 189 };

struct packet {
	uint8_t from; /* 1: client, 2: server */
	uint8_t flags;
	uint32_t seq, ack;
};

struct frame {
	uint8_t bytes[64];
	size_t size;
};

static const struct packet close_packets[] = {
	{1, SYN, 1000, 0},          {2, SYN | ACK, 5000, 1001}, {1, ACK, 1001, 5001},
	{1, FIN | ACK, 1001, 5001}, {2, ACK, 5001, 1002},       {2, FIN | ACK, 5001, 1002},
	{1, ACK, 1002, 5002},
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

static void put_ethernet(struct frame *frame, int tagged)
{
	for (int i = 0; i < 12; i++)
		put(frame, 2, 1);
	if (tagged)
		put(frame, 0x81000007, 4);
	put(frame, 0x0800, 2);
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

static void write_connection(const struct packet *packets, size_t count, int tagged,
			     uint32_t number)
{
	for (size_t i = 0; i < count; i++) {
		struct frame frame = {.size = 0};

		put_ethernet(&frame, tagged);
		put_ip(&frame, packets[i].from, PROTOCOL_TCP, 20);
		put_tcp(&frame, &packets[i], (uint16_t)(40000 + number % 20000));
		write_frame(&frame, number, (uint32_t)i * 10000);
	}
}

static void write_datagram(uint32_t number)
{
	struct frame frame = {.size = 0};

	put_ethernet(&frame, 0);
	put_ip(&frame, 1, PROTOCOL_UDP, 8);
	put_ports(&frame, 1, (uint16_t)(40000 + number % 20000));
	put(&frame, 8, 2);
	put(&frame, 0, 2);
	write_frame(&frame, number, 0);
}

static int write_one(const char *kind, uint32_t number)
{
	if (strcmp(kind, "refused") == 0)
		write_connection(refused_packets, 2, 0, number);
	else if (strcmp(kind, "open") == 0)
		write_connection(close_packets, 3, 0, number);
	else if (strcmp(kind, "close") == 0 || strcmp(kind, "vlan") == 0)
		write_connection(close_packets, sizeof(close_packets) / sizeof(close_packets[0]),
				 strcmp(kind, "vlan") == 0, number);
	else if (strcmp(kind, "udp") == 0 || strcmp(kind, "usb") == 0)
		write_datagram(number);
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long connections = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long first = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;

	if (argc != 3 && argc != 4) {
		fputs("usage: make_capture close|open|refused|vlan|udp|usb CONNECTIONS [FIRST]\n",
		      stderr);
		return 2;
	}
	write_file_header(strcmp(argv[1], "usb") == 0 ? LINKTYPE_USB : LINKTYPE_ETHERNET);
	for (uint32_t number = 0; number < connections; number++)
		if (!write_one(argv[1], (uint32_t)first + number))
			return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
