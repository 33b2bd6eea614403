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

/* What is read and written with the endpoint's next segment: all that stands before the frames,
 * and its own frames. */
static inline void prefetch_stretch(const struct stretch *stretch, unsigned from)
{
	prefetch(stretch, offsetof(struct stretch, frame));
	prefetch(stretch->frame[from], sizeof stretch->frame[from]);
}

/* Follows as many frames, from the first on, as lead anywhere, if they are plain. */
static inline unsigned find(struct express *express, const struct frame *frames, unsigned count,
			    struct lead leads[GROUP])
{
	uint64_t changes = ends_changes(express->ends);
	unsigned found = 0;

	count = count < GROUP ? count : GROUP;
	for (; found < count; found++) {
		const struct frame *frame = &frames[found];
		struct lead *lead = &leads[found];
		struct express_ends ends;

		if (frame->captured_bytes < PLAIN_OPTIONS_AT)
			break;
		memcpy(&ends.addresses, frame->bytes + PLAIN_IP_AT + 12, sizeof ends.addresses);
		memcpy(&ends.ports, frame->bytes + PLAIN_TCP_AT, sizeof ends.ports);
		lead->place = express_find(express, ends, changes, &lead->from);
		if (lead->place == NULL)
			break;
		prefetch_stretch(lead->place->stretch, lead->from);
	}
	return found;
}

/* Takes a frame that leads there, to a place for frames of that form. */
static INLINED bool take_kind(const struct express_trip *trip, const struct lead *lead,
			      const struct frame *frame, int64_t clock_ns, enum plain_form form)
{
	const struct plain plain = plain_measure_kind(frame, &lead->place->kind, form);
	struct segment segment;

	if (plain.headers_bytes == 0 || frame->interface != 0)
		return false;
	segment.ts_ns = frame->ts_ns;
	segment.number = frame->number;
	segment.source = (uint16_t)(frame->source + trip->before);
	segment.frame_bytes = frame->wire_bytes;
	plain_read(&plain, frame->bytes, &segment);
	return plain_look(&plain, frame->bytes, trip->depth) <= PAYLOAD_UNKNOWN &&
	       express_take(lead->place, lead->from, &segment, clock_ns);
}

/* With constants for what a connection has, half of the questions are answered. */
static inline bool take(const struct express_trip *trip, const struct lead *lead,
			const struct frame *frame, int64_t clock_ns)
{
	return lead->place->kind.form == PLAIN_STAMPED
		       ? take_kind(trip, lead, frame, clock_ns, PLAIN_STAMPED)
		       : take_kind(trip, lead, frame, clock_ns, PLAIN_BARE);
}

/* Times up to half a leap to either side of the one before, which are so near to one another that
 * all are believed, and at which nothing is due. */
struct window {
	int64_t first_ns, end_ns; /* from the first on, before the end */
};

static struct window window_of(const struct express *express, const struct express_trip *trip)
{
	const int64_t near_ns = TIMELINE_LEAP_NS / 2;
	int64_t now_ns = analyzer_time_ns(trip->now_ns);
	int64_t end_ns = now_ns + near_ns;

	if (express->clock_ns >= express->until_ns || now_ns != trip->now_ns)
		return (struct window){0};
	return (struct window){now_ns - near_ns,
			       end_ns < express->until_ns ? end_ns : express->until_ns};
}

static inline bool window_has(const struct window *window, int64_t ts_ns)
{
	return ts_ns >= window->first_ns && ts_ns < window->end_ns;
}

static inline int64_t later(int64_t a_ns, int64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

/* Takes frames up to `end`, as far as they can be taken. */
static inline unsigned take_found(struct express *express, struct express_trip *trip,
				  const struct window *window, const struct lead *lead,
				  const struct frame *frame, const struct frame *end)
{
	const struct frame *first = frame;
	int64_t clock_ns = express->clock_ns;

	for (; frame < end; frame++, lead++) {
		int64_t then_ns = later(frame->ts_ns, clock_ns);

		if (!window_has(window, frame->ts_ns) || !take(trip, lead, frame, then_ns))
			break;
		clock_ns = then_ns;
		trip->now_ns = frame->ts_ns;
		trip->last_ns = later(frame->ts_ns, trip->last_ns);
		trip->wire_bytes += frame->wire_bytes;
	}
	express_note(express, (unsigned)(frame - first), clock_ns);
	return (unsigned)(frame - first);
}

unsigned express_frames(struct express *express, struct express_trip *trip,
			const struct frame *frames, unsigned count)
{
	const struct window window = window_of(express, trip);
	struct lead leads[GROUP];
	unsigned taken = 0, found, went;

	do {
		found = find(express, &frames[taken], count - taken, leads);
		went = take_found(express, trip, &window, leads, &frames[taken],
				  &frames[taken + found]);
		taken += went;
	} while (went == GROUP);
	return taken;
}
