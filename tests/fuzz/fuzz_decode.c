/*
 * The decoder on any frames, each by itself and all of them with fragments put together. Before
 * each frame stand two bytes with its link type, big-endian, and in the top bit whether checksums
 * are verified; one that says how much the capture has cut off, and how much later it came than the
 * one before; and two with its length, the last frame taking what is left. A number that is no link
 * type of ours chooses one of those that are.
 */
#include "decode/decode.h"
#include "decode/reassembly.h"
#include "fuzz/harness.h"
#include "source/frame.h"

#include <string.h>

enum { LINKTYPES = 512, HEADER_BYTES = 5, VERIFY = 0x80, STEP_NS = 1000 * 1000 };

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

/* Takes one frame from the input; false where there is none. */
static bool take_frame(const uint8_t **bytes, size_t *size_bytes, struct frame *frame,
		       unsigned *depth)
{
	const uint8_t *header = *bytes;

	if (*size_bytes < HEADER_BYTES)
		return false;
	*bytes += HEADER_BYTES;
	*size_bytes -= HEADER_BYTES;
	frame->linktype = choose_linktype((header[0] & ~(unsigned)VERIFY) << 8 | header[1]);
	frame->captured_bytes = (uint32_t)(header[3] << 8 | header[4]);
	if (frame->captured_bytes > *size_bytes)
		frame->captured_bytes = (uint32_t)*size_bytes;
	frame->bytes = *bytes;
	frame->wire_bytes = frame->captured_bytes + header[2] * 8U;
	frame->ts_ns += header[2] * STEP_NS;
	frame->number++;
	*bytes += frame->captured_bytes;
	*size_bytes -= frame->captured_bytes;
	*depth = header[0] & VERIFY ? DECODE_VERIFY_CHECKSUMS | DECODE_LOOK_AT_PAYLOAD
				    : DECODE_HEADERS_ONLY;
	return true;
}

/* The straight way of plain frames gives what the general way gives. */
static void decode_both_ways(const struct frame *frame, unsigned depth)
{
	struct decode_counters counters[2] = {{0}, {0}};
	struct segment segment[2];
	enum decode_verdict verdict = decode_frame(frame, depth, &segment[0], &counters[0]);

	MUST(decode_frame(frame, depth | DECODE_LONG_WAY, &segment[1], &counters[1]) == verdict);
	MUST(memcmp(&counters[0], &counters[1], sizeof counters[0]) == 0);
	check_counters(&counters[0], frame, verdict);
	if (verdict != DECODE_TCP)
		return;
	MUST(memcmp(&segment[0], &segment[1], sizeof segment[0]) == 0);
	check_segment(&segment[0], frame);
}

/* Every frame stays counted once, however its segment leaves. */
static void check_sum(const struct decode_counters *counters, const struct frame *frame)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DECODE_VERDICT_COUNT; i++)
		sum += counters->by_verdict[i];
	MUST(sum == counters->frames && sum == frame->number);
	MUST(counters->reassembled <= counters->by_verdict[DECODE_TCP]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	static struct reassembly reassembly;
	struct decode_counters counters = {0};
	struct frame frame = {.ts_ns = 1, .source = 3};
	struct segment segment;
	unsigned depth;

	memset(&reassembly, 0, sizeof(reassembly));
	while (take_frame(&bytes, &size_bytes, &frame, &depth)) {
		decode_both_ways(&frame, depth);
		while (decode_overdue(&reassembly, frame.ts_ns, &segment, &counters))
			MUST(segment.number < frame.number && segment.ts_ns <= frame.ts_ns);
		if (decode_reassembling(&reassembly, &frame, depth, &segment, &counters) ==
		    DECODE_TCP)
			check_segment(&segment, &frame);
		check_sum(&counters, &frame);
	}
	while (decode_overdue(&reassembly, INT64_MAX, &segment, &counters))
		MUST(segment.number <= frame.number);
	check_sum(&counters, &frame);
	return 0;
}
