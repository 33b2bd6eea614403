#include "core/intake.h"

#include "core/heritage.h"
#include "core/paws.h"
#include "core/raise.h"
#include "core/seq.h"

/* Without an IP id or a time stamp to go by, only copies this close together are taken for one
 * frame. */
#define SURE_DUPLICATE_NS  (100 * INT64_C(1000))
#define CLOCK_TOLERANCE_NS NS_PER_MS

/* So many segments from one Ethernet address show that its sender has it. */
enum { LINK_BASELINE = 3 };

static void fill_print(struct frame_print *print, const struct segment *segment)
{
	print->ts_ns = segment->ts_ns;
	keep_numbers((char *)print + offsetof(struct frame_print, seq), segment);
	print->unused = 0;
	print->tsval = segment->tsval;
	print->window = segment->window;
	print->stamped = (segment->marks & SEGMENT_TIMESTAMPS) != 0;
	print->kept = true;
}

/* Whether a frame of the same side may be a copy of one that was kept: nearly all are told apart by
 * these numbers alone. */
static bool may_be_copy(const struct frame_print *kept, const struct segment *now)
{
	static_assert(offsetof(struct frame_print, ack) ==
			      offsetof(struct frame_print, seq) + sizeof kept->seq,
		      "both numbers are compared as one");
	return memcmp((const char *)kept + offsetof(struct frame_print, seq),
		      (const char *)now + offsetof(struct segment, seq),
		      sizeof kept->seq + sizeof kept->ack) == 0;
}

/* Whether it is a copy, where it may be one. */
static bool is_copy_of(const struct frame_print *kept, const struct segment *now, int64_t window_ns)
{
	int64_t apart_ns = now->ts_ns - kept->ts_ns;
	bool stamped = (now->marks & SEGMENT_TIMESTAMPS) != 0;

	if (!kept->kept || apart_ns < 0 || apart_ns > window_ns || kept->flags != now->flags ||
	    kept->payload_bytes != now->payload_bytes || kept->window != now->window ||
	    kept->ip_id != now->ip_id || kept->stamped != stamped)
		return false;
	if (stamped && kept->tsval != now->tsval)
		return false;
	return now->ip_id != 0 || stamped || apart_ns <= SURE_DUPLICATE_NS;
}

bool intake_is_duplicate(const struct analyzer *analyzer, const struct flow *flow,
			 const struct segment *segment)
{
	const struct frame_print *kept = flow->frame[segment->from];

	for (unsigned i = 0; i < FRAMES_KEPT; i++) {
		if (may_be_copy(&kept[i], segment) &&
		    is_copy_of(&kept[i], segment, analyzer->config.duplicate_window_ns))
			return true;
	}
	return false;
}

bool intake_is_copy(const struct analyzer *analyzer, const struct segment *first,
		    const struct segment *second)
{
	struct frame_print kept;

	fill_print(&kept, first);
	return first->from == second->from && may_be_copy(&kept, second) &&
	       is_copy_of(&kept, second, analyzer->config.duplicate_window_ns);
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
	if (flow->last_ns - segment->ts_ns > CLOCK_TOLERANCE_NS ||
	    (segment->marks & SEGMENT_WRONG_TIME) != 0)
		anomaly_note(analyzer, flow, ANOMALY_CLOCK_WENT_BACK, SIDE_NEITHER, &by);
	flow->multipath |= (segment->marks & SEGMENT_MULTIPATH) != 0;
	flow->fast_close |= (segment->marks & SEGMENT_FAST_CLOSE) != 0;
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

/* Counts the segment, without what it may say about the quality of the capture. */
static void count_plain(const struct analyzer *analyzer, struct flow *flow,
			const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];

	end->packets++;
	end->frame_bytes += segment->frame_bytes;
	end->payload_bytes += segment->payload_bytes;
	end->sent = true;
	flow->silence_ns = segment->ts_ns > flow->last_ns ? segment->ts_ns - flow->last_ns : 0;
	if (segment->ts_ns > flow->last_ns)
		flow->last_ns = segment->ts_ns;
	flow->last_number = segment->number;
	flow->source = segment->source;
	flow->clock_ns = analyzer->now_ns;
	end->flags |= segment->flags;
	note_ttl(end, segment);
}

void intake_count(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	if (flow->end[0].packets + flow->end[1].packets == 0) {
		flow->first_ns = flow->last_ns = segment->ts_ns;
		flow->first_number = segment->number;
	}
	note_quality(analyzer, flow, segment);
	count_plain(analyzer, flow, segment);
	heritage_note(flow, segment);
}

void intake_note_link(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct trace by = trace_of(segment);

	if (segment->link == 0)
		return;
	if (segment->link == end->link) {
		end->link_count++;
		return;
	}
	if (end->link_count >= LINK_BASELINE)
		anomaly_note(analyzer, flow, ANOMALY_HIJACK_MAC, segment->from, &by);
	end->link = segment->link;
	end->link_count = 1;
}

static void keep_print(struct flow *flow, const struct segment *segment)
{
	uint8_t *next = &flow->next_frame[segment->from];

	fill_print(&flow->frame[segment->from][*next], segment);
	*next = (uint8_t)((*next + 1) % FRAMES_KEPT);
}

void intake_remember_frame(struct flow *flow, const struct segment *segment)
{
	flow->end[segment->from].last_frame = trace_of(segment);
	keep_print(flow, segment);
}

/* A repetition of something older says nothing new. */
void intake_remember_look(struct endpoint *end, const struct segment *segment)
{
	if (segment->look <= PAYLOAD_UNKNOWN ||
	    (end->has_max && seq_lt(segment_end(segment), end->max)))
		return;
	end->tls_old |= segment->look == PAYLOAD_TLS_OLD;
	end->look = segment->look;
	end->look_number = segment->number;
	end->look_end = segment->seq + segment->payload_bytes;
}

static void remember_ack(struct endpoint *end, uint32_t ack)
{
	if (end->has_last_ack && seq_leq(ack, end->last_ack))
		return;
	end->ack_advanced |= end->has_last_ack;
	end->has_last_ack = true;
	end->last_ack = ack;
}

void intake_remember_plain(struct flow *flow, struct endpoint *end,
			   const struct segment *restrict segment)
{
	struct trace trace = trace_of(segment);

	keep_print(flow, segment);
	end->last_frame = trace;
	end->last = trace;
	if (segment->payload_bytes > 0)
		end->last_payload = trace;
	paws_note(end, segment);
	if ((segment->marks & SEGMENT_GOOD_CHECKSUM) != 0)
		end->good_checksums++;
	if (segment->ip_id != 0)
		end->counts_packets = true;
	intake_remember_look(end, segment);
	if (segment_has(segment, TCP_ACK))
		remember_ack(end, segment->ack);
}

void intake_remember(struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];

	if (!segment_has(segment, TCP_RST)) {
		intake_remember_plain(flow, end, segment);
		return;
	}
	intake_remember_frame(flow, segment);
	if ((segment->marks & SEGMENT_GOOD_CHECKSUM) != 0)
		end->good_checksums++;
}
