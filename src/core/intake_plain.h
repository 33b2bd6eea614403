/*
 * What intake does for every segment, whatever it is: to count it, to know a copy of its frame, to
 * remember it.
 *
 * The long way and the short way (steady.h) both take these steps; inlined, they cost the short one
 * nothing that the segment does not need.
 */
#ifndef TCPBYE_CORE_INTAKE_PLAIN_H
#define TCPBYE_CORE_INTAKE_PLAIN_H

#include "core/context.h"

static inline void intake_note_ttl(struct endpoint *end, const struct segment *segment)
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
static inline void intake_count_plain(const struct analyzer *analyzer, struct flow *flow,
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
	intake_note_ttl(end, segment);
}

/* Whether a frame of the same side may be a copy of one that was kept: nearly all are told apart by
 * these numbers alone. */
static inline bool intake_may_be_copy(const struct frame_print *kept, const struct segment *now)
{
	static_assert(offsetof(struct frame_print, ack) ==
			      offsetof(struct frame_print, seq) + sizeof kept->seq,
		      "both numbers are compared as one");
	return memcmp((const char *)kept + offsetof(struct frame_print, seq),
		      (const char *)now + offsetof(struct segment, seq),
		      sizeof kept->seq + sizeof kept->ack) == 0;
}

/* Whether it is one, where it may be. */
bool intake_is_copy_of(const struct frame_print *kept, const struct segment *now,
		       int64_t window_ns);

/* True for the second copy of a frame that the capture holds twice: it counts, but says nothing
 * new. */
static inline bool intake_is_duplicate(const struct analyzer *analyzer, const struct flow *flow,
				       const struct segment *segment)
{
	const struct frame_print *kept = flow->frame[segment->from];

	for (unsigned i = 0; i < FRAMES_KEPT; i++) {
		if (intake_may_be_copy(&kept[i], segment) &&
		    intake_is_copy_of(&kept[i], segment, analyzer->config.duplicate_window_ns))
			return true;
	}
	return false;
}

/* Remembers the segment, which bears no RST, as the latest of its sender; its frame too. `end` is
 * the sender's, and the segment is none of the flow's. */
void intake_remember_plain(struct flow *flow, struct endpoint *end,
			   const struct segment *restrict segment);

#endif
