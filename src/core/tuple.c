#include "core/tuple.h"

#include <assert.h>
#include <string.h>

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void sip_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* Little-endian; written out, so that it compiles to one load. */
static inline uint64_t load_word(const uint8_t *at)
{
	return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
	       (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 |
	       (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

static uint64_t load_rest(const uint8_t *at, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)at[i] << (8 * i);
	return word;
}

/* Inlined, so that where the length is known nothing depends on it at run time. */
static inline uint64_t siphash(const void *bytes, size_t length, const struct hash_key *key)
{
	const uint8_t *at = bytes;
	uint64_t last = (uint64_t)length << 56;
	uint64_t v[4] = {
		key->word[0] ^ UINT64_C(0x736f6d6570736575),
		key->word[1] ^ UINT64_C(0x646f72616e646f6d),
		key->word[0] ^ UINT64_C(0x6c7967656e657261),
		key->word[1] ^ UINT64_C(0x7465646279746573),
	};

	for (; length >= 8; length -= 8, at += 8)
		sip_absorb(v, load_word(at));
	sip_absorb(v, last | load_rest(at, length));
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t siphash_1_3(const void *bytes, size_t length, const struct hash_key *key)
{
	return siphash(bytes, length, key);
}

/* Inlined for each length of addresses, so that comparing and copying them takes no calls. */
static inline unsigned set_ends(struct tuple *tuple, const uint8_t *source, uint16_t source_port,
				const uint8_t *destination, uint16_t destination_port, size_t size)
{
	int order = memcmp(source, destination, size);
	unsigned from = order > 0 || (order == 0 && source_port > destination_port) ? 1 : 0;

	memset(tuple->addr, 0, sizeof tuple->addr);
	memcpy(tuple->addr[from], source, size);
	memcpy(tuple->addr[1 - from], destination, size);
	tuple->port[from] = source_port;
	tuple->port[1 - from] = destination_port;
	return from;
}

unsigned tuple_set_ends(struct tuple *tuple, const uint8_t *source, uint16_t source_port,
			const uint8_t *destination, uint16_t destination_port)
{
	if (tuple->ip_version == 4)
		return set_ends(tuple, source, source_port, destination, destination_port, 4);
	return set_ends(tuple, source, source_port, destination, destination_port, 16);
}

bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

bool tuple_same_ends(const struct tuple *a, const struct tuple *b)
{
	return memcmp(a->addr, b->addr, sizeof a->addr) == 0 && a->port[0] == b->port[0] &&
	       a->port[1] == b->port[1] && a->ip_version == b->ip_version;
}

bool tuple_same_context(const struct tuple *a, const struct tuple *b, unsigned parts)
{
	if ((parts & TUPLE_VLAN) != 0 &&
	    (a->vlan_count != b->vlan_count || memcmp(a->vlan, b->vlan, sizeof a->vlan) != 0))
		return false;
	if ((parts & TUPLE_TUNNEL) != 0 &&
	    (a->tunnelled != b->tunnelled || a->tunnel_type != b->tunnel_type ||
	     a->tunnel_has_id != b->tunnel_has_id || a->tunnel_id != b->tunnel_id))
		return false;
	return (parts & TUPLE_INTERFACE) == 0 || a->interface == b->interface;
}

static inline uint64_t ends_hash(const struct tuple *tuple, size_t address_bytes,
				 const struct hash_key *key)
{
	uint8_t ends[sizeof tuple->addr + sizeof tuple->port];

	memcpy(ends, tuple->addr[0], address_bytes);
	memcpy(ends + address_bytes, tuple->addr[1], address_bytes);
	memcpy(ends + 2 * address_bytes, tuple->port, sizeof tuple->port);
	return siphash(ends, 2 * address_bytes + sizeof tuple->port, key);
}

uint64_t tuple_hash(const struct tuple *tuple, const struct hash_key *key)
{
	return tuple->ip_version == 4 ? ends_hash(tuple, 4, key) : ends_hash(tuple, 16, key);
}

uint64_t tuple_context_hash(const struct tuple *tuple, unsigned parts, const struct hash_key *key)
{
	struct tuple told = *tuple;

	static_assert(sizeof told == 52, "a tuple has no padding: its bytes are its identity");
	if ((parts & TUPLE_VLAN) == 0) {
		memset(told.vlan, 0, sizeof told.vlan);
		told.vlan_count = 0;
	}
	if ((parts & TUPLE_TUNNEL) == 0) {
		told.tunnelled = told.tunnel_has_id = false;
		told.tunnel_type = 0;
		told.tunnel_id = 0;
	}
	if ((parts & TUPLE_INTERFACE) == 0)
		told.interface = 0;
	return siphash_1_3(&told, sizeof told, key);
}
