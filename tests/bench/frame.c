#include "frame.h"

#include <stdio.h>
#include <string.h>

enum {
	LINKTYPE_ETHERNET = 1,
	PROTOCOL_TCP = 6,
	ETHERNET_BYTES = 14,
	IP_BYTES = 20,
	TCP_BYTES = 20,
	SYN_OPTIONS_BYTES = 20,
	OPTIONS_BYTES = 12,
	FRAME_BYTES_MAX = FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX,
	STREAM_BYTES = 1024 * 1024,
	FIRST_SECOND = 1700000000,
	MICROSECONDS = 1000000,
};

static uint32_t longest_bytes;

static uint8_t *put_16(uint8_t *at, unsigned value)
{
	*at++ = (uint8_t)(value >> 8);
	*at++ = (uint8_t)value;
	return at;
}

static uint8_t *put_32(uint8_t *at, uint32_t value)
{
	return put_16(put_16(at, value >> 16), value & 0xffff);
}

/* Sum of 16-bit words for a checksum (RFC 1071). */
static uint32_t sum(const uint8_t *bytes, size_t count, uint32_t start)
{
	uint64_t total = start;

	for (; count > 1; count -= 2, bytes += 2)
		total += (uint32_t)bytes[0] << 8 | bytes[1];
	if (count > 0)
		total += (uint32_t)bytes[0] << 8;
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	return (uint32_t)total;
}

static uint8_t *put_ethernet(uint8_t *at)
{
	static const uint8_t header[ETHERNET_BYTES] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};

	memcpy(at, header, sizeof header);
	return at + sizeof header;
}

static uint8_t *put_ip(uint8_t *at, const struct bench_segment *segment, uint32_t total_bytes)
{
	uint8_t *header = at;

	at = put_32(at, 0x45000000U | total_bytes);
	at = put_32(at, (uint32_t)segment->ip_id << 16 | 0x4000U);
	at = put_32(at, 0x40000000U | (uint32_t)PROTOCOL_TCP << 16);
	at = put_32(at, segment->address[0]);
	at = put_32(at, segment->address[1]);
	put_16(header + 10, ~sum(header, IP_BYTES, 0) & 0xffff);
	return at;
}

static uint32_t options_bytes(const struct bench_segment *segment)
{
	return (segment->flags & TH_SYN) != 0 ? SYN_OPTIONS_BYTES : OPTIONS_BYTES;
}

/* Timestamps in all segments, and what a Linux SYN has besides. */
static uint8_t *put_options(uint8_t *at, const struct bench_segment *segment)
{
	if ((segment->flags & TH_SYN) != 0) {
		at = put_32(at, 0x020405b4);
		at = put_32(at, 0x0402080a);
		at = put_32(at, bench_stamp(segment->time_us));
		at = put_32(at, segment->echoed);
		return put_32(at, 0x01030307);
	}
	at = put_32(at, 0x0101080a);
	at = put_32(at, bench_stamp(segment->time_us));
	return put_32(at, segment->echoed);
}

/* Of a short connection a request again and again, of others nothing that anybody knows. */
static uint8_t *put_payload(uint8_t *at, const struct bench_segment *segment)
{
	static const char text[] = "GET /bench HTTP/1.1\r\n";

	for (uint32_t i = 0; i < segment->payload_bytes; i++) {
		uint64_t chance = bench_mix((segment->seq + i) / 8) >> i % 8 * 8;

		if (segment->request)
			*at++ = (uint8_t)text[i % (sizeof text - 1)];
		else
			*at++ = (uint8_t)chance;
	}
	return at;
}

static uint8_t *put_tcp(uint8_t *at, const struct bench_segment *segment)
{
	uint32_t options = options_bytes(segment);
	uint32_t bytes = TCP_BYTES + options + segment->payload_bytes;
	uint8_t *header = at;

	at = put_16(at, segment->port[0]);
	at = put_16(at, segment->port[1]);
	at = put_32(at, segment->seq);
	at = put_32(at, segment->ack);
	at = put_32(at, (TCP_BYTES + options) / 4 << 28 | (uint32_t)segment->flags << 16 | 0xfaf0U);
	at = put_32(at, 0);
	at = put_options(at, segment);
	at = put_payload(at, segment);
	/* The pseudo header's addresses stand right before the TCP header. */
	put_16(header + 16, ~sum(header - 8, bytes + 8, PROTOCOL_TCP + bytes) & 0xffff);
	return at;
}

static void write_host_32(const uint32_t *value, size_t count)
{
	fwrite(value, sizeof *value, count, stdout);
}

void frame_begin(uint32_t snaplen)
{
	uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, snaplen, LINKTYPE_ETHERNET};

	longest_bytes = snaplen;
	setvbuf(stdout, NULL, _IOFBF, STREAM_BYTES);
	write_host_32(header, 6);
}

void frame_write(const struct bench_segment *segment)
{
	uint8_t bytes[FRAME_BYTES_MAX + SYN_OPTIONS_BYTES];
	uint8_t *at =
		put_ip(put_ethernet(bytes), segment,
		       IP_BYTES + TCP_BYTES + options_bytes(segment) + segment->payload_bytes);
	uint32_t size = (uint32_t)(put_tcp(at, segment) - bytes);
	uint32_t captured = size < longest_bytes ? size : longest_bytes;
	uint32_t header[4] = {FIRST_SECOND + (uint32_t)(segment->time_us / MICROSECONDS),
			      (uint32_t)(segment->time_us % MICROSECONDS), captured, size};

	write_host_32(header, 4);
	fwrite(bytes, 1, captured, stdout);
}

int frame_end(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}

uint64_t bench_mix(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}
