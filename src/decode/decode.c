#include "decode/decode.h"

#include "decode/layers.h"
#include "source/frame.h"

#include <string.h>

static void count(struct decode_counters *counters, const struct decoding *decoding,
		  enum decode_verdict verdict, uint32_t wire_bytes)
{
	const struct segment *segment = decoding->segment;

	counters->frames++;
	counters->bytes += wire_bytes;
	counters->by_verdict[verdict]++;
	counters->ipv4 += decoding->outer_version == 4;
	counters->ipv6 += decoding->outer_version == 6;
	counters->vlan += segment->tuple.vlan_count > 0;
	counters->tunnel += decoding->tunnels > 0;
	counters->bad_checksum +=
		verdict == DECODE_TCP && (segment->marks & SEGMENT_BAD_CHECKSUM) != 0;
}

enum decode_verdict decode_frame(const struct frame *frame, enum decode_checksums checksums,
				 struct segment *segment, struct decode_counters *counters)
{
	struct decoding decoding = {.segment = segment, .checksums = checksums};
	struct span span = {
		.at = frame->bytes,
		.captured_bytes = frame->captured_bytes,
		.wire_bytes = frame->wire_bytes,
	};

	if (span.wire_bytes < span.captured_bytes)
		span.wire_bytes = span.captured_bytes;
	memset(segment, 0, sizeof(*segment));
	segment->ts_ns = frame->ts_ns;
	segment->number = frame->number;
	segment->source = frame->source;
	segment->frame_bytes = frame->wire_bytes;
	segment->window_scale = SEGMENT_NO_WINDOW_SCALE;

	enum decode_verdict verdict = decode_link(&decoding, frame->linktype, span);
	count(counters, &decoding, verdict, frame->wire_bytes);
	return verdict;
}
