/*
 * A segment before it is bytes, and how a frame is made of it.
 */
#ifndef TCPBYE_TESTS_PROPERTY_SPEECH_H
#define TCPBYE_TESTS_PROPERTY_SPEECH_H

#include <stdbool.h>
#include <stdint.h>

#include "support/dice.h"

enum { SPEECH_FRAME_MAX_BYTES = 256, SPEECH_PAYLOAD_MAX_BYTES = 64, SPEECH_LOOKS = 6 };

/* What a frame is made of. */
struct speech {
	uint32_t seq, ack, tsval, tsecr, payload_bytes;
	uint16_t window, ip_id, mss, vlan; /* 0: none of the last two */
	uint8_t from, flags, ttl, mac, scale;
	bool stamped, is_ipv6;
	uint8_t look; /* which of SPEECH_LOOKS payloads; 0: one that is nothing known */
	uint8_t protocol;
	uint16_t fragment;
	int total_off, options_off; /* by how much the lengths in the headers lie */
	uint32_t cut_at;            /* as many bytes are captured at most */
	uint16_t linktype;
	uint32_t interface;
	/* What else differs from the usual: */
	uint8_t tos, link_bits[4], ip_begins, tcp_bits; /* the last but the flags and the length */
	uint16_t ip_flags, ethertype;
	uint8_t option_off;     /* the first octets of the time stamps option; 0: none */
	uint32_t padding_bytes; /* behind the packet */
};

/* An address and a port. */
struct speech_end {
	uint8_t address[4];
	uint16_t port;
};

/* Makes it extraordinary: it, or where it comes from, is not what it was, or its headers lie. */
void speech_twist(struct speech *speech, struct dice *dice);

/* Writes the frame with up to so many bytes of payload, and returns how long its headers are. */
uint32_t speech_write(const struct speech *speech, const struct speech_end end[2],
		      uint8_t bytes[SPEECH_FRAME_MAX_BYTES]);

#endif
