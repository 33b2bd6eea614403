/*
 * The TCP header (RFC 9293, 3.1) and those of its options that tell of a connection's state.
 */
#include "decode/layers.h"

#include "source/bytes.h"

enum {
	TCP_MIN_BYTES = 20,
	TCP_WINDOW_AT = 14,
	TCP_WINDOW_END = 16,
	TCP_USABLE_BYTES = 14,    /* up to the flags */
	WINDOW_SCALE_MAX = 14,    /* RFC 7323, 2.3 */
	FAST_OPEN_MAGIC = 0xf989, /* in an experimental option (RFC 7413, appendix; RFC 6994) */
};

enum {
	OPTION_END = 0,
	OPTION_NOTHING = 1,
	OPTION_MSS = 2,
	OPTION_WINDOW_SCALE = 3,
	OPTION_SACK = 5,
	OPTION_TIMESTAMPS = 8,
	OPTION_MULTIPATH = 30,
	OPTION_FAST_OPEN = 34,
	OPTION_EXPERIMENT = 254,
};

/* What a SYN announces; it means nothing in any other segment. */
static void take_syn_option(struct segment *segment, const uint8_t *option)
{
	if (!(segment->flags & TCP_SYN))
		return;
	if (option[0] == OPTION_MSS)
		segment->mss = bytes_be16(option + 2);
	else
		segment->window_scale = option[2] > WINDOW_SCALE_MAX ? WINDOW_SCALE_MAX : option[2];
}

/* Subtypes of Multipath TCP's option that say why a subflow is reset (RFC 8684, 3.5 and 3.6). */
static bool take_multipath(struct segment *segment, const uint8_t *option, uint32_t length)
{
	enum { FAST_CLOSE = 7, FAST_CLOSE_BYTES = 12, RESET = 8, RESET_BYTES = 4, REASON_AT = 3 };
	unsigned subtype;

	if (length < 3)
		return false;
	subtype = option[2] >> 4;
	segment->marks |= SEGMENT_MULTIPATH;
	if (subtype == FAST_CLOSE) {
		if (length != FAST_CLOSE_BYTES)
			return false;
		segment->marks |= SEGMENT_FAST_CLOSE;
		return true;
	}
	if (subtype != RESET)
		return true;
	if (length != RESET_BYTES)
		return false;
	segment->marks |= SEGMENT_MULTIPATH_RESET;
	segment->reset_reason = option[REASON_AT];
	return true;
}

/*
 * A first block that ends where the acknowledgement does was received before it (RFC 2883, 4): a
 * SACK proper lies beyond.
 */
static void take_sack(struct segment *segment, const uint8_t *option, uint32_t length)
{
	if (length >= 10 && bytes_be32(option + 6) == segment->ack)
		segment->marks |= SEGMENT_DSACK;
}

/* Notes one option of `length` bytes; false where its length is not that of its kind. */
static bool take_option(struct segment *segment, const uint8_t *option, uint32_t length)
{
	switch (option[0]) {
	case OPTION_MSS:
	case OPTION_WINDOW_SCALE:
		if (length != (option[0] == OPTION_MSS ? 4 : 3))
			return false;
		take_syn_option(segment, option);
		return true;
	case OPTION_TIMESTAMPS:
		if (length != 10)
			return false;
		segment->tsval = bytes_be32(option + 2);
		segment->tsecr = bytes_be32(option + 6);
		segment->marks |= SEGMENT_TIMESTAMPS;
		return true;
	case OPTION_SACK:
		take_sack(segment, option, length);
		return true;
	case OPTION_MULTIPATH:
		return take_multipath(segment, option, length);
	case OPTION_FAST_OPEN:
		/* No cookie, or one of 4 to 16 bytes of even number. */
		if (length != 2 && (length < 6 || length > 18 || length % 2))
			return false;
		segment->marks |= SEGMENT_FAST_OPEN;
		return true;
	case OPTION_EXPERIMENT:
		if (length >= 4 && bytes_be16(option + 2) == FAST_OPEN_MAGIC)
			segment->marks |= SEGMENT_FAST_OPEN;
		return true;
	default:
		return true;
	}
}

static void take_options(struct segment *segment, const uint8_t *at, uint32_t bytes)
{
	while (bytes > 0 && at[0] != OPTION_END) {
		uint32_t length = 1;

		if (at[0] != OPTION_NOTHING) {
			length = bytes > 1 ? at[1] : 0;
			if (length < 2 || length > bytes || !take_option(segment, at, length)) {
				segment->marks |= SEGMENT_BAD_OPTIONS;
				return;
			}
		}
		at += length;
		bytes -= length;
	}
}

static void take_header(struct decoding *decoding, const struct span *span)
{
	struct segment *segment = decoding->segment;
	const uint8_t *header = span->at;
	const uint8_t *source = decoding->addresses;

	segment->from = (uint8_t)tuple_set_ends(&segment->tuple, source, bytes_be16(header),
						source + decode_address_bytes(decoding),
						bytes_be16(header + 2));
	segment->seq = bytes_be32(header + 4);
	segment->ack = bytes_be32(header + 8);
	segment->flags = header[13];
	if (span_has(span, TCP_WINDOW_END))
		segment->window = bytes_be16(header + TCP_WINDOW_AT);
	if (decoding->fragment || decoding->reassembled)
		segment->marks |= SEGMENT_FRAGMENT;
}

enum decode_verdict decode_tcp(struct decoding *decoding, struct span span)
{
	struct segment *segment = decoding->segment;
	uint32_t wire_bytes = span_wire_bytes(decoding, &span);

	if (wire_bytes < TCP_MIN_BYTES)
		return decoding->fragment ? DECODE_FRAGMENT : DECODE_INVALID;
	if (!span_has(&span, TCP_USABLE_BYTES))
		return span_too_short(decoding, &span, TCP_USABLE_BYTES);

	uint32_t header_bytes = (span.at[12] >> 4) * 4U;
	if (header_bytes < TCP_MIN_BYTES)
		return DECODE_INVALID;
	if (header_bytes > wire_bytes)
		return decoding->fragment ? DECODE_FRAGMENT : DECODE_INVALID;
	take_header(decoding, &span);
	segment->payload_bytes = wire_bytes - header_bytes;
	if (span_has(&span, header_bytes))
		take_options(segment, span.at + TCP_MIN_BYTES, header_bytes - TCP_MIN_BYTES);
	else
		segment->marks |= SEGMENT_CUT;
	if (decoding->depth & DECODE_VERIFY_CHECKSUMS)
		segment->marks |= (uint16_t)decode_checksum(decoding, &span);
	if ((decoding->depth & DECODE_LOOK_AT_PAYLOAD) && span_has(&span, header_bytes + 1))
		segment->look = (uint8_t)decode_look(span.at + header_bytes,
						     span_bytes(&span) - header_bytes,
						     segment->payload_bytes);
	return DECODE_TCP;
}
