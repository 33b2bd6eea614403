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

static struct frame_print print_of(const struct segment *segment)
{
	return (struct frame_print){
		.ts_ns = segment->ts_ns,
		.seq = segment->seq,
		.ack = segment->ack,
		.payload_bytes = segment->payload_bytes,
		.tsval = segment->tsval,
		.ip_id = segment->ip_id,
		.window = segment->window,
		.flags = segment->flags,
		.stamped = (segment->marks & SEGMENT_TIMESTAMPS) != 0,
		.kept = true,
	};
}

/* `kept` is of a segment of the same side. */
static bool same_frame(const struct frame_print *kept, const struct segment *now, int64_t window_ns)
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

/* Nearly all frames are told apart by these alone. */
static inline bool same_numbers(const struct frame_print *kept, const struct segment *now)
{
	return kept->seq == now->seq && kept->ack == now->ack;
}

bool intake_is_duplicate(const struct analyzer *analyzer, const struct flow *flow,
			 const struct segment *segment)
{
	const struct frame_print *kept = flow->frame[segment->from];

	for (unsigned i = 0; i < FRAMES_KEPT; i++) {
		if (same_numbers(&kept[i], segment) &&
		    same_frame(&kept[i], segment, analyzer->config.duplicate_window_ns))
			return true;
	}
	return false;
}

bool intake_is_copy(const struct analyzer *analyzer, const struct segment *first,
		    const struct segment *second)
{
	struct frame_print kept = print_of(first);

	return first->from == second->from && same_numbers(&kept, second) &&
	       same_frame(&kept, second, analyzer->config.duplicate_window_ns);
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
	if (flow->last_ns - segment->ts_ns > CLOCK_TOLERANCE_NS ||
	    (segment->marks & SEGMENT_WRONG_TIME) != 0)
		anomaly_note(analyzer, flow, ANOMALY_CLOCK_WENT_BACK, SIDE_NEITHER, &by);
	flow->multipath |= (segment->marks & SEGMENT_MULTIPATH) != 0;
	flow->fast_close |= (segment->marks & SEGMENT_FAST_CLOSE) != 0;
}

void intake_count_plain(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];

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
	note_ttl(end, segment);
}

void intake_count(struct analyzer *analyzer, struct flow *flow, const struct segment *segment)
{
	if (flow->end[0].packets + flow->end[1].packets == 0) {
		flow->first_ns = flow->last_ns = segment->ts_ns;
		flow->first_number = segment->number;
	}
	note_quality(analyzer, flow, segment);
	intake_count_plain(analyzer, flow, segment);
	heritage_note(flow, segment);
}

/* A repetition of something older says nothing new. */
static void remember_look(struct endpoint *end, const struct segment *segment)
{
	uint32_t until = segment->seq + segment->payload_bytes;

	if (segment->look <= PAYLOAD_UNKNOWN ||
	    (end->has_max && seq_lt(segment_end(segment), end->max)))
		return;
	end->tls_old |= segment->look == PAYLOAD_TLS_OLD;
	end->look = segment->look;
	end->look_number = segment->number;
	end->look_end = until;
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

static void remember_print(struct flow *flow, const struct segment *segment)
{
	uint8_t *next = &flow->next_frame[segment->from];

	flow->frame[segment->from][*next] = print_of(segment);
	*next = (uint8_t)((*next + 1) % FRAMES_KEPT);
}

void intake_remember_frame(struct flow *flow, const struct segment *segment)
{
	flow->end[segment->from].last_frame = trace_of(segment);
	remember_print(flow, segment);
}

void intake_remember(struct flow *flow, const struct segment *segment)
{
	struct endpoint *end = &flow->end[segment->from];
	struct trace trace = trace_of(segment);

	end->last_frame = trace;
	remember_print(flow, segment);
	paws_note(flow, segment);
	if ((segment->marks & SEGMENT_GOOD_CHECKSUM) != 0)
		end->good_checksums++;
	if (segment_has(segment, TCP_RST))
		return;
	if (segment->ip_id != 0)
		end->counts_packets = true;
	end->last = trace;
	if (segment->payload_bytes > 0)
		end->last_payload = trace;
	remember_look(end, segment);
	if (segment_has(segment, TCP_ACK)) {
		end->ack_advanced |= end->has_last_ack && seq_gt(segment->ack, end->last_ack);
		end->last_ack =
			end->has_last_ack ? seq_max(end->last_ack, segment->ack) : segment->ack;
		end->has_last_ack = true;
	}
}
