#include "decode/plain.h"

bool decode_plain(const struct frame *frame, unsigned depth, struct segment *segment,
		  struct decode_counters *counters)
{
	const uint8_t *bytes = frame->bytes;
	struct plain plain;

	if ((depth & (DECODE_VERIFY_CHECKSUMS | DECODE_LONG_WAY)) != 0)
		return false;
	plain = plain_measure(frame);
	if (plain.headers_bytes == 0)
		return false;
	decode_begin(segment, frame);
	segment->tuple.ip_version = 4;
	plain_read(&plain, bytes, segment);
	segment->from = (uint8_t)tuple_set_ipv4_ends(
		&segment->tuple, bytes + PLAIN_IP_AT + 12, bytes_be16(bytes + PLAIN_TCP_AT),
		bytes + PLAIN_IP_AT + 16, bytes_be16(bytes + PLAIN_TCP_AT + 2));
	segment->look = (uint8_t)plain_look(&plain, bytes, depth);
	plain_count(counters, 1, frame->wire_bytes);
	return true;
}
