#include "decode/decode.h"

#include "decode/layers.h"
#include "decode/plain.h"
#include "source/frame.h"

const struct segment decode_blank = {.window_scale = SEGMENT_NO_WINDOW_SCALE};

static void count(struct decode_counters *counters, const struct decoding *decoding,
		  enum decode_verdict verdict, uint32_t wire_bytes)
{
	const struct segment *segment = decoding->segment;

	counters->frames++;
	counters->bytes += wire_bytes;
	counters->by_verdict[verdict]++;
	if (decoding->outer_version == 4)
		counters->ipv4++;
	else if (decoding->outer_version == 6)
		counters->ipv6++;
	if (segment->tuple.vlan_count)
		counters->vlan++;
	if (decoding->tunnels)
		counters->tunnel++;
	if (verdict != DECODE_TCP)
		return;
	counters->reassembled += decoding->reassembled;
	if (segment->marks & SEGMENT_BAD_CHECKSUM)
		counters->bad_checksum++;
}

enum decode_verdict decode_frame(const struct frame *frame, unsigned depth, struct segment *segment,
				 struct decode_counters *counters)
{
	return decode_reassembling(NULL, frame, depth, segment, counters);
}

/* Whatever the frame is: layer by layer. */
static enum decode_verdict decode_generally(struct reassembly *reassembly,
					    const struct frame *frame, unsigned depth,
					    struct segment *segment,
					    struct decode_counters *counters)
{
	struct decoding decoding = {.segment = segment, .reassembly = reassembly, .depth = depth};
	struct span span = {.at = frame->bytes, .end = frame->bytes + frame->captured_bytes};

	if (frame->wire_bytes > frame->captured_bytes)
		decoding.uncaptured_bytes = frame->wire_bytes - frame->captured_bytes;
	decode_begin(segment, frame);

	enum decode_verdict verdict = decode_link(&decoding, frame->linktype, span);
	count(counters, &decoding, verdict, frame->wire_bytes);
	return verdict;
}

enum decode_verdict decode_reassembling(struct reassembly *reassembly, const struct frame *frame,
					unsigned depth, struct segment *segment,
					struct decode_counters *counters)
{
	if (decode_plain(frame, depth, segment, counters))
		return DECODE_TCP;
	return decode_generally(reassembly, frame, depth, segment, counters);
}

bool decode_overdue(struct reassembly *reassembly, int64_t now_ns, struct segment *segment,
		    struct decode_counters *counters)
{
	if (!reassembly_release(reassembly, now_ns, segment))
		return false;
	counters->by_verdict[DECODE_FRAGMENT]--;
	counters->by_verdict[DECODE_TCP]++;
	return true;
}
