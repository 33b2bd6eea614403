/*
 * Random frames of TCP connections, byte by byte, from the same dice the same everywhere.
 *
 * Most of them are what connections at rest send: data in order, acknowledgements of it. Between
 * them happens what may come between: openings and closes, resets, ports used again, repetitions,
 * losses, copies, frames that come in another order, windows that shrink or shut, routes that
 * change, VLANs, other protocols and interfaces, headers that were cut or lie, and clocks that
 * stand still, jump or go back.
 */
#ifndef TCPBYE_TESTS_PROPERTY_WILD_FRAMES_H
#define TCPBYE_TESTS_PROPERTY_WILD_FRAMES_H

#include "core/tuple.h"
#include "source/frame.h"
#include "support/dice.h"

enum { WILD_FRAMES_AT_ONCE = 64, WILD_SOURCES = 3 };

/* Which ends the connections have, besides that they are random. */
enum wild_ends {
	WILD_ENDS_ANY,
	WILD_ENDS_CLOSE,   /* nearly all in one partition, the others in another */
	WILD_ENDS_CROWDED, /* all in two places of the express way */
	WILD_ENDS_KINDS,
};

struct wild_config {
	uint32_t seed;
	unsigned connections;
	enum wild_ends ends;
	unsigned calm;              /* only every so manieth frame is extraordinary */
	unsigned plain;             /* of these, every so manieth bears a VLAN tag */
	int64_t pause_ns;           /* now and then time passes by just that */
	const struct hash_key *key; /* by which partitions are told */
};

struct wild;

/* NULL when there is no memory. */
struct wild *wild_create(const struct wild_config *config);
void wild_destroy(struct wild *wild);

/* The next frames, at most WILD_FRAMES_AT_ONCE, which are lent until this is asked again. What
 * reads beyond one of them is seen by AddressSanitizer. */
void wild_next(struct wild *wild, struct frame *frames, unsigned count);

#endif
