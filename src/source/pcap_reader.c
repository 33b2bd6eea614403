#include "source/pcap_reader.h"

#include "source/capture_file.h"
#include "source/linktype.h"

#include <stddef.h>

enum {
	FILE_HEADER_BYTES = 24,
	RECORD_HEADER_BYTES = 16,
	KUZNETZOV_HEADER_BYTES = 24,
	NS_PER_S = 1000000000,
};

/* The magic number by which a format is known, as its first four bytes read in the order of the
 * file. */
static const struct {
	uint32_t magic;
	uint32_t header_bytes;
	uint32_t ns_per_fraction;
	bool may_be_aix;
} forms[] = {
	{0xa1b2c3d4, RECORD_HEADER_BYTES, 1000, true},
	{0xa1b23c4d, RECORD_HEADER_BYTES, 1, false},
	{0xa1b2cd34, KUZNETZOV_HEADER_BYTES, 1000, false},
};

enum { FORM_COUNT = sizeof(forms) / sizeof(forms[0]) };

static unsigned find_form(const uint8_t *magic, enum byte_order order)
{
	unsigned form = 0;

	while (form < FORM_COUNT && bytes_u32(magic, order) != forms[form].magic)
		form++;
	return form;
}

bool pcap_reader_knows(const uint8_t *magic)
{
	return find_form(magic, BYTES_LITTLE) < FORM_COUNT ||
	       find_form(magic, BYTES_BIG) < FORM_COUNT;
}

/*
 * AIX writes version 2.2 with nanoseconds, and the interface types of RFC 1573 as link types. The
 * numbers of LANs and of the loopback mean nothing else in so old a version: Token Ring, PPP and
 * SLIP, which three of them are elsewhere, came later or from machines that are long gone.
 */
static const struct {
	uint16_t interface_type, linktype;
} aix_links[] = {{6, 1}, {9, 6}, {15, 10}, {24, 0}};

static bool find_aix_link(uint16_t interface_type, uint16_t *linktype)
{
	for (size_t i = 0; i < sizeof(aix_links) / sizeof(aix_links[0]); i++) {
		if (aix_links[i].interface_type == interface_type) {
			*linktype = aix_links[i].linktype;
			return true;
		}
	}
	return false;
}

/* Version 2.4 is what everybody writes; up to 2.2, and in DEC's 543.0, the two lengths stood the
 * other way round. */
static enum pcap_swap swap_by_version(uint16_t major, uint16_t minor)
{
	if (major == 543 || minor < 3)
		return PCAP_SWAP_ALWAYS;
	return minor == 3 ? PCAP_SWAP_IF_LARGER : PCAP_SWAP_NEVER;
}

enum source_status pcap_reader_begin(struct source *source)
{
	enum source_status status = capture_need(source, FILE_HEADER_BYTES);
	const uint8_t *header = block_buffer_at(&source->buffer);

	source->info.format = "pcap";
	if (status == SOURCE_END)
		return capture_cut(source, "the file header", 0, 0, FILE_HEADER_BYTES);
	if (status != SOURCE_FRAME)
		return status;

	source->order = find_form(header, BYTES_LITTLE) < FORM_COUNT ? BYTES_LITTLE : BYTES_BIG;
	unsigned form = find_form(header, source->order);
	uint16_t major = bytes_u16(header + 4, source->order);
	uint16_t minor = bytes_u16(header + 6, source->order);
	if (major != 2 && !(major == 543 && minor == 0))
		return capture_failed(source,
				      "is a pcap of version %u.%u, and only 2.x can be read; if it "
				      "is not damaged, write it anew with tcpdump -w",
				      major, minor);

	/* The upper half of the word tells of frame check sequences. */
	uint16_t linktype = (uint16_t)(bytes_u32(header + 20, source->order) & 0xffff);
	uint32_t ns_per_fraction = forms[form].ns_per_fraction;
	if (forms[form].may_be_aix && minor == 2 && find_aix_link(linktype, &linktype))
		ns_per_fraction = 1;
	source->pcap = (struct pcap_reader){
		.header_bytes = forms[form].header_bytes,
		.ns_per_fraction = ns_per_fraction,
		.max_packet_bytes = linktype_max_packet_bytes(linktype),
		.swap = swap_by_version(major, minor),
		.linktype = linktype,
	};
	capture_note(source, linktype, bytes_u32(header + 16, source->order),
		     source->pcap.ns_per_fraction == 1 ? 9 : 6);
	block_buffer_take(&source->buffer, FILE_HEADER_BYTES);
	return SOURCE_FRAME;
}

/* Fills in what the record's header says; `pcap` is the reader, known to be as it is. */
static inline void read_in_order(const struct pcap_reader *pcap, const uint8_t *header,
				 enum byte_order order, struct frame *frame)
{
	uint32_t seconds = bytes_u32(header, order);
	uint32_t fraction = bytes_u32(header + 4, order);
	uint32_t captured = bytes_u32(header + 8, order);
	uint32_t wire = bytes_u32(header + 12, order);
	bool swapped = pcap->swap == PCAP_SWAP_ALWAYS ||
		       (pcap->swap == PCAP_SWAP_IF_LARGER && captured > wire);

	frame->ts_ns = (int64_t)seconds * NS_PER_S + (int64_t)fraction * pcap->ns_per_fraction;
	frame->captured_bytes = swapped ? wire : captured;
	frame->wire_bytes = swapped ? captured : wire;
	frame->linktype = pcap->linktype;
	frame->interface = 0;
}

/* The order is asked once, and not at every number. */
static inline void read_header(const struct source *source, const uint8_t *header,
			       struct frame *frame)
{
	if (source->order == BYTES_LITTLE)
		read_in_order(&source->pcap, header, BYTES_LITTLE, frame);
	else
		read_in_order(&source->pcap, header, BYTES_BIG, frame);
	frame->number = source->number + 1;
}

/* Moves on behind the record, which is held to its end. */
static inline void take_record(struct source *source, struct frame *frame)
{
	uint32_t header_bytes = source->pcap.header_bytes;

	frame->bytes = block_buffer_at(&source->buffer) + header_bytes;
	block_buffer_take(&source->buffer, header_bytes + frame->captured_bytes);
	source->number++;
}

/* How many whole records there are from `*at` to `end`, up to `room`; fills in all that they say of
 * their frames. */
static inline unsigned read_records(const struct pcap_reader *pcap, enum byte_order order,
				    const uint8_t **at, const uint8_t *end, struct frame *frames,
				    unsigned room)
{
	const uint8_t *record = *at;
	unsigned count = 0;

	for (; count < room && (size_t)(end - record) >= pcap->header_bytes; count++) {
		struct frame *frame = &frames[count];

		read_in_order(pcap, record, order, frame);
		frame->bytes = record + pcap->header_bytes;
		if (frame->captured_bytes > pcap->max_packet_bytes ||
		    frame->captured_bytes > (size_t)(end - frame->bytes))
			break;
		record = frame->bytes + frame->captured_bytes;
	}
	*at = record;
	return count;
}

/* As nearly all files are. */
static bool is_usual(const struct source *source)
{
	return source->order == BYTES_LITTLE && source->pcap.swap == PCAP_SWAP_NEVER &&
	       source->pcap.header_bytes == RECORD_HEADER_BYTES;
}

unsigned pcap_reader_more(struct source *source, struct frame *frames, unsigned room)
{
	struct block_buffer *buffer = &source->buffer;
	const uint8_t *begin = block_buffer_at(buffer), *at = begin;
	const uint8_t *end = begin + block_buffer_held(buffer);
	struct pcap_reader pcap = source->pcap;
	unsigned count;

	if (is_usual(source)) { /* told by constants */
		pcap.swap = PCAP_SWAP_NEVER;
		pcap.header_bytes = RECORD_HEADER_BYTES;
		count = read_records(&pcap, BYTES_LITTLE, &at, end, frames, room);
	} else {
		count = read_records(&pcap, source->order, &at, end, frames, room);
	}
	for (unsigned i = 0; i < count; i++)
		frames[i].number = ++source->number;
	block_buffer_take(buffer, (size_t)(at - begin));
	return count;
}

enum source_status pcap_reader_next(struct source *source, struct frame *frame)
{
	const struct pcap_reader *pcap = &source->pcap;
	struct block_buffer *buffer = &source->buffer;
	enum source_status status = capture_need(source, pcap->header_bytes);

	if (status == SOURCE_END && block_buffer_held(buffer))
		return capture_cut(source, "a packet's header", source->number + 1, 0,
				   pcap->header_bytes);
	if (status != SOURCE_FRAME)
		return status;

	read_header(source, block_buffer_at(buffer), frame);
	if (frame->captured_bytes > pcap->max_packet_bytes)
		return capture_damaged(
			source, buffer->offset_bytes, frame->number,
			"it claims %u captured bytes, and no packet has more than %u",
			frame->captured_bytes, pcap->max_packet_bytes);
	status = capture_need(source, pcap->header_bytes + frame->captured_bytes);
	if (status == SOURCE_END)
		return capture_cut(source, "a packet", frame->number, pcap->header_bytes,
				   frame->captured_bytes);
	if (status != SOURCE_FRAME)
		return status;

	take_record(source, frame);
	return SOURCE_FRAME;
}
