#include "core/tuple.h"

#include <assert.h>
#include <string.h>

/* SipHash-1-3 on its way: small steps, so that where a length is known nothing is left of the loops
 * at run time. */
struct sip {
	uint64_t v[4];
};

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline struct sip sip_begin(const struct hash_key *key)
{
	return (struct sip){{
		key->word[0] ^ UINT64_C(0x736f6d6570736575),
		key->word[1] ^ UINT64_C(0x646f72616e646f6d),
		key->word[0] ^ UINT64_C(0x6c7967656e657261),
		key->word[1] ^ UINT64_C(0x7465646279746573),
	}};
}

static inline void sip_round(struct sip *sip)
{
	uint64_t *v = sip->v;

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

static inline void sip_absorb(struct sip *sip, uint64_t word)
{
	sip->v[3] ^= word;
	sip_round(sip);
	sip->v[0] ^= word;
}

/* The last word holds what is left of the input, and in its top byte the whole length. */
static inline uint64_t sip_end(struct sip *sip, uint64_t rest, size_t length)
{
	sip_absorb(sip, rest | (uint64_t)length << 56);
	sip->v[2] ^= 0xff;
	sip_round(sip);
	sip_round(sip);
	sip_round(sip);
	return sip->v[0] ^ sip->v[1] ^ sip->v[2] ^ sip->v[3];
}

/* Little-endian; written out, so that each compiles to one load. */
static inline uint64_t load_half(const uint8_t *at)
{
	return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
	       (uint64_t)at[3] << 24;
}

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

uint64_t siphash_1_3(const void *bytes, size_t length, const struct hash_key *key)
{
	const uint8_t *at = bytes;
	struct sip sip = sip_begin(key);
	size_t left = length;

	for (; left >= 8; left -= 8, at += 8)
		sip_absorb(&sip, load_word(at));
	return sip_end(&sip, load_rest(at, left), length);
}

static unsigned set_ipv6_ends(struct tuple *tuple, const uint8_t *source, uint16_t source_port,
			      const uint8_t *destination, uint16_t destination_port)
{
	int order = memcmp(source, destination, sizeof tuple->addr[0]);
	unsigned from = order > 0 || (order == 0 && source_port > destination_port) ? 1 : 0;

	memcpy(tuple->addr[from], source, sizeof tuple->addr[0]);
	memcpy(tuple->addr[1 - from], destination, sizeof tuple->addr[0]);
	tuple->port[from] = source_port;
	tuple->port[1 - from] = destination_port;
	return from;
}

unsigned tuple_set_ends(struct tuple *tuple, const uint8_t *source, uint16_t source_port,
			const uint8_t *destination, uint16_t destination_port)
{
	if (tuple->ip_version != 4)
		return set_ipv6_ends(tuple, source, source_port, destination, destination_port);
	memset(tuple->addr, 0, sizeof tuple->addr);
	return tuple_set_ipv4_ends(tuple, source, source_port, destination, destination_port);
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

/* The addresses, then the ports: what siphash_1_3() would say of these bytes. */
uint64_t tuple_hash(const struct tuple *tuple, const struct hash_key *key)
{
	uint64_t ports = (uint64_t)tuple->port[0] | (uint64_t)tuple->port[1] << 16;
	struct sip sip = sip_begin(key);

	if (tuple->ip_version == 4) {
		sip_absorb(&sip, load_half(tuple->addr[0]) | load_half(tuple->addr[1]) << 32);
		return sip_end(&sip, ports, 2 * 4 + sizeof tuple->port);
	}
	for (unsigned i = 0; i < 2; i++) {
		sip_absorb(&sip, load_word(tuple->addr[i]));
		sip_absorb(&sip, load_word(tuple->addr[i] + 8));
	}
	return sip_end(&sip, ports, sizeof tuple->addr + sizeof tuple->port);
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
