/*
 * IEEE 802.11, and what monitors put in front of it.
 */
#include "decode/layers.h"

#include "source/bytes.h"

enum { LINKTYPE_PPI = 192 };

/* An 802.11 frame whose header takes up a multiple of `unit` bytes. */
static enum decode_verdict decode_data_frame(struct decoding *decoding, struct span span,
					     uint32_t unit)
{
	enum { TYPE = 0x0f, DATA = 0x08, NO_DATA = 0x40, QOS = 0x80 }; /* in the first byte */
	enum { BOTH_SYSTEMS = 0x03, MORE = 0x04, PROTECTED = 0x40, ORDERED = 0x80 };
	enum { MIN_BYTES = 24, SEQUENCE_AT = 22, FRAGMENT_MASK = 0x0f, AGGREGATE = 0x80 };

	if (!span_has(&span, 2))
		return span_too_short(decoding, &span, 2);
	unsigned type = span.at[0], flags = span.at[1];
	if ((type & TYPE) != DATA || (type & NO_DATA) || (flags & PROTECTED))
		return DECODE_NOT_TCP;

	uint32_t qos_at = MIN_BYTES + ((flags & BOTH_SYSTEMS) == BOTH_SYSTEMS ? 6 : 0);
	uint32_t bytes = qos_at;
	if (type & QOS)
		bytes += flags & ORDERED ? 6 : 2;
	bytes = (bytes + unit - 1) / unit * unit;
	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	if ((type & QOS) && (span.at[qos_at] & AGGREGATE))
		return DECODE_NOT_TCP;
	if (span.at[SEQUENCE_AT] & FRAGMENT_MASK)
		return DECODE_FRAGMENT;
	decoding->fragment = flags & MORE;
	span_take(&span, bytes);
	return decode_llc(decoding, span);
}

enum decode_verdict decode_wifi(struct decoding *decoding, struct span span)
{
	return decode_data_frame(decoding, span, 1);
}

/* Whether the flags in a radiotap header of `bytes` say that the header of 802.11 is padded to 32
 * bits. The words that tell which fields are there come first, the flags second among the fields.
 */
static bool is_padded(const uint8_t *header, uint32_t bytes)
{
	enum { WORD_BYTES = 4, TIMER_BYTES = 8, PADDED = 0x20 };
	const uint32_t has_timer = 0x01, has_flags = 0x02, has_more = 0x80000000;
	uint32_t present = bytes_le32(header + 4);
	uint32_t at = 4;

	while (bytes_le32(header + at) & has_more) {
		at += WORD_BYTES;
		if (at + WORD_BYTES > bytes)
			return false;
	}
	at += WORD_BYTES;
	if (present & has_timer)
		at = (at + TIMER_BYTES - 1) / TIMER_BYTES * TIMER_BYTES + TIMER_BYTES;
	return (present & has_flags) && at < bytes && (header[at] & PADDED);
}

enum decode_verdict decode_radiotap(struct decoding *decoding, struct span span)
{
	enum { MIN_BYTES = 8 };

	if (!span_has(&span, MIN_BYTES))
		return span_too_short(decoding, &span, MIN_BYTES);
	uint32_t bytes = bytes_le16(span.at + 2);
	if (span.at[0] != 0)
		return DECODE_NOT_TCP;
	if (bytes < MIN_BYTES)
		return DECODE_INVALID;
	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	uint32_t unit = is_padded(span.at, bytes) ? 4 : 1;
	span_take(&span, bytes);
	return decode_data_frame(decoding, span, unit);
}

/* Per-packet information (PPI, 1.0.10): version, flags, length and link type, then fields. */
enum decode_verdict decode_ppi(struct decoding *decoding, struct span span)
{
	enum { MIN_BYTES = 8 };

	if (!span_has(&span, MIN_BYTES))
		return span_too_short(decoding, &span, MIN_BYTES);
	uint32_t bytes = bytes_le16(span.at + 2);
	uint32_t linktype = bytes_le32(span.at + 4);
	if (span.at[0] != 0 || linktype == LINKTYPE_PPI)
		return DECODE_NOT_TCP;
	if (bytes < MIN_BYTES)
		return DECODE_INVALID;
	if (!span_has(&span, bytes))
		return span_too_short(decoding, &span, bytes);
	span_take(&span, bytes);
	return decode_link(decoding, linktype, span);
}
