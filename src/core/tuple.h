/*
 * The key of a flow: two ends (address and port) in canonical order, and the context that they were
 * met in: VLAN tags, a tunnel, an interface.
 *
 * Index 0 is the lower (address, port), index 1 the higher one, whoever sends; a segment says by
 * index which of them sent it. Unused bytes are zero, so that two tuples are the same exactly when
 * their bytes are.
 */
#ifndef TCPBYE_CORE_TUPLE_H
#define TCPBYE_CORE_TUPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TUPLE_VLANS_MAX = 3 };

struct tuple {
	uint8_t addr[2][16];            /* network order; IPv4 uses the first 4 bytes */
	uint32_t tunnel_id;             /* with tunnel_has_id: of VXLAN, PBB or GRE */
	uint16_t port[2];               /* host order */
	uint16_t vlan[TUPLE_VLANS_MAX]; /* VLAN ids (12 bits), outermost first */
	uint8_t vlan_count;             /* 0 to TUPLE_VLANS_MAX */
	uint8_t ip_version;             /* 4 or 6 */
	bool tunnelled;     /* the packet came out of a tunnel: of several, the innermost is told */
	bool tunnel_has_id; /* an id that is the same in both directions */
	uint8_t tunnel_type; /* enum tunnel, where tunnelled */
	uint8_t interface;   /* of its source, from 0; 255: that one or any beyond */
};

/* What of the context tells flows with the same ends apart (bits). */
enum { TUPLE_VLAN = 0x01, TUPLE_TUNNEL = 0x02, TUPLE_INTERFACE = 0x04 };

/* Key of the flow table's hash: constant for files (output must repeat), random for live capture.
 */
struct hash_key {
	uint64_t word[2];
};

/*
 * Puts (source, destination), as read from a packet, into canonical order. The ip_version, and what
 * tells of VLANs and tunnels, are the caller's to set; `source` and `destination` point to 4 or 16
 * bytes by ip_version. Returns the index (0 or 1) of the source.
 */
unsigned tuple_set_ends(struct tuple *tuple, const uint8_t *source, uint16_t source_port,
			const uint8_t *destination, uint16_t destination_port);

static inline uint32_t tuple_ipv4_number(const uint8_t *addr)
{
	return (uint32_t)addr[0] << 24 | (uint32_t)addr[1] << 16 | (uint32_t)addr[2] << 8 | addr[3];
}

/* The same of a tuple that is known to be of IPv4, and has no ends yet: all of them are zero. */
static inline unsigned tuple_set_ipv4_ends(struct tuple *tuple, const uint8_t *source,
					   uint16_t source_port, const uint8_t *destination,
					   uint16_t destination_port)
{
	uint64_t source_end = (uint64_t)tuple_ipv4_number(source) << 16 | source_port;
	uint64_t destination_end =
		(uint64_t)tuple_ipv4_number(destination) << 16 | destination_port;
	unsigned from = source_end > destination_end;

	memcpy(tuple->addr[from], source, 4);
	memcpy(tuple->addr[1 - from], destination, 4);
	tuple->port[from] = source_port;
	tuple->port[1 - from] = destination_port;
	return from;
}

/* Nothing but two IPv4 addresses and ports: nearly every tuple there is. */
static inline bool tuple_is_plain_ipv4(const struct tuple *tuple)
{
	return tuple->ip_version == 4 && tuple->vlan_count == 0 && !tuple->tunnelled;
}

bool tuple_equal(const struct tuple *a, const struct tuple *b);
bool tuple_same_ends(const struct tuple *a, const struct tuple *b);

/* True where the contexts are alike in these parts (TUPLE_*). */
bool tuple_same_context(const struct tuple *a, const struct tuple *b, unsigned parts);

/* SipHash-1-3 of the ends: with a secret key, nobody can choose ends that collide. */
uint64_t tuple_hash(const struct tuple *tuple, const struct hash_key *key);

/* The same of the ends and the parts of the context. */
uint64_t tuple_context_hash(const struct tuple *tuple, unsigned parts, const struct hash_key *key);

/* SipHash-1-3 of any bytes. */
uint64_t siphash_1_3(const void *bytes, size_t length, const struct hash_key *key);

#endif
