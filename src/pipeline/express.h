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
#include "decode/plain.h"
#include "pipeline/ends.h"
#include "pipeline/partitions.h"

enum { EXPRESS_BITS = 10 };

static_assert(1 << EXPRESS_BITS <= UINT16_MAX, "a stretch can bear the number of a pair of places");

/* Addresses and ports as a frame holds them, the sender's first, in memory's own order. */
struct express_ends {
	uint64_t addresses;
	uint32_t ports;
};

/* What leads to a stretch from the frames of one of its endpoints: a cache line. */
struct express_place {
	_Alignas(PREFETCH_LINE_BYTES) struct express_ends ends; /* as the endpoint sends them */
	struct plain_kind kind;                                 /* of the endpoint's frames */
	struct stretch *stretch;                                /* NULL: nothing was here */
	struct pace *pace;                                      /* of the connection's partition */
	uint64_t changes; /* ends_changes() when it was last seen that they know the hash */
};

static_assert(sizeof(struct express_place) == PREFETCH_LINE_BYTES, "a place is a cache line");

/* All zero: closed. */
struct express {
	bool is_open;
	int64_t until_ns; /* before this time nothing is due; ANALYZER_LATEST_NS at most */
	int64_t clock_ns; /* the run's */
	uint64_t ordinal; /* of the latest segment */
	const struct ends *ends;
	struct pace *pace;                               /* of the partitions */
	struct express_place pair[1 << EXPRESS_BITS][2]; /* for endpoint 0, for endpoint 1 */
	uint64_t hash[1 << EXPRESS_BITS];                /* of the pair's tuple */
};

static inline bool express_are_same(struct express_ends a, struct express_ends b)
{
	return a.addresses == b.addresses && a.ports == b.ports;
}

/* The same in both directions. */
static inline unsigned express_pair_of(struct express_ends ends)
{
	uint32_t mixed = (uint32_t)ends.addresses ^ (uint32_t)(ends.addresses >> 32) ^ ends.ports ^
			 (ends.ports << 16 | ends.ports >> 16);

	return mixed * UINT32_C(2654435769) >> (32 - EXPRESS_BITS);
}

/* Leads to this stretch from now on, in which the segment stands that was taken last. */
void express_lead(struct express *express, const struct segment *segment, struct stretch *stretch);

/* True where what is noted of ends, which has changed so often, would not change with another
 * segment of the place's, one of this pair; a note is taken of that. */
static inline bool express_renew(const struct express *express, struct express_place *place,
				 unsigned pair, uint64_t changes)
{
	if (place->changes == changes)
		return true;
	if (!ends_know(express->ends, express->hash[pair]))
		return false;
	place->changes = changes;
	return true;
}

/* The place from which the way leads to a stretch, and which endpoint sends; NULL: there is none.
 * `changes` is what ends_changes() says of the way's. */
static inline struct express_place *express_find(struct express *express, struct express_ends ends,
						 uint64_t changes, uint8_t *from)
{
	unsigned at = express_pair_of(ends);

	for (unsigned i = 0; i < 2; i++, at ^= 1) {
		struct express_place *place = express->pair[at];

		*from = !express_are_same(place->ends, ends);
		place += *from;
		if (*from == 1 && !express_are_same(place->ends, ends))
			continue;
		if (place->stretch != NULL && place->stretch->express == at + 1)
			return express_renew(express, place, at, changes) ? place : NULL;
	}
	return NULL;
}

/* Takes the segment of a plain frame of the place's kind, which was found to lead there and to come
 * from this endpoint; nothing else that its ends or its kind tell needs to be set. `clock_ns` is
 * the run's clock with that frame, and the way is not told of it. False: it must be taken with
 * pipeline_take(), and nothing was changed. */
static INLINED bool express_take(const struct express_place *place, unsigned from,
				 const struct segment *segment, int64_t clock_ns)
{
	struct stretch *stretch = place->stretch;
	struct pace *pace = place->pace;

	if (!pace->is_roomy && (pace->round + 1) % FLOW_ROUNDS_PER_LOOK == 0)
		return false;
	/* With a constant endpoint, what stands where in a stretch is constant, too. */
	if (!(from == 0 ? stretch_take_alike(stretch, 0, segment, clock_ns)
			: stretch_take_alike(stretch, 1, segment, clock_ns)))
		return false;
	stretch->round = pace->round++;
	pace->ahead++;
	pace->clock_ns = clock_ns;
	return true;
}

/* Segments were taken, up to that time of the run's clock. */
static inline void express_note(struct express *express, unsigned segments, int64_t clock_ns)
{
	express->ordinal += segments;
	express->clock_ns = clock_ns;
}

#endif
