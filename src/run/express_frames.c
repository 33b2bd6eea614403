#include "run/express_frames.h"

#include "core/prefetch.h"
#include "core/timeline.h"
#include "decode/plain.h"

#include <stddef.h>
#include <string.h>

/* So many frames are looked for at once, so that what they need is on its way before the first of
 * them is taken. */
enum { GROUP = 8 };

/* Where a frame leads to. */
struct lead {
	struct express_place *place;
	uint8_t from;
};

/* What is read and written with every segment: all that stands before the frames. */
static inline void prefetch_numbers(const struct stretch *stretch)
{
	prefetch(stretch, offsetof(struct stretch, frame));
}

/* Where the lead's frame will be kept. */
static inline void prefetch_frame(const struct lead *lead)
{
	const struct stretch *stretch = lead->place->stretch;
	unsigned packets = stretch->end[lead->from].packets;

	prefetch(&stretch->frame[lead->from][packets % FRAMES_KEPT], sizeof(struct stretch_frame));
}

/* Follows as many frames, from the first on, as lead anywhere, if they are plain. */
static inline unsigned find(struct express *express, const struct frame *frames, unsigned count,
			    struct lead leads[GROUP])
{
	unsigned found = 0;

	for (; found < count && found < GROUP; found++) {
		const struct frame *frame = &frames[found];
		struct lead *lead = &leads[found];
		struct express_ends ends;

		if (frame->captured_bytes < PLAIN_OPTIONS_AT)
			break;
		memcpy(&ends.addresses, frame->bytes + PLAIN_IP_AT + 12, sizeof ends.addresses);
		memcpy(&ends.ports, frame->bytes + PLAIN_TCP_AT, sizeof ends.ports);
		lead->place = express_find(express, ends, &lead->from);
		if (lead->place == NULL)
			break;
		prefetch_numbers(lead->place->stretch);
	}
	return found;
}

/* Takes a frame that leads there. */
static inline bool take(struct express *express, const struct express_trip *trip,
			const struct lead *lead, const struct frame *frame)
{
	const struct plain plain = plain_measure(frame);
	struct segment segment;

	if (plain.headers_bytes == 0 || frame->interface != 0)
		return false;
	segment.ts_ns = frame->ts_ns;
	segment.number = frame->number;
	segment.source = (uint16_t)(frame->source + trip->before);
	segment.frame_bytes = frame->wire_bytes;
	plain_read(&plain, frame->bytes, &segment);
	return plain_look(&plain, frame->bytes, trip->depth) <= PAYLOAD_UNKNOWN &&
	       express_take(express, lead->place, lead->from, &segment);
}

/* A frame whose time is believed. */
static inline void count(struct express_trip *trip, const struct frame *frame)
{
	trip->now_ns = frame->ts_ns;
	trip->last_ns = frame->ts_ns > trip->last_ns ? frame->ts_ns : trip->last_ns;
	trip->wire_bytes += frame->wire_bytes;
}

/* Takes frames up to `end`, as far as they can be taken. */
static inline unsigned take_found(struct express *express, struct express_trip *trip,
				  const struct lead *lead, const struct frame *frame,
				  const struct frame *end)
{
	const struct frame *first = frame;

	for (; frame < end; frame++, lead++) {
		if (frame + 1 < end)
			prefetch_frame(lead + 1);
		if (!timeline_is_near(frame->ts_ns, trip->now_ns) ||
		    !take(express, trip, lead, frame))
			break;
		count(trip, frame);
	}
	return (unsigned)(frame - first);
}

unsigned express_frames(struct express *express, struct express_trip *trip,
			const struct frame *frames, unsigned count)
{
	struct lead leads[GROUP];
	unsigned taken = 0, found, went;

	do {
		found = find(express, &frames[taken], count - taken, leads);
		went = take_found(express, trip, leads, &frames[taken], &frames[taken + found]);
		taken += went;
	} while (went == GROUP);
	return taken;
}
