/*
 * Fragments of IP packets: alone, or put together with what came before.
 */
#include "decode/layers.h"

#include "decode/protocols.h"

#include <string.h>

enum { DATAGRAM_MAX_BYTES = 65535, FRAGMENT_UNIT_BYTES = 8 };

static void make_key(const struct decoding *decoding, const struct fragment *fragment,
		     struct datagram_key *key)
{
	memset(key, 0, sizeof(*key));
	key->around = decoding->segment->tuple;
	memcpy(key->addresses, decoding->addresses, 2 * (size_t)decode_address_bytes(decoding));
	key->id = fragment->id;
	/* In IPv6, only the first fragment's counts (RFC 8200, 4.5). */
	key->protocol = key->around.ip_version == 4 ? fragment->protocol : 0;
}

/* Of UDP only tunnels are looked for, and only the first fragment tells of them. */
static bool may_begin(const struct fragment *fragment, const struct span *span)
{
	if (fragment->protocol != PROTOCOL_UDP)
		return decode_may_lead_to_tcp(fragment->protocol);
	return fragment->offset_bytes == 0 && decode_may_be_tunnel(span);
}

/* Whether the fragment's own lengths can be those of a part. */
static bool fits(const struct fragment *fragment, uint32_t length_bytes)
{
	return length_bytes > 0 && fragment->offset_bytes + length_bytes <= DATAGRAM_MAX_BYTES &&
	       (!fragment->more || length_bytes % FRAGMENT_UNIT_BYTES == 0);
}

/* The datagram that the fragment belongs to; NULL where it is not put together. */
static struct datagram *find_datagram(struct decoding *decoding, const struct fragment *fragment,
				      const struct span *span)
{
	int64_t now_ns = decoding->segment->ts_ns;
	struct datagram_key key;

	if (!decoding->reassembly || !fits(fragment, span_wire_bytes(decoding, span)))
		return NULL;
	make_key(decoding, fragment, &key);
	struct datagram *datagram = reassembly_find(decoding->reassembly, &key, now_ns);
	if (!datagram && may_begin(fragment, span))
		datagram = reassembly_begin(decoding->reassembly, &key, now_ns);
	return datagram;
}

/* What a datagram carries that has just become whole. */
static enum decode_verdict decode_datagram(struct decoding *decoding, struct datagram *datagram)
{
	uint32_t bytes = datagram->total_bytes < datagram->head_bytes ? datagram->total_bytes
								      : datagram->head_bytes;
	struct span span = {.at = datagram->head, .end = datagram->head + bytes};

	decoding->uncaptured_bytes = datagram->total_bytes - bytes;
	decoding->reassembled = true;
	decoding->segment->frame_bytes = datagram->frame_bytes;
	return decode_protocol(decoding, datagram->protocol, span);
}

/* What the first fragment carries, as far as it can be told without the others. */
static enum decode_verdict decode_first(struct decoding *decoding, struct datagram *datagram,
					unsigned protocol, struct span span)
{
	decoding->fragment = true;
	enum decode_verdict verdict = decode_protocol(decoding, protocol, span);
	if (!datagram)
		return verdict;
	if (verdict == DECODE_NOT_TCP)
		reassembly_drop(decoding->reassembly, datagram);
	if (verdict == DECODE_TCP &&
	    reassembly_hold(decoding->reassembly, datagram, decoding->segment))
		return DECODE_FRAGMENT;
	return verdict;
}

/* Whose segment it is that a later fragment is a part of. */
static void tell_connection(struct segment *segment, const struct segment *first)
{
	segment->tuple = first->tuple;
	segment->from = first->from;
	segment->marks = SEGMENT_FRAGMENT;
}

enum decode_verdict decode_fragment(struct decoding *decoding, const struct fragment *fragment,
				    struct span span)
{
	struct datagram *datagram = find_datagram(decoding, fragment, &span);

	if (datagram &&
	    reassembly_add(decoding->reassembly, datagram, fragment, span.at, span_bytes(&span),
			   span_wire_bytes(decoding, &span), decoding->segment->frame_bytes))
		return decode_datagram(decoding, datagram);
	if (fragment->offset_bytes == 0)
		return decode_first(decoding, datagram, fragment->protocol, span);
	if (datagram && datagram->is_known)
		tell_connection(decoding->segment, &datagram->first);
	/* It has no header that tells what it is a part of. */
	return decode_may_lead_to_tcp(fragment->protocol) || datagram ? DECODE_FRAGMENT
								      : DECODE_NOT_TCP;
}
