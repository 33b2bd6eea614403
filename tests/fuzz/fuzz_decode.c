/*
 * The decoder on any frame. The first two bytes hold the link type, big-endian, and in the top bit
 * whether checksums are verified; the third says how much the capture has cut off; the rest is the
 * frame. A number that is no link type of ours chooses one of those that are.
 */
#include "decode/decode.h"
#include "fuzz/harness.h"
#include "source/frame.h"

enum { LINKTYPES = 512, HEADER_BYTES = 3, VERIFY = 0x80 };

static uint16_t choose_linktype(unsigned n)
{
	static uint16_t known[LINKTYPES];
	static unsigned count;

	if (count == 0)
		for (unsigned linktype = 0; linktype < LINKTYPES; linktype++)
			if (decode_knows_linktype(linktype))
				known[count++] = (uint16_t)linktype;
	MUST(count > 0);
	return decode_knows_linktype(n) ? (uint16_t)n : known[n % count];
}

static void check_counters(const struct decode_counters *counters, const struct frame *frame,
			   enum decode_verdict verdict)
{
	MUST(verdict < DECODE_VERDICT_COUNT);
	MUST(counters->frames == 1);
	MUST(counters->bytes == frame->wire_bytes);
	for (unsigned i = 0; i < DECODE_VERDICT_COUNT; i++)
		MUST(counters->by_verdict[i] == (i == verdict));
	MUST(counters->ipv4 + counters->ipv6 <= 1);
	MUST(counters->vlan <= 1 && counters->tunnel <= 1 && counters->bad_checksum <= 1);
}

static void check_segment(const struct segment *segment, const struct frame *frame)
{
	MUST(segment->ts_ns == frame->ts_ns);
	MUST(segment->number == frame->number);
	MUST(segment->source == frame->source);
	MUST(segment->from <= 1);
	MUST(segment->tuple.ip_version == 4 || segment->tuple.ip_version == 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct decode_counters counters = {0};
	struct segment segment;
	struct frame frame = {.ts_ns = 1, .number = 2, .source = 3};
	enum decode_checksums checksums;
	enum decode_verdict verdict;

	if (size_bytes < HEADER_BYTES)
		return 0;
	frame.linktype = choose_linktype((bytes[0] & ~(unsigned)VERIFY) << 8 | bytes[1]);
	frame.bytes = bytes + HEADER_BYTES;
	frame.captured_bytes = (uint32_t)(size_bytes - HEADER_BYTES);
	frame.wire_bytes = frame.captured_bytes + bytes[2] * 8U;
	checksums = bytes[0] & VERIFY ? DECODE_VERIFY_CHECKSUMS : DECODE_SKIP_CHECKSUMS;
	verdict = decode_frame(&frame, checksums, &segment, &counters);
	check_counters(&counters, &frame, verdict);
	if (verdict == DECODE_TCP)
		check_segment(&segment, &frame);
	return 0;
}
