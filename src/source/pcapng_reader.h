/*
 * The pcapng format: sections of either byte order, each with its own interfaces, each of these
 * with its own link type and clock.
 *
 * Blocks that are no packets are passed over, but those that Wireshark numbers among the frames
 * (custom blocks, journal entries, system calls) take a frame number here too. A simple packet
 * block has no time: its frame gets that of the frame before it.
 */
#ifndef TCPBYE_SOURCE_PCAPNG_READER_H
#define TCPBYE_SOURCE_PCAPNG_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/frame.h"
#include "source/source.h"
#include "source/tick_clock.h"

enum { PCAPNG_INTERFACES_MAX = 65536 };

struct pcapng_interface {
	struct tick_clock clock;
	uint32_t snaplen; /* 0: no limit */
	uint32_t max_packet_bytes;
	uint16_t linktype;
};

struct pcapng_reader {
	struct pcapng_interface *interfaces; /* of this section */
	uint32_t interface_count, interface_room;
	int64_t last_ts_ns;
	char *name[SOURCE_INTERFACES_MAX]; /* owned; of all sections */
};

/* True if a file that begins with these four bytes is a pcapng. */
bool pcapng_reader_knows(const uint8_t *magic);

/* Reads the first section header. */
enum source_status pcapng_reader_begin(struct source *source);

enum source_status pcapng_reader_next(struct source *source, struct frame *frame);
void pcapng_reader_end(struct source *source);

#endif
