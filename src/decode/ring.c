/*
 * The rings of old: Token Ring (IEEE 802.5) and FDDI (ANSI X3T9.5). Both carry LLC.
 */
#include "decode/layers.h"

#include <stdbool.h>

enum { ADDRESS_BYTES = 6, ROUTED = 0x80 };

/* The bytes of source routing behind the addresses, by the first of them (IEEE 802.5, annex C). */
static uint32_t routing_bytes(uint8_t first)
{
	enum { LENGTH = 0x1f };

	return first & LENGTH;
}

/* Access control, frame control, addresses; a routed frame says so in its source's first bit. */
enum decode_verdict decode_token_ring(struct decoding *decoding, struct span span)
{
	enum { FRAME_CONTROL_AT = 1, SOURCE_AT = 8, BYTES = 14, ROUTING_MIN_BYTES = 2 };
	enum { TYPE = 0xc0, LLC = 0x40 };

	if (!span_has(&span, BYTES))
		return span_too_short(decoding, &span, BYTES);
	bool is_llc = (span.at[FRAME_CONTROL_AT] & TYPE) == LLC;
	bool is_routed = span.at[SOURCE_AT] & ROUTED;
	span_take(&span, BYTES);
	if (!is_llc)
		return DECODE_NOT_TCP;
	if (is_routed) {
		if (!span_has(&span, ROUTING_MIN_BYTES))
			return span_too_short(decoding, &span, ROUTING_MIN_BYTES);
		uint32_t bytes = routing_bytes(span.at[0]);
		if (bytes < ROUTING_MIN_BYTES)
			return DECODE_INVALID;
		if (!span_has(&span, bytes))
			return span_too_short(decoding, &span, bytes);
		span_take(&span, bytes);
	}
	return decode_llc(decoding, span);
}

/* Frame control, addresses. */
enum decode_verdict decode_fddi(struct decoding *decoding, struct span span)
{
	enum { BYTES = 1 + 2 * ADDRESS_BYTES, TYPE = 0xf0, ASYNCHRONOUS_LLC = 0x50 };

	if (!span_has(&span, BYTES))
		return span_too_short(decoding, &span, BYTES);
	bool is_llc = (span.at[0] & TYPE) == ASYNCHRONOUS_LLC;
	span_take(&span, BYTES);
	return is_llc ? decode_llc(decoding, span) : DECODE_NOT_TCP;
}
