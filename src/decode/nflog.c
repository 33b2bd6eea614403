/*
 * What Linux' packet filter logs (LINKTYPE_NFLOG): a header, then attributes, one of which holds
 * the packet from its IP header on.
 *
 * Lengths and types of attributes are in the byte order of the machine that captured, which nothing
 * tells: the right order is the one in which the attributes lead to a packet.
 */
#include "decode/layers.h"

#include "source/bytes.h"

enum { HEADER_BYTES = 4, ATTRIBUTE_HEADER_BYTES = 4, PAYLOAD = 9 };

/* Moves on to the packet; false where the attributes, read in this order, do not lead there. The
 * last one that was captured may be cut. */
static bool find_payload(struct span *span, enum byte_order order, uint32_t *payload_bytes)
{
	while (span_has(span, ATTRIBUTE_HEADER_BYTES)) {
		uint32_t bytes = bytes_u16(span->at, order);
		uint32_t padded = (bytes + 3U) & ~3U;

		if (bytes < ATTRIBUTE_HEADER_BYTES)
			return false;
		if (bytes_u16(span->at + 2, order) == PAYLOAD) {
			*payload_bytes = bytes - ATTRIBUTE_HEADER_BYTES;
			span_take(span, ATTRIBUTE_HEADER_BYTES);
			return true;
		}
		if (!span_has(span, padded))
			return false;
		span_take(span, padded);
	}
	return false;
}

enum decode_verdict decode_nflog(struct decoding *decoding, struct span span)
{
	static const enum byte_order orders[] = {BYTES_LITTLE, BYTES_BIG};

	if (!span_has(&span, HEADER_BYTES))
		return span_too_short(decoding, &span, HEADER_BYTES);
	if (span.at[1] != 0)
		return DECODE_NOT_TCP;
	span_take(&span, HEADER_BYTES);
	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct span packet = span;
		uint32_t bytes = 0;

		if (!find_payload(&packet, orders[i], &bytes) ||
		    bytes > span_wire_bytes(decoding, &packet))
			continue;
		span_limit(decoding, &packet, bytes);
		return decode_ip_or_other(decoding, packet);
	}
	return decoding->uncaptured_bytes ? DECODE_TRUNCATED : DECODE_NOT_TCP;
}
