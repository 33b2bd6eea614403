/*
 * What the next plain segment of a connection at rest (steady.h) does to its stretch.
 *
 * It stands in a header so that a frame whose segment is never put together can be taken, too: what
 * is not asked here of a segment need not be set in it.
 */
#ifndef TCPBYE_CORE_STRETCH_TAKE_H
#define TCPBYE_CORE_STRETCH_TAKE_H

#include "core/exchange.h"
#include "core/inlined.h"
#include "core/seq.h"
#include "core/stretch.h"

/* Bears ACK alone, and what all of its sender's segments bear. */
static inline bool stretch_looks_alike(const struct stretch_end *end, const struct segment *segment)
{
	enum { ASKED = TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK };
	unsigned differs = ((segment->flags & ASKED) ^ TCP_ACK) | (segment->marks ^ end->marks) |
			   (segment->ttl ^ end->ttl) | (segment->link ^ end->link);

	return differs == 0;
}

/* Says something that its sender has not said yet, of a kind that it has: it is the copy of no
 * frame (stretch.c). */
static inline bool stretch_says_more(const struct stretch_end *end, const struct segment *segment)
{
	if (segment->payload_bytes == 0)
		return end->may_acknowledge && seq_gt(segment->ack, end->last_ack);
	return segment->payload_bytes <= end->payload_most &&
	       segment->payload_bytes <= end->payload_left;
}

/* Where the segment lets its receiver send to. */
static inline uint32_t stretch_edge(const struct stretch_end *end, const struct segment *segment)
{
	return segment->ack + ((uint32_t)segment->window << end->window_scale);
}

/* Begins where its sender's segment before ended, acknowledges what the capture holds, and takes
 * nothing back: neither a window nor time. */
static inline bool stretch_goes_on(const struct stretch *stretch, unsigned from,
				   const struct segment *segment, uint32_t edge)
{
	const struct stretch_end *peer = &stretch->end[other(from)];

	return segment->seq == stretch->end[from].max && segment->window != 0 &&
	       segment->ts_ns >= stretch->last_ns && seq_geq(segment->ack, peer->una) &&
	       seq_leq(segment->ack, peer->max) && seq_geq(edge, peer->announced);
}

/* What is noted of every segment (intake_count()). */
static inline void stretch_count(struct stretch *stretch, struct stretch_end *end, unsigned from,
				 const struct segment *segment)
{
	stretch->silence_ns = segment->ts_ns - stretch->last_ns;
	stretch->last_ns = segment->ts_ns;
	stretch->last_number = segment->number;
	stretch->source = segment->source;
	end->frame_bytes += segment->frame_bytes;
	end->flags |= segment->flags;
	end->counts_packets |= segment->ip_id != 0;
	stretch->frame[from][end->packets++ % FRAMES_KEPT] = (struct stretch_frame){
		.ts_ns = segment->ts_ns,
		.number = segment->number,
		.ack = segment->ack,
		.tsval = segment->tsval,
		.payload_bytes = (uint16_t)segment->payload_bytes,
		.window = segment->window,
		.ip_id = segment->ip_id,
		.flags = segment->flags,
	};
}

/* What paws_note() does with a segment that bears time stamps. */
static inline void stretch_note_stamps(struct stretch_end *end, const struct segment *segment)
{
	if ((segment->marks & SEGMENT_TIMESTAMPS) == 0)
		return;
	if (seq_gt(segment->tsval, end->tsval))
		end->tsval = segment->tsval;
	if (seq_gt(segment->tsecr, end->echoed))
		end->echoed = segment->tsecr;
}

/* As exchange_take() does it. */
static inline void stretch_note_ack(struct stretch_end *end, struct stretch_end *peer,
				    const struct segment *segment, uint32_t edge)
{
	if (end->timed_ns != 0 && seq_geq(segment->ack, end->timed_end)) {
		exchange_note_leg(&end->leg_ns, segment->ts_ns - end->timed_ns);
		end->timed_ns = 0;
	}
	if (seq_gt(segment->ack, end->last_ack)) {
		end->last_ack = segment->ack;
		end->ack_advanced = true;
	}
	peer->una = segment->ack;
	peer->edge = seq_max(peer->edge, edge);
	peer->announced = edge;
}

/* Keeps its sender's latest payload, whose place frames without any may soon take. */
static inline void stretch_keep_payload(struct stretch *stretch, unsigned from)
{
	if (stretch->end[from].sent_payload)
		stretch->last_payload[from] = stretch_latest(stretch, from);
	stretch->end[from].sent_payload = false;
}

/* What count_payload() and endpoint_cover() do with payload that is all new. */
static inline void stretch_note_payload(struct stretch *stretch, unsigned from,
					const struct segment *segment)
{
	struct stretch_end *end = &stretch->end[from], *peer = &stretch->end[other(from)];

	stretch->payload_gap_ns[from] = stretch->silence_ns;
	end->payload_bytes += segment->payload_bytes;
	end->payload_left -= segment->payload_bytes;
	end->max += segment->payload_bytes;
	stretch->payload_ns = segment->ts_ns;
	end->sent_payload = true;
	if (peer->timed_ns != 0)
		return;
	peer->timed_ns = segment->ts_ns;
	peer->timed_end = end->max;
}

/* Takes a segment that looks alike, of a flow of this stretch; `clock_ns` is the run's clock.
 * False: it must go the long way, and nothing was changed. */
static INLINED bool stretch_take_alike(struct stretch *stretch, unsigned from,
				       const struct segment *segment, int64_t clock_ns)
{
	struct stretch_end *end = &stretch->end[from];
	struct stretch_end *peer = &stretch->end[other(from)];
	uint32_t edge = stretch_edge(end, segment);

	if (!stretch_says_more(end, segment) || !stretch_goes_on(stretch, from, segment, edge))
		return false;
	stretch->clock_ns = clock_ns;
	if (segment->payload_bytes == 0)
		stretch_keep_payload(stretch, from);
	stretch_count(stretch, end, from, segment);
	stretch_note_stamps(end, segment);
	stretch_note_ack(end, peer, segment, edge);
	if (segment->payload_bytes > 0)
		stretch_note_payload(stretch, from, segment);
	return true;
}

/* As that, any segment of the flow. */
static INLINED bool stretch_take(struct stretch *stretch, unsigned from,
				 const struct segment *segment, int64_t clock_ns)
{
	return stretch_looks_alike(&stretch->end[from], segment) &&
	       stretch_take_alike(stretch, from, segment, clock_ns);
}

#endif
