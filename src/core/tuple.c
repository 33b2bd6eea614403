#include "core/tuple.h"

#include <assert.h>
#include <string.h>

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4])
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

/* Little-endian word of up to 8 bytes. */
static uint64_t load_word(const uint8_t *bytes, uint64_t count)
{
	uint64_t word = 0;

	for (uint64_t i = 0; i < count; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

uint64_t siphash_1_3(const void *bytes, uint64_t length, const struct hash_key *key)
{
	const uint8_t *at = bytes;
	uint64_t last = length << 56;
	uint64_t v[4] = {
		key->word[0] ^ UINT64_C(0x736f6d6570736575),
		key->word[1] ^ UINT64_C(0x646f72616e646f6d),
		key->word[0] ^ UINT64_C(0x6c7967656e657261),
		key->word[1] ^ UINT64_C(0x7465646279746573),
	};

	for (; length >= 8; length -= 8, at += 8) {
		uint64_t word = load_word(at, 8);

		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	last |= load_word(at, length);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

unsigned tuple_set_ends(struct tuple *tuple, const uint8_t *source, uint16_t source_port,
			const uint8_t *destination, uint16_t destination_port)
{
	size_t size = tuple->ip_version == 4 ? 4 : 16;
	int order = memcmp(source, destination, size);
	unsigned from = order > 0 || (order == 0 && source_port > destination_port) ? 1 : 0;

	memset(tuple->addr, 0, sizeof tuple->addr);
	memcpy(tuple->addr[from], source, size);
	memcpy(tuple->addr[1 - from], destination, size);
	tuple->port[from] = source_port;
	tuple->port[1 - from] = destination_port;
	return from;
}

bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

uint64_t tuple_hash(const struct tuple *tuple, const struct hash_key *key)
{
	static_assert(sizeof *tuple == 52, "a tuple has no padding: its bytes are its identity");
	return siphash_1_3(tuple, sizeof *tuple, key);
}
