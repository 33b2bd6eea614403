/*
 * The classic pcap format, in all the forms that are met: both byte orders, micro- and nanoseconds,
 * Kuznetzov's longer record header, and the lengths that old versions swapped.
 */
#ifndef TCPBYE_SOURCE_PCAP_READER_H
#define TCPBYE_SOURCE_PCAP_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/frame.h"
#include "source/source.h"

enum pcap_swap { PCAP_SWAP_NEVER, PCAP_SWAP_IF_LARGER, PCAP_SWAP_ALWAYS };

struct pcap_reader {
	uint32_t header_bytes; /* of each record */
	uint32_t ns_per_fraction;
	uint32_t max_packet_bytes;
	enum pcap_swap swap; /* captured and wire length */
	uint16_t linktype;
};

/* True if a file that begins with these four bytes is a pcap. */
bool pcap_reader_knows(const uint8_t *magic);

/* Reads the file header, whose first four bytes are known, and prepares for pcap_reader_next(). */
enum source_status pcap_reader_begin(struct source *source);

enum source_status pcap_reader_next(struct source *source, struct frame *frame);

/* As source_more(). A record that is not as it should be, or not held to its end, is left for
 * pcap_reader_next(). */
unsigned pcap_reader_more(struct source *source, struct frame *frames, unsigned room);

#endif
