#include "sink/community_id.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

enum { PROTOCOL_TCP = 6 };

static void put_16(struct sha1_ctx *hash, uint16_t value)
{
	uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
	sha1_update(hash, sizeof bytes, bytes);
}

/* Which end goes first: the one with the lower address, or else the lower port. */
static unsigned lower_end(const struct report_envelope *envelope, size_t address_bytes)
{
	int order = memcmp(envelope->addr[0], envelope->addr[1], address_bytes);
	if (order != 0)
		return order < 0 ? 0 : 1;
	return envelope->port[0] <= envelope->port[1] ? 0 : 1;
}

struct community_id community_id(const struct report_envelope *envelope, uint16_t seed)
{
	size_t address_bytes = envelope->ip_version == 4 ? 4 : 16;
	unsigned first = lower_end(envelope, address_bytes);
	static const uint8_t protocol_and_padding[2] = {PROTOCOL_TCP, 0};
	struct sha1_ctx hash;
	sha1_init(&hash);
	put_16(&hash, seed);
	sha1_update(&hash, address_bytes, envelope->addr[first]);
	sha1_update(&hash, address_bytes, envelope->addr[1 - first]);
	sha1_update(&hash, sizeof protocol_and_padding, protocol_and_padding);
	put_16(&hash, envelope->port[first]);
	put_16(&hash, envelope->port[1 - first]);
	uint8_t digest[SHA1_DIGEST_SIZE];
	sha1_digest(&hash, sizeof digest, digest);

	struct community_id id = {.text = "1:"};
	base64_encode_raw(id.text + 2, sizeof digest, digest);
	return id;
}
