/*
 * A port and an IP version as one word, to end a key with: a key is hashed by words right after it
 * was put together, and what is stored in parts and then loaded whole is waited for.
 */
#ifndef TCPBYE_SINK_END_WORD_H
#define TCPBYE_SINK_END_WORD_H

#include <stdint.h>

#include "core/archive.h"

static inline uint64_t end_word(uint16_t port, uint8_t ip_version)
{
	return (uint64_t)ip_version << 16 | port;
}

static inline uint16_t end_word_port(uint64_t word)
{
	return (uint16_t)word;
}

static inline uint8_t end_word_ip_version(uint64_t word)
{
	return (uint8_t)(word >> 16);
}

/* As two members with these names. */
static inline void end_word_archive(struct archive *archive, const char *port_name,
				    const char *ip_version_name, uint64_t *word)
{
	uint16_t port = end_word_port(*word);
	uint8_t ip_version = end_word_ip_version(*word);

	archive_member(archive, port_name, &port, sizeof port);
	archive_member(archive, ip_version_name, &ip_version, sizeof ip_version);
	*word = end_word(port, ip_version);
}

#endif
