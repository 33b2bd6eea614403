#include "source/pcapng_reader.h"

#include "source/capture_file.h"
#include "source/linktype.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECTION_HEADER = 0x0a0d0d0a,
	INTERFACE_DESCRIPTION = 1,
	OBSOLETE_PACKET = 2,
	SIMPLE_PACKET = 3,
	ENHANCED_PACKET = 6,
	JOURNAL_ENTRY = 9,
	SYSTEM_CALL = 0x204,
	SYSTEM_CALL_FLAGS = 0x208,
	SYSTEM_CALL_2 = 0x216,
	SYSTEM_CALL_2_FLAGS = 0x217,
	CUSTOM = 0xbad,
	CUSTOM_NOT_COPIED = 0x40000bad,
};

enum { OPTION_END = 0, OPTION_IF_NAME = 2, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

enum {
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	BLOCK_HEADER_BYTES = 8,
	BLOCK_TRAILER_BYTES = 4,
	BLOCK_MIN_BYTES = BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES,
	SECTION_BODY_BYTES = 16,
	INTERFACE_BODY_BYTES = 8,
	OPTION_HEADER_BYTES = 4,
	SIMPLE_BODY_BYTES = 4,
	PACKET_BODY_BYTES = 20,
};

/* A block in the buffer, already taken from it. */
struct block {
	uint32_t type;
	uint32_t body_bytes;
	const uint8_t *body;
	uint64_t offset_bytes; /* where it begins in the file */
};

bool pcapng_reader_knows(const uint8_t *magic)
{
	return bytes_be32(magic) == SECTION_HEADER;
}

static bool is_packet(uint32_t type)
{
	return type == ENHANCED_PACKET || type == SIMPLE_PACKET || type == OBSOLETE_PACKET;
}

/* The number that the frame of such a block would have; 0 for blocks that are no packets. */
static uint64_t number_of(const struct source *source, uint32_t type)
{
	return is_packet(type) ? source->number + 1 : 0;
}

static enum source_status cut_block(struct source *source, uint32_t type, size_t wanted_bytes)
{
	const char *what = is_packet(type) ? "a packet block" : "a block";

	return capture_cut(source, what, number_of(source, type), 0, wanted_bytes);
}

/* A section's header tells the byte order in which even its own length is to be read. */
static enum source_status read_byte_order(struct source *source)
{
	size_t needed = BLOCK_HEADER_BYTES + 4;
	enum source_status status = capture_need(source, needed);

	if (status == SOURCE_END)
		return cut_block(source, SECTION_HEADER, needed);
	if (status != SOURCE_FRAME)
		return status;

	const uint8_t *magic = block_buffer_at(&source->buffer) + BLOCK_HEADER_BYTES;
	if (bytes_le32(magic) == BYTE_ORDER_MAGIC)
		source->order = BYTES_LITTLE;
	else if (bytes_be32(magic) == BYTE_ORDER_MAGIC)
		source->order = BYTES_BIG;
	else
		return capture_damaged(source, source->buffer.offset_bytes, 0,
				       "a section header without a byte-order mark");
	return SOURCE_FRAME;
}

static enum source_status check_length(struct source *source, uint32_t type, uint32_t length)
{
	uint64_t offset = source->buffer.offset_bytes;

	if (length < BLOCK_MIN_BYTES || length % 4)
		return capture_damaged(source, offset, number_of(source, type),
				       "a block cannot be %" PRIu32 " bytes long", length);
	if (length > BLOCK_BUFFER_MAX_BYTES)
		return capture_damaged(source, offset, number_of(source, type),
				       "a block of %" PRIu32 " bytes, and the limit is %d", length,
				       BLOCK_BUFFER_MAX_BYTES);
	return SOURCE_FRAME;
}

/* The type and length of the next block; SOURCE_END where the file ends properly. */
static enum source_status read_block_header(struct source *source, uint32_t *type, uint32_t *length)
{
	struct block_buffer *buffer = &source->buffer;
	enum source_status status = capture_need(source, BLOCK_HEADER_BYTES);

	if (status == SOURCE_END && block_buffer_held(buffer))
		return cut_block(source, 0, BLOCK_HEADER_BYTES);
	if (status != SOURCE_FRAME)
		return status;

	*type = bytes_u32(block_buffer_at(buffer), source->order);
	if (*type == SECTION_HEADER) {
		status = read_byte_order(source);
		if (status != SOURCE_FRAME)
			return status;
	}
	*length = bytes_u32(block_buffer_at(buffer) + 4, source->order);
	return check_length(source, *type, *length);
}

static enum source_status read_block(struct source *source, struct block *block)
{
	struct block_buffer *buffer = &source->buffer;
	uint32_t length = 0;
	enum source_status status = read_block_header(source, &block->type, &length);

	if (status != SOURCE_FRAME)
		return status;
	status = capture_need(source, length);
	if (status == SOURCE_END)
		return cut_block(source, block->type, length);
	if (status != SOURCE_FRAME)
		return status;

	const uint8_t *at = block_buffer_at(buffer);
	uint32_t trailer = bytes_u32(at + length - BLOCK_TRAILER_BYTES, source->order);
	if (trailer != length)
		return capture_damaged(source, buffer->offset_bytes, number_of(source, block->type),
				       "a block is %" PRIu32 " bytes long by its head and %" PRIu32
				       " by its tail",
				       length, trailer);
	block->body = at + BLOCK_HEADER_BYTES;
	block->body_bytes = length - BLOCK_MIN_BYTES;
	block->offset_bytes = buffer->offset_bytes;
	block_buffer_take(buffer, length);
	return SOURCE_FRAME;
}

static enum source_status too_short(struct source *source, const struct block *block)
{
	return capture_damaged(source, block->offset_bytes, number_of(source, block->type),
			       "a block of type %" PRIu32 " with only %" PRIu32 " bytes in it",
			       block->type, block->body_bytes);
}

static enum source_status begin_section(struct source *source, const struct block *block)
{
	if (block->body_bytes < SECTION_BODY_BYTES)
		return too_short(source, block);

	uint16_t major = bytes_u16(block->body + 4, source->order);
	uint16_t minor = bytes_u16(block->body + 6, source->order);
	if (major != 1 || (minor != 0 && minor != 2)) {
		if (block->offset_bytes)
			return capture_damaged(source, block->offset_bytes, 0,
					       "a section of pcapng version %u.%u, and only 1.0 "
					       "and 1.2 can be read",
					       major, minor);
		return capture_failed(source,
				      "is a pcapng of version %u.%u, and only 1.0 and 1.2 can be "
				      "read; if it is not damaged, write it anew with dumpcap -w",
				      major, minor);
	}
	source->pcapng.interface_count = 0;
	return SOURCE_FRAME;
}

static int64_t read_i64(const uint8_t *at, enum byte_order order)
{
	uint64_t low = bytes_u32(order == BYTES_BIG ? at + 4 : at, order);
	uint64_t high = bytes_u32(order == BYTES_BIG ? at : at + 4, order);
	uint64_t value = high << 32 | low;

	return value <= INT64_MAX ? (int64_t)value : -(int64_t)(UINT64_MAX - value) - 1;
}

/* Notes an interface's name for the summary, unless it is known or there are too many. */
static enum source_status note_name(struct source *source, const uint8_t *value, size_t length)
{
	struct source_info *info = &source->info;
	const uint8_t *end = memchr(value, '\0', length);
	size_t bytes = end ? (size_t)(end - value) : length;

	for (unsigned i = 0; i < info->interface_count; i++)
		if (strlen(info->interface[i]) == bytes &&
		    memcmp(info->interface[i], value, bytes) == 0)
			return SOURCE_FRAME;
	if (info->interface_count == SOURCE_INTERFACES_MAX || bytes == 0)
		return SOURCE_FRAME;
	char *name = malloc(bytes + 1);
	if (!name)
		return capture_failed(source, "no memory for the name of an interface");
	memcpy(name, value, bytes);
	name[bytes] = '\0';
	source->pcapng.name[info->interface_count] = name;
	info->interface[info->interface_count++] = name;
	return SOURCE_FRAME;
}

/* Sets the interface's clock, and notes its name, by the options that follow in the block. */
static enum source_status read_interface_options(struct source *source, const struct block *block,
						 struct pcapng_interface *interface)
{
	uint32_t at = INTERFACE_BODY_BYTES;
	uint8_t tsresol = TICK_CLOCK_MICROSECONDS;
	int64_t tsoffset_s = 0;

	while (block->body_bytes - at >= OPTION_HEADER_BYTES) {
		uint16_t code = bytes_u16(block->body + at, source->order);
		uint16_t length = bytes_u16(block->body + at + 2, source->order);
		const uint8_t *value = block->body + at + OPTION_HEADER_BYTES;
		uint32_t padded = OPTION_HEADER_BYTES + (((uint32_t)length + 3) & ~UINT32_C(3));

		if (code == OPTION_END)
			break;
		if (padded > block->body_bytes - at || (code == OPTION_TSRESOL && length != 1) ||
		    (code == OPTION_TSOFFSET && length != 8))
			return capture_damaged(source, block->offset_bytes, 0,
					       "option %u of an interface cannot be %u bytes long",
					       code, length);
		if (code == OPTION_IF_NAME && note_name(source, value, length) != SOURCE_FRAME)
			return SOURCE_FAILED;
		if (code == OPTION_TSRESOL)
			tsresol = value[0];
		else if (code == OPTION_TSOFFSET)
			tsoffset_s = read_i64(value, source->order);
		at += padded;
	}
	if (!tick_clock_set(&interface->clock, tsresol, tsoffset_s))
		return capture_damaged(source, block->offset_bytes, 0,
				       "an interface's clock has the impossible resolution 0x%02x",
				       tsresol);
	return SOURCE_FRAME;
}

static enum source_status make_interface_room(struct source *source, const struct block *block)
{
	struct pcapng_reader *pcapng = &source->pcapng;

	if (pcapng->interface_count < pcapng->interface_room)
		return SOURCE_FRAME;
	if (pcapng->interface_count == PCAPNG_INTERFACES_MAX)
		return capture_damaged(source, block->offset_bytes, 0,
				       "a section with more than %d interfaces",
				       PCAPNG_INTERFACES_MAX);

	uint32_t room = pcapng->interface_room ? 2 * pcapng->interface_room : 8;
	struct pcapng_interface *interfaces =
		realloc(pcapng->interfaces, room * sizeof(*interfaces));
	if (!interfaces)
		return capture_failed(source, "no memory for %" PRIu32 " interfaces", room);
	pcapng->interfaces = interfaces;
	pcapng->interface_room = room;
	return SOURCE_FRAME;
}

static enum source_status add_interface(struct source *source, const struct block *block)
{
	struct pcapng_reader *pcapng = &source->pcapng;

	if (block->body_bytes < INTERFACE_BODY_BYTES)
		return too_short(source, block);
	enum source_status status = make_interface_room(source, block);
	if (status != SOURCE_FRAME)
		return status;

	struct pcapng_interface *interface = &pcapng->interfaces[pcapng->interface_count];
	interface->linktype = bytes_u16(block->body, source->order);
	interface->snaplen = bytes_u32(block->body + 4, source->order);
	interface->max_packet_bytes = linktype_max_packet_bytes(interface->linktype);
	status = read_interface_options(source, block, interface);
	if (status != SOURCE_FRAME)
		return status;
	pcapng->interface_count++;
	capture_note(source, interface->linktype, interface->snaplen,
		     tick_clock_digits(&interface->clock));
	return SOURCE_FRAME;
}

/* The bytes of a frame, once its captured length is found to fit `held_bytes` and its interface. */
static enum source_status lend(struct source *source, const struct block *block,
			       const struct pcapng_interface *interface, uint32_t held_bytes,
			       struct frame *frame)
{
	uint64_t number = source->number + 1;

	if (frame->captured_bytes > held_bytes)
		return capture_damaged(source, block->offset_bytes, number,
				       "it claims %" PRIu32
				       " captured bytes, and its block holds %" PRIu32,
				       frame->captured_bytes, held_bytes);
	if (frame->captured_bytes > interface->max_packet_bytes)
		return capture_damaged(source, block->offset_bytes, number,
				       "it claims %" PRIu32
				       " captured bytes, and no packet has more than %" PRIu32,
				       frame->captured_bytes, interface->max_packet_bytes);
	frame->linktype = interface->linktype;
	frame->interface = (uint32_t)(interface - source->pcapng.interfaces);
	frame->number = number;
	source->number = number;
	source->pcapng.last_ts_ns = frame->ts_ns;
	return SOURCE_FRAME;
}

static const struct pcapng_interface *find_interface(struct source *source,
						     const struct block *block, uint32_t id)
{
	if (id < source->pcapng.interface_count)
		return &source->pcapng.interfaces[id];
	capture_damaged(source, block->offset_bytes, source->number + 1,
			"it names interface %" PRIu32 ", and its section has %" PRIu32
			" of them (counted from 0)",
			id, source->pcapng.interface_count);
	return NULL;
}

/* Enhanced packet blocks, and the obsolete ones that differ only in how wide the interface is. */
static enum source_status read_packet(struct source *source, const struct block *block,
				      struct frame *frame)
{
	const uint8_t *body = block->body;
	enum byte_order order = source->order;

	if (block->body_bytes < PACKET_BODY_BYTES)
		return too_short(source, block);
	uint32_t id =
		block->type == OBSOLETE_PACKET ? bytes_u16(body, order) : bytes_u32(body, order);
	const struct pcapng_interface *interface = find_interface(source, block, id);
	if (!interface)
		return SOURCE_CORRUPT;

	uint64_t ticks = (uint64_t)bytes_u32(body + 4, order) << 32 | bytes_u32(body + 8, order);
	frame->ts_ns = tick_clock_ns(&interface->clock, ticks);
	frame->captured_bytes = bytes_u32(body + 12, order);
	frame->wire_bytes = bytes_u32(body + 16, order);
	frame->bytes = body + PACKET_BODY_BYTES;
	return lend(source, block, interface, block->body_bytes - PACKET_BODY_BYTES, frame);
}

static enum source_status read_simple_packet(struct source *source, const struct block *block,
					     struct frame *frame)
{
	if (block->body_bytes < SIMPLE_BODY_BYTES)
		return too_short(source, block);
	const struct pcapng_interface *interface = find_interface(source, block, 0);
	if (!interface)
		return SOURCE_CORRUPT;

	uint32_t wire_bytes = bytes_u32(block->body, source->order);
	bool cut = interface->snaplen && wire_bytes > interface->snaplen;
	frame->ts_ns = source->pcapng.last_ts_ns;
	frame->captured_bytes = cut ? interface->snaplen : wire_bytes;
	frame->wire_bytes = wire_bytes;
	frame->bytes = block->body + SIMPLE_BODY_BYTES;
	return lend(source, block, interface, block->body_bytes - SIMPLE_BODY_BYTES, frame);
}

enum source_status pcapng_reader_begin(struct source *source)
{
	struct block block;

	source->info.format = "pcapng";
	source->pcapng = (struct pcapng_reader){.interfaces = NULL};
	enum source_status status = read_block(source, &block);
	if (status != SOURCE_FRAME)
		return status;
	return begin_section(source, &block);
}

/* Deals with a block that lends no frame. */
static enum source_status pass_block(struct source *source, const struct block *block)
{
	switch (block->type) {
	case SECTION_HEADER:
		return begin_section(source, block);
	case INTERFACE_DESCRIPTION:
		return add_interface(source, block);
	case CUSTOM:
	case CUSTOM_NOT_COPIED:
	case JOURNAL_ENTRY:
	case SYSTEM_CALL:
	case SYSTEM_CALL_FLAGS:
	case SYSTEM_CALL_2:
	case SYSTEM_CALL_2_FLAGS:
		source->number++;
		return SOURCE_FRAME;
	default:
		return SOURCE_FRAME;
	}
}

enum source_status pcapng_reader_next(struct source *source, struct frame *frame)
{
	for (;;) {
		struct block block;
		enum source_status status = read_block(source, &block);

		if (status != SOURCE_FRAME)
			return status;
		if (block.type == SIMPLE_PACKET)
			return read_simple_packet(source, &block, frame);
		if (is_packet(block.type))
			return read_packet(source, &block, frame);
		status = pass_block(source, &block);
		if (status != SOURCE_FRAME)
			return status;
	}
}

void pcapng_reader_end(struct source *source)
{
	free(source->pcapng.interfaces);
	for (unsigned i = 0; i < source->info.interface_count; i++)
		free(source->pcapng.name[i]);
}
