#include "decode/plain.h"

#include "decode/layers.h"
#include "decode/protocols.h"
#include "source/bytes.h"
#include "source/frame.h"

enum {
	LINKTYPE_ETHERNET = 1,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERNET_BYTES = 14,
	IP_BYTES = 20,
	TCP_BYTES = 20,
	IP_AT = ETHERNET_BYTES,
	TCP_AT = IP_AT + IP_BYTES,
	OPTIONS_AT = TCP_AT + TCP_BYTES,
	STAMPED_TCP_BYTES = TCP_BYTES + 12,
};

enum {
	VERSION_4_WITHOUT_OPTIONS = 0x45,
	FRAGMENT_BITS = 0x3fff,         /* more fragments, offset */
	TIME_STAMPS_ALONE = 0x0101080a, /* NOP, NOP, time stamps of 10 bytes */
};

/* Of a frame that holds both headers without options. */
static bool has_plain_ip(const uint8_t *frame)
{
	const uint8_t *ip = frame + IP_AT;

	return bytes_be16(ip - 2) == ETHERTYPE_IPV4 && ip[0] == VERSION_4_WITHOUT_OPTIONS &&
	       (bytes_be16(ip + 6) & FRAGMENT_BITS) == 0 && ip[9] == PROTOCOL_TCP;
}

/* How long the TCP header is, of whose packet `packet_bytes` were captured; 0: it is not plain. */
static uint32_t plain_tcp_bytes(const uint8_t *frame, uint32_t packet_bytes)
{
	uint32_t tcp_bytes = (frame[TCP_AT + 12] >> 4) * 4U;

	if (packet_bytes < IP_BYTES + tcp_bytes)
		return 0;
	if (tcp_bytes == STAMPED_TCP_BYTES && bytes_be32(frame + OPTIONS_AT) == TIME_STAMPS_ALONE)
		return STAMPED_TCP_BYTES;
	return tcp_bytes == TCP_BYTES ? TCP_BYTES : 0;
}

static void take_headers(struct segment *segment, const uint8_t *frame)
{
	const uint8_t *ip = frame + IP_AT, *tcp = frame + TCP_AT;

	segment->link = bytes_be32(frame + 8);
	segment->ip_id = bytes_be16(ip + 4);
	segment->ttl = ip[8];
	segment->from = (uint8_t)tuple_set_ipv4_ends(&segment->tuple, ip + 12, bytes_be16(tcp),
						     ip + 16, bytes_be16(tcp + 2));
	segment->seq = bytes_be32(tcp + 4);
	segment->ack = bytes_be32(tcp + 8);
	segment->flags = tcp[13];
	segment->window = bytes_be16(tcp + 14);
}

static void take_time_stamps(struct segment *segment, const uint8_t *options)
{
	segment->tsval = bytes_be32(options + 4);
	segment->tsecr = bytes_be32(options + 8);
	segment->marks = SEGMENT_TIMESTAMPS;
}

static void count(struct decode_counters *counters, const struct frame *frame)
{
	counters->frames++;
	counters->bytes += frame->wire_bytes;
	counters->by_verdict[DECODE_TCP]++;
	counters->ipv4++;
}

bool decode_plain(const struct frame *frame, unsigned depth, struct segment *segment,
		  struct decode_counters *counters)
{
	const uint8_t *bytes = frame->bytes;
	uint32_t total_bytes, packet_bytes, tcp_bytes, headers_bytes;

	if (frame->linktype != LINKTYPE_ETHERNET || frame->captured_bytes < OPTIONS_AT ||
	    (depth & (DECODE_VERIFY_CHECKSUMS | DECODE_LONG_WAY)) != 0 || !has_plain_ip(bytes))
		return false;
	/* What follows the packet is padding; a length of 0 (segmentation offload) is not plain. */
	total_bytes = bytes_be16(bytes + IP_AT + 2);
	packet_bytes = frame->captured_bytes - ETHERNET_BYTES;
	packet_bytes = packet_bytes < total_bytes ? packet_bytes : total_bytes;
	tcp_bytes = plain_tcp_bytes(bytes, packet_bytes);
	if (tcp_bytes == 0)
		return false;

	headers_bytes = IP_BYTES + tcp_bytes;
	decode_begin(segment, frame);
	segment->tuple.ip_version = 4;
	take_headers(segment, bytes);
	if (tcp_bytes == STAMPED_TCP_BYTES)
		take_time_stamps(segment, bytes + OPTIONS_AT);
	segment->payload_bytes = total_bytes - headers_bytes;
	if ((depth & DECODE_LOOK_AT_PAYLOAD) != 0 && packet_bytes > headers_bytes)
		segment->look =
			(uint8_t)decode_look(bytes + IP_AT + headers_bytes,
					     packet_bytes - headers_bytes, segment->payload_bytes);
	count(counters, frame);
	return true;
}
