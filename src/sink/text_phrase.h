/*
 * The words in which people talk about connections: numbers, times, addresses, states.
 *
 * Records carry words for programs (core/words.h); a person reads "FIN-WAIT-1" and "30.0 ms".
 * A function that takes a phrase writes its string there and returns it.
 */
#ifndef TCPBYE_SINK_TEXT_PHRASE_H
#define TCPBYE_SINK_TEXT_PHRASE_H

#include "core/report.h"
#include "sink/text_out.h"

enum { PHRASE_MAX = 256 };

struct phrase {
	char text[PHRASE_MAX];
};

/* "30.0 ms", "2 m 05 s": three digits or two units. */
const char *phrase_duration(struct phrase *phrase, int64_t duration_ns, enum text_charset charset);

/* "22:13:20.090", UTC. */
const char *phrase_clock(struct phrase *phrase, int64_t ts_ns);

/* "2023-11-14", UTC. */
const char *phrase_date(struct phrase *phrase, int64_t ts_ns);

/* "1,234,567". */
const char *phrase_number(struct phrase *phrase, uint64_t number);

/* "1 connection", "2 connections": `noun` takes an s. */
const char *phrase_count(struct phrase *phrase, uint64_t count, const char *noun);

enum { PHRASE_SHARE_FROM = 20 /* below, a share says less than a count */ };

/* "96 %" of at least PHRASE_SHARE_FROM; never 0 % or 100 % of what is neither none nor all. */
const char *phrase_share(struct phrase *phrase, uint64_t part, uint64_t whole);

/* "10.0.0.1", or an IPv6 address as RFC 5952 writes it. */
const char *phrase_address(struct phrase *phrase, const uint8_t *address, unsigned ip_version);

/* "10.0.0.1:40000", "[::1]:80": one end, REPORT_CLIENT or REPORT_SERVER. */
const char *phrase_end(struct phrase *phrase, const struct report_envelope *envelope,
		       unsigned side);

/* "10.0.0.1:40000 > 10.0.0.2:80"; "<>" where nobody knows who the client is. */
const char *phrase_tuple(struct phrase *phrase, const struct report_envelope *envelope,
			 enum orientation orientation);

/* "10.0.0.2:80", "[::1]:80" */
const char *phrase_port(struct phrase *phrase, const uint8_t *address, uint16_t port,
			unsigned ip_version);

/* "10.0.0.1 > 10.0.0.2:80": all that a client address has with one service. */
const char *phrase_service(struct phrase *phrase, const uint8_t address[2][16],
			   uint16_t server_port, unsigned ip_version);

/* "client" or "server"; "left" or "right" of "<>"; "both", "a third party"; "one side" where
 * unknown. */
const char *phrase_who(enum who who, enum orientation orientation);

/* A state as RFC 9293, 3.3.2 spells it: "FIN-WAIT-1"; "unknown" for STATE_NULL. */
const char *phrase_state(struct phrase *phrase, enum state state);

/* Makes the phrase `text`, as much of it as there is room for. */
void phrase_set(struct phrase *phrase, const char *text);

/* Adds `text` to the end, as much of it as there is room for. */
void phrase_append(struct phrase *phrase, const char *text);

#endif
