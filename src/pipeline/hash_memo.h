/*
 * Hashes of the tuples that were met lately: in a capture of few connections the keyed hash of most
 * segments has been worked out before.
 *
 * Only tuples of IPv4 are remembered, each in one place, by its ends; whatever comes to the same
 * place takes it. What is found is what tuple_hash() would say, since it depends on the ends alone;
 * whoever makes ends collide here gains nothing but that it is worked out again.
 */
#ifndef TCPBYE_PIPELINE_HASH_MEMO_H
#define TCPBYE_PIPELINE_HASH_MEMO_H

#include <string.h>

#include "core/tuple.h"

enum { HASH_MEMO_BITS = 8 };

/* All zero: nothing was met. */
struct hash_memo {
	struct {
		uint64_t addresses;
		uint32_t ports;
		bool known;
		uint64_t hash;
	} met[1 << HASH_MEMO_BITS];
};

/* tuple_hash(), always with the same key. */
static inline uint64_t hash_memo_ask(struct hash_memo *memo, const struct tuple *tuple,
				     const struct hash_key *key)
{
	uint32_t address[2], ports;
	uint64_t addresses;
	unsigned place;

	if (tuple->ip_version != 4)
		return tuple_hash(tuple, key);
	memcpy(&address[0], tuple->addr[0], sizeof address[0]);
	memcpy(&address[1], tuple->addr[1], sizeof address[1]);
	memcpy(&ports, tuple->port, sizeof ports);
	addresses = (uint64_t)address[0] << 32 | address[1];
	place = (address[0] ^ address[1] ^ ports) * UINT32_C(2654435769) >> (32 - HASH_MEMO_BITS);
	if (!memo->met[place].known || memo->met[place].addresses != addresses ||
	    memo->met[place].ports != ports) {
		memo->met[place].known = true;
		memo->met[place].addresses = addresses;
		memo->met[place].ports = ports;
		memo->met[place].hash = tuple_hash(tuple, key);
	}
	return memo->met[place].hash;
}

#endif
