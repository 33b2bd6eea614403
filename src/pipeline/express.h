/*
 * The express way: a plain frame of a connection at rest (core/steady.h) is noted in the
 * connection's stretch at once, found by the frame's addresses and ports as they stand in it.
 *
 * It leads past the batch, the partition, the analyzer and its tables, all of which would say the
 * same as with the segment before: nothing is due, nothing is reported, and of what they count they
 * are told later. Whatever might change that takes the stretch off this way (struct stretch,
 * `express`), and the connection's next segment goes the general way, which leads it here again.
 *
 * There is no such way with several threads, nor while there are so many connections that memory
 * has to be asked for them in advance.
 */
#ifndef TCPBYE_PIPELINE_EXPRESS_H
#define TCPBYE_PIPELINE_EXPRESS_H

#include <assert.h>

#include "core/analyzer.h"
#include "core/flow_table.h"
#include "core/stretch_take.h"
#include "pipeline/ends.h"
#include "pipeline/partitions.h"

enum { EXPRESS_BITS = 10 };

static_assert(1 << EXPRESS_BITS <= UINT16_MAX, "a stretch can bear a place's number");

/* Addresses and ports as a frame holds them, the sender's first, in memory's own order. */
struct express_ends {
	uint64_t addresses;
	uint32_t ports;
};

struct express_place {
	struct express_ends ends; /* as endpoint 0 sends them */
	struct stretch *stretch;  /* NULL: nothing was here */
	uint64_t hash;
	uint64_t changes; /* ends_changes() when it was last seen that they know the hash */
};

/* All zero: closed. */
struct express {
	bool is_open;
	int64_t until_ns; /* before this time nothing is due; ANALYZER_LATEST_NS at most */
	int64_t clock_ns; /* the run's */
	uint64_t ordinal; /* of the latest segment */
	const struct ends *ends;
	struct pace *pace; /* of the partitions */
	struct express_place place[1 << EXPRESS_BITS];
};

static inline bool express_are_same(struct express_ends a, struct express_ends b)
{
	return a.addresses == b.addresses && a.ports == b.ports;
}

/* The same in the other direction. */
static inline struct express_ends express_back(struct express_ends ends)
{
	return (struct express_ends){ends.addresses << 32 | ends.addresses >> 32,
				     ends.ports << 16 | ends.ports >> 16};
}

/* The same in both directions. */
static inline unsigned express_place_of(struct express_ends ends)
{
	uint32_t mixed = (uint32_t)ends.addresses ^ (uint32_t)(ends.addresses >> 32) ^ ends.ports ^
			 express_back(ends).ports;

	return mixed * UINT32_C(2654435769) >> (32 - EXPRESS_BITS);
}

/* Leads to this stretch from now on, in which the segment stands that was taken last. */
void express_lead(struct express *express, const struct segment *segment, struct stretch *stretch);

/* True where what is noted of ends would not change with another segment of the place's, of which a
 * note is taken. */
static inline bool express_renew(const struct express *express, struct express_place *place)
{
	uint64_t changes = ends_changes(express->ends);

	if (place->changes != changes && !ends_know(express->ends, place->hash))
		return false;
	place->changes = changes;
	return true;
}

/* The place from which the way leads to a stretch, and which endpoint sends; NULL: there is none.
 */
static inline struct express_place *express_find(struct express *express, struct express_ends ends,
						 uint8_t *from)
{
	struct express_ends back = express_back(ends);
	unsigned at = express_place_of(ends);

	for (unsigned i = 0; i < 2; i++, at ^= 1) {
		struct express_place *place = &express->place[at];

		*from = !express_are_same(place->ends, ends);
		if (*from == 1 && !express_are_same(place->ends, back))
			continue;
		if (place->stretch != NULL && place->stretch->express == at + 1)
			return express_renew(express, place) ? place : NULL;
	}
	return NULL;
}

/* Takes the segment of a plain frame, which was found to lead to that place and to come from this
 * endpoint; nothing else that its ends tell needs to be set. False: it must be taken with
 * pipeline_take(), and nothing was changed. */
static inline bool express_take(struct express *express, const struct express_place *place,
				unsigned from, const struct segment *segment)
{
	struct pace *pace = &express->pace[place->hash % PARTITIONS];
	struct stretch *stretch = place->stretch;
	int64_t clock_ns = segment->ts_ns > express->clock_ns ? segment->ts_ns : express->clock_ns;

	if (clock_ns >= express->until_ns ||
	    (!pace->is_roomy && (pace->round + 1) % FLOW_ROUNDS_PER_LOOK == 0))
		return false;
	/* With a constant endpoint, what stands where in a stretch is constant, too. */
	if (!(from == 0 ? stretch_take(stretch, 0, segment, clock_ns)
			: stretch_take(stretch, 1, segment, clock_ns)))
		return false;
	stretch->round = pace->round++;
	pace->ahead++;
	pace->clock_ns = clock_ns;
	express->clock_ns = clock_ns;
	express->ordinal++;
	return true;
}

#endif
