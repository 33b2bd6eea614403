/*
 * The TCP checksum (RFC 9293, 3.1; RFC 8200, 8.1), and what a network card that computes it leaves
 * in its place.
 */
#include "decode/layers.h"

#include "decode/protocols.h"
#include "source/bytes.h"

enum { CHECKSUM_AT = 16 };

/* The sum of 16-bit words, not yet folded; an odd last byte counts as the high one of its word. */
static uint64_t sum_words(const uint8_t *at, uint32_t bytes)
{
	uint64_t sum = 0;

	for (; bytes >= 4; at += 4, bytes -= 4)
		sum += bytes_be32(at);
	if (bytes >= 2) {
		sum += bytes_be16(at);
		at += 2;
		bytes -= 2;
	}
	return bytes ? sum + ((uint64_t)at[0] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint64_t sum_pseudo_header(const struct decoding *decoding, uint32_t segment_bytes)
{
	return sum_words(decoding->addresses, 2 * decode_address_bytes(decoding)) + PROTOCOL_TCP +
	       segment_bytes;
}

unsigned decode_checksum(const struct decoding *decoding, const struct span *span)
{
	if (decoding->uncaptured_bytes || decoding->fragment || decoding->unsure)
		return 0;

	uint64_t pseudo = sum_pseudo_header(decoding, span_bytes(span));
	if (fold(pseudo + sum_words(span->at, span_bytes(span))) == 0xffff)
		return SEGMENT_GOOD_CHECKSUM;
	/* The stack leaves the pseudo-header's sum for the card to add the rest to. */
	if (bytes_be16(span->at + CHECKSUM_AT) == fold(pseudo))
		return 0;
	return SEGMENT_BAD_CHECKSUM;
}
