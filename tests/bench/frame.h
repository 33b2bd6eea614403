/*
 * Captures for benchmarks, frame by frame: Ethernet, IPv4, TCP with the options that today's hosts
 * send, and checksums that are right.
 *
 * The same calls always write the same bytes.
 */
#ifndef TCPBYE_BENCH_FRAME_H
#define TCPBYE_BENCH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum { TH_FIN = 0x01, TH_SYN = 0x02, TH_RST = 0x04, TH_PSH = 0x08, TH_ACK = 0x10 };

enum { FRAME_HEADER_BYTES = 66, FRAME_PAYLOAD_MAX = 1448 }; /* of what is no SYN */

struct bench_segment {
	uint64_t time_us;    /* since the capture's beginning */
	uint32_t address[2]; /* source, destination */
	uint16_t port[2];
	uint32_t seq, ack;
	uint32_t echoed;        /* time stamp of the peer's that it returns; 0 in a SYN */
	uint32_t payload_bytes; /* up to FRAME_PAYLOAD_MAX; 0 in a SYN */
	uint16_t ip_id;
	uint8_t flags;
	bool request; /* the payload reads as one */
};

/* The file's header; no frame will hold more than `snaplen` bytes. To standard output, as all. */
void frame_begin(uint32_t snaplen);
void frame_write(const struct bench_segment *segment);

/* Everything is out: 0; or it could not be written: -1. */
int frame_end(void);

/* The time stamp of a segment that is sent then. */
static inline uint32_t bench_stamp(uint64_t time_us)
{
	return (uint32_t)(time_us / 1000) + 1;
}

/* How many sequence numbers a segment takes (RFC 9293, 3.4). */
static inline uint32_t bench_length(uint8_t flags, uint32_t payload_bytes)
{
	return payload_bytes + ((flags & (TH_SYN | TH_FIN)) != 0 ? 1U : 0U);
}

/* 64 bits that look like chance, and are the same for the same number. */
uint64_t bench_mix(uint64_t number);

#endif
