#include "core/intake.h"

#include "core/heritage.h"
#include "core/raise.h"
#include "core/seq.h"

/* Without an IP id or a time stamp to go by, only copies this close together are taken for one
 * frame. */
#define SURE_DUPLICATE_NS  (100 * INT64_C(1000))
#define CLOCK_TOLERANCE_NS NS_PER_MS

bool intake_is_duplicate(const struct analyzer *analyzer, const struct flow *flow,
			 const struct segment *segment)
{
	const struct endpoint *end = &flow->end[segment->from];
	const struct trace *last = &end->last_frame;
	int64_t apart_ns = segment->ts_ns - last->ts_ns;
	bool stamped = (segment->marks & SEGMENT_TIMESTAMPS) != 0;
	bool same_id = segment->ip_id != 0 && segment->ip_id == last->ip_id;

	if (last->number == 0 || last->seq != segment->seq || last->ack != segment->ack ||
	    last->flags != segment->flags || last->payload_bytes != segment->payload_bytes ||
	    end->last_window != segment->window || apart_ns < 0 ||
	    apart_ns > analyzer->config.duplicate_window_ns)
		return false;
	if (stamped != end->stamped || (stamped && segment->tsval != end->tsval))
		return false;
	if (segment->ip_id != last->ip_id)
		return false;
	return same_id || stamped || apart_ns <= SURE_DUPLICATE_NS;
}

static void note_ttl(struct endpoint *end, const struct segment *segment)
{
	if (segment_has(segment, TCP_RST))
		return;
	if (end->ttl_count == 0)
		end->ttl = segment->ttl;
	if (end->ttl == segment->ttl)
		end->ttl_count++;
	else
		end->ttl_count = 0;
}

static void note_quality(struct analyzer *analyzer, struct flow *flow,
			 const struct segment *segment)
{
	const struct endpoint *peer = &flow->end[other(segment->from)];
	struct trace by = trace_of(segment);

	if ((segment->marks & SEGMENT_CUT) != 0) {
		flow->truncated++;
		anomaly_note(analyzer, flow, ANOMALY_TRUNCATED_HEADERS, segment->from, &by);
	}
	if ((segment->marks & SEGMENT_BAD_OPTIONS) != 0)
		anomaly_note(analyzer, flow, ANOMALY_BAD_OPTIONS, segment->from, &by);
	if ((segment->marks & SEGMENT_BAD_CHECKSUM) != 0)
		anomaly_note(analyzer, flow, ANOMALY_BAD_CHECKSUM, segment->from, &by);
	if ((segment->marks & SEGMENT_FRAGMENT) != 0)
		flow->fragments++;
	if (peer->mss != 0 && segment->payload_bytes > peer->mss)
		anomaly_note(analyzer, flow, ANOMALY_SUPER_SEGMENT, segment->from, &by);
	if (flow->last_ns - segment->ts_ns > CLOCK_TOLERANCE_NS)
		anomaly_note(analyzer, flow, ANOMALY_CLOCK_WENT_BACK, SIDE_NEITHER, &by);
	flow->multipath |= (segment->marks & SEGMENT_MULTIPATH) != 0;
}

void intake_count(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];

	if (end->packets + flow->end[other(segment->from)].packets == 0) {
		flow->first_ns = flow->last_ns = segment->ts_ns;
		flow->first_number = segment->number;
	}
	note_quality(analyzer, flow, segment);
	end->packets++;
	end->frame_bytes += segment->frame_bytes;
	end->payload_bytes += segment->payload_bytes;
	end->flags |= segment->flags;
	end->sent = true;
	flow->silence_ns = segment->ts_ns > flow->last_ns ? segment->ts_ns - flow->last_ns : 0;
	if (segment->ts_ns > flow->last_ns)
		flow->last_ns = segment->ts_ns;
	flow->last_number = segment->number;
	flow->source = segment->source;
	flow->clock_ns = analyzer->now_ns;
	flow->touched = true;
	note_ttl(end, segment);
	heritage_note(flow, segment);
}

void intake_remember(struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];

	end->last_frame = trace_of(segment);
	end->last_window = segment->window;
	end->stamped = (segment->marks & SEGMENT_TIMESTAMPS) != 0;
	end->tsval = segment->tsval;
	if ((segment->marks & SEGMENT_GOOD_CHECKSUM) != 0)
		end->good_checksums++;
	if (segment_has(segment, TCP_RST))
		return;
	end->last = end->last_frame;
	if (segment->payload_bytes > 0)
		end->last_payload = end->last_frame;
	if (segment_has(segment, TCP_ACK)) {
		end->ack_advanced |= end->has_last_ack && seq_gt(segment->ack, end->last_ack);
		end->last_ack =
			end->has_last_ack ? seq_max(end->last_ack, segment->ack) : segment->ack;
		end->has_last_ack = true;
	}
}
