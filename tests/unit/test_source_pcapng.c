/* pcapng: sections, interfaces, blocks, clocks and damage. */
#define _POSIX_C_SOURCE 200809L

#include "test_source_bytes.h"

enum {
	INTERFACE = 1,
	OBSOLETE_PACKET = 2,
	SIMPLE_PACKET = 3,
	NAME_RESOLUTION = 4,
	STATISTICS = 5,
	ENHANCED_PACKET = 6,
	JOURNAL = 9,
	DECRYPTION_SECRETS = 10,
	CUSTOM = 0xbad,
	UNKNOWN = 0x7777,
};

/* Begins a block; its length is known in end_block(). */
static size_t begin_block(struct bytes *file, uint32_t type)
{
	size_t start = file->count;

	put_u32(file, type);
	put_u32(file, 0);
	return start;
}

static void end_block(struct bytes *file, size_t start)
{
	while (file->count % 4)
		put_u8(file, 0);

	uint32_t length = (uint32_t)(file->count - start) + 4;
	size_t end = file->count;
	file->count = start + 4;
	put_u32(file, length);
	file->count = end;
	put_u32(file, length);
}

static void put_section(struct bytes *file, enum byte_order order)
{
	file->order = order;
	size_t start = begin_block(file, 0x0a0d0d0a);
	put_u32(file, 0x1a2b3c4d);
	put_u16(file, 1);
	put_u16(file, 0);
	put_u64(file, UINT64_MAX);
	end_block(file, start);
}

/* An interface whose clock has the resolution; 0xff leaves that option out. */
static void put_interface(struct bytes *file, unsigned linktype, uint32_t snaplen, unsigned tsresol,
			  uint64_t tsoffset_s)
{
	size_t start = begin_block(file, INTERFACE);

	put_u16(file, linktype);
	put_u16(file, 0);
	put_u32(file, snaplen);
	put_u16(file, 2); /* if_name */
	put_u16(file, 3);
	put_u32(file, 0x00306f6c);
	if (tsresol != 0xff) {
		put_u16(file, 9);
		put_u16(file, 1);
		put_u8(file, tsresol);
		put_run(file, 0, 3);
	}
	if (tsoffset_s) {
		put_u16(file, 14);
		put_u16(file, 8);
		put_u64(file, tsoffset_s);
	}
	put_u32(file, 0);
	end_block(file, start);
}

static size_t put_packet(struct bytes *file, uint32_t interface, uint64_t ticks, uint32_t captured,
			 uint32_t wire, unsigned first)
{
	size_t start = begin_block(file, ENHANCED_PACKET);

	put_u32(file, interface);
	put_u32(file, (uint32_t)(ticks >> 32));
	put_u32(file, (uint32_t)ticks);
	put_u32(file, captured);
	put_u32(file, wire);
	put_run(file, first, captured);
	end_block(file, start);
	return start;
}

static void put_other(struct bytes *file, uint32_t type)
{
	size_t start = begin_block(file, type);

	put_run(file, 0, 9);
	end_block(file, start);
}

/* An interface of Ethernet with this name and nothing else to say. */
static void put_named_interface(struct bytes *file, const char *name, unsigned length)
{
	size_t start = begin_block(file, INTERFACE);

	put_u16(file, 1);
	put_u16(file, 0);
	put_u32(file, 0);
	put_u16(file, 2);
	put_u16(file, length);
	for (unsigned i = 0; i < length; i++)
		put_u8(file, (unsigned char)name[i]);
	end_block(file, start);
}

static struct bytes one_interface(void)
{
	struct bytes file = {.order = BYTES_LITTLE};

	put_section(&file, BYTES_LITTLE);
	put_interface(&file, 1, 0, 0xff, 0);
	return file;
}

Test(pcapng, names_of_interfaces_are_told_once_each)
{
	struct bytes file = {.count = 0};
	struct source_info info;

	put_section(&file, BYTES_LITTLE);
	put_named_interface(&file, "eth0", 4);
	put_named_interface(&file, "eth1\0\0", 6);
	put_named_interface(&file, "", 0);
	put_named_interface(&file, "eth", 3);
	put_section(&file, BYTES_BIG);
	put_named_interface(&file, "eth1", 4);
	struct source *source = must_open(&file);
	must_end(source);
	source_info(source, &info);
	cr_assert_eq(info.interface_count, 3);
	cr_assert_str_eq(info.interface[0], "eth0");
	cr_assert_str_eq(info.interface[1], "eth1");
	cr_assert_str_eq(info.interface[2], "eth");
	source_close(source);
}

Test(pcapng, the_first_names_of_too_many_are_kept)
{
	struct bytes file = {.count = 0};
	struct source_info info;

	put_section(&file, BYTES_BIG);
	for (unsigned i = 0; i < 2 * SOURCE_INTERFACES_MAX; i++) {
		char name = (char)('A' + i);

		put_named_interface(&file, &name, 1);
	}
	struct source *source = must_open(&file);
	must_end(source);
	source_info(source, &info);
	cr_assert_eq(info.interface_count, SOURCE_INTERFACES_MAX);
	cr_assert_str_eq(info.interface[SOURCE_INTERFACES_MAX - 1], "P");
	source_close(source);
}

Test(pcapng, sections_of_both_byte_orders)
{
	struct bytes file = {.count = 0};
	struct source_info info;

	put_section(&file, BYTES_BIG);
	put_interface(&file, 1, 96, 0xff, 0);
	put_packet(&file, 0, 1000001, 5, 500, 10);
	put_section(&file, BYTES_LITTLE);
	put_interface(&file, 101, 200, 9, 0);
	put_packet(&file, 0, 2000000001, 6, 6, 20);
	struct source *source = must_open(&file);

	struct frame frame = must_read(source);
	cr_assert_eq(frame.ts_ns, 1000001000);
	cr_assert_eq(frame.number, 1);
	cr_assert_eq(frame.linktype, 1);
	cr_assert_eq(frame.captured_bytes, 5);
	cr_assert_eq(frame.wire_bytes, 500);
	cr_assert_eq(frame.bytes[4], 14);
	cr_assert_eq(frame.source, 7);
	frame = must_read(source);
	cr_assert_eq(frame.ts_ns, 2000000001);
	cr_assert_eq(frame.number, 2);
	cr_assert_eq(frame.linktype, 101);
	cr_assert_eq(frame.bytes[5], 25);
	must_end(source);

	source_info(source, &info);
	cr_assert_str_eq(info.format, "pcapng");
	cr_assert_eq(info.tstamp_digits, 9);
	cr_assert_eq(info.snaplen, 200);
	cr_assert_eq(info.linktype_count, 2);
	cr_assert_eq(info.linktype[0], 1);
	cr_assert_eq(info.linktype[1], 101);
	cr_assert_eq(info.frames, 2);
	cr_assert_eq(info.bytes, file.count);
	source_close(source);
}

Test(pcapng, interfaces_have_their_own_clocks_and_links)
{
	struct bytes file = {.count = 0};

	put_section(&file, BYTES_LITTLE);
	put_interface(&file, 1, 0, 3, 0);
	put_interface(&file, 4711, 64, 0x80 | 10, 100);
	put_interface(&file, 113, 0, 6, (uint64_t)-3);
	put_packet(&file, 2, 5000000, 1, 1, 0);
	put_packet(&file, 1, 1536, 1, 1, 0);
	put_packet(&file, 0, 7, 1, 1, 0);
	struct source *source = must_open(&file);
	struct frame frame = must_read(source);
	cr_assert_eq(frame.ts_ns, 2000000000);
	cr_assert_eq(frame.interface, 2);
	cr_assert_eq(frame.linktype, 113);
	frame = must_read(source);
	cr_assert_eq(frame.ts_ns, 101500000000);
	cr_assert_eq(frame.linktype, 4711);
	frame = must_read(source);
	cr_assert_eq(frame.ts_ns, 7000000);
	cr_assert_eq(frame.interface, 0);
	cr_assert_eq(frame.linktype, 1);
	must_end(source);
	source_close(source);
}

Test(pcapng, simple_packets_take_time_from_before_and_length_from_the_interface)
{
	struct bytes file = {.count = 0};

	put_section(&file, BYTES_BIG);
	put_interface(&file, 1, 4, 0xff, 0);
	put_packet(&file, 0, 33, 1, 1, 0);
	size_t start = begin_block(&file, SIMPLE_PACKET);
	put_u32(&file, 100);
	put_run(&file, 50, 4);
	end_block(&file, start);
	struct source *source = must_open(&file);
	must_read(source);
	struct frame frame = must_read(source);
	cr_assert_eq(frame.ts_ns, 33000);
	cr_assert_eq(frame.captured_bytes, 4);
	cr_assert_eq(frame.wire_bytes, 100);
	cr_assert_eq(frame.bytes[3], 53);
	cr_assert_eq(frame.number, 2);
	must_end(source);
	source_close(source);
}

Test(pcapng, obsolete_packets_are_read)
{
	struct bytes file = {.count = 0};

	put_section(&file, BYTES_BIG);
	put_interface(&file, 1, 0, 0xff, 0);
	put_interface(&file, 101, 0, 0xff, 0);
	size_t start = begin_block(&file, OBSOLETE_PACKET);
	put_u16(&file, 1);
	put_u16(&file, 0xffff);
	put_u32(&file, 1);
	put_u32(&file, 2);
	put_u32(&file, 3);
	put_u32(&file, 60);
	put_run(&file, 9, 3);
	end_block(&file, start);
	struct source *source = must_open(&file);
	struct frame frame = must_read(source);
	cr_assert_eq(frame.ts_ns, INT64_C(4294967298000));
	cr_assert_eq(frame.linktype, 101);
	cr_assert_eq(frame.captured_bytes, 3);
	cr_assert_eq(frame.bytes[0], 9);
	must_end(source);
	source_close(source);
}

Test(pcapng, other_blocks_are_passed_over_and_numbered_as_wireshark_does)
{
	struct bytes file = one_interface();
	struct source_info info;

	put_other(&file, NAME_RESOLUTION);
	put_other(&file, DECRYPTION_SECRETS);
	put_packet(&file, 0, 1, 1, 1, 0);
	put_other(&file, UNKNOWN);
	put_other(&file, STATISTICS);
	put_packet(&file, 0, 2, 1, 1, 0);
	put_other(&file, JOURNAL);
	put_other(&file, CUSTOM);
	put_packet(&file, 0, 3, 1, 1, 0);
	struct source *source = must_open(&file);
	cr_assert_eq(must_read(source).number, 1);
	cr_assert_eq(must_read(source).number, 2);
	cr_assert_eq(must_read(source).number, 5);
	must_end(source);
	source_info(source, &info);
	cr_assert_eq(info.frames, 3);
	source_close(source);
}

Test(pcapng, options_of_a_packet_are_no_part_of_it)
{
	struct bytes file = one_interface();
	size_t start = begin_block(&file, ENHANCED_PACKET);

	put_u32(&file, 0);
	put_u64(&file, 0);
	put_u32(&file, 2);
	put_u32(&file, 2);
	put_run(&file, 1, 4); /* padded */
	put_u16(&file, 1);
	put_u16(&file, 2);
	put_u32(&file, 0x6968);
	put_u32(&file, 0);
	end_block(&file, start);
	put_packet(&file, 0, 1, 4, 4, 77);
	struct source *source = must_open(&file);
	cr_assert_eq(must_read(source).captured_bytes, 2);
	cr_assert_eq(must_read(source).bytes[0], 77);
	must_end(source);
	source_close(source);
}

Test(pcapng, many_interfaces)
{
	struct bytes file = {.count = 0};
	struct source_info info;

	put_section(&file, BYTES_LITTLE);
	for (unsigned i = 0; i < 50; i++)
		put_interface(&file, i, 0, 0xff, 0);
	put_packet(&file, 49, 1, 1, 1, 0);
	struct source *source = must_open(&file);
	cr_assert_eq(must_read(source).linktype, 49);
	source_info(source, &info);
	cr_assert_eq(info.linktype_count, SOURCE_LINKTYPES_MAX);
	must_end(source);
	source_close(source);
}

Test(pcapng, a_section_alone_is_no_error)
{
	struct bytes file = {.count = 0};

	put_section(&file, BYTES_BIG);
	struct source *source = must_open(&file);
	must_end(source);
	source_close(source);
}

/* Reads the frames before the damage, then expects it. */
static void check_damage(const struct bytes *file, unsigned frames, const char *expected)
{
	struct source *source = must_open(file);

	while (frames--)
		must_read(source);
	must_be_corrupt(source, expected);
	source_close(source);
}

Test(pcapng, a_cut_is_told_at_every_length)
{
	struct bytes whole = one_interface();
	size_t section_end = 28, interface_end = whole.count;

	put_packet(&whole, 0, 1, 10, 10, 0);
	size_t packet_bytes = whole.count - interface_end;
	for (size_t length = 4; length < whole.count; length++) {
		struct bytes cut = whole;
		struct source_error error = {""};
		struct source_info info;
		struct frame frame;
		char expected[200] = "";

		cut.count = length;
		struct source *source = must_open(&cut);
		if (length == section_end || length == interface_end) {
			must_end(source);
			source_close(source);
			continue;
		}
		cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT, "%zu", length);
		if (length >= interface_end + 8)
			snprintf(
				expected, sizeof(expected),
				"cut in the middle of a packet block at byte %zu (frame 1): %zu of "
				"%zu bytes are there; no frame before it could be read",
				length, length - interface_end, packet_bytes);
		else
			snprintf(expected, sizeof(expected),
				 "cut in the middle of a block at byte %zu: ", length);
		cr_assert_not_null(strstr(error.text, expected), "%zu: %s", length, error.text);
		source_info(source, &info);
		cr_assert_str_eq(info.format, "pcapng");
		cr_assert_eq(info.bytes, length);
		source_close(source);
	}
}

Test(pcapng, an_interface_that_does_not_exist)
{
	struct bytes file = one_interface();

	put_packet(&file, 0, 1, 4, 4, 0);
	size_t at = put_packet(&file, 1, 1, 4, 4, 0);
	char expected[200];
	snprintf(expected, sizeof(expected),
		 "damaged at byte %zu (frame 2): it names interface 1, and its section has 1 of "
		 "them "
		 "(counted from 0); the one frame before it was read",
		 at);
	check_damage(&file, 1, expected);
}

Test(pcapng, interfaces_end_with_their_section)
{
	struct bytes file = one_interface();

	put_section(&file, BYTES_LITTLE);
	put_packet(&file, 0, 1, 4, 4, 0);
	struct source *source = must_open(&file);
	struct source_error error = {""};
	struct frame frame;
	cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
	cr_assert_not_null(strstr(error.text, "names interface 0, and its section has 0 of them"));
	source_close(source);
}

Test(pcapng, a_packet_longer_than_its_block)
{
	struct bytes file = one_interface();
	size_t at = put_packet(&file, 0, 1, 4, 4, 0);
	char expected[200];

	file.at[at + 20] = 5;
	snprintf(expected, sizeof(expected),
		 "damaged at byte %zu (frame 1): it claims 5 captured bytes, and its block holds "
		 "4; no "
		 "frame before it could be read",
		 at);
	check_damage(&file, 0, expected);
}

Test(pcapng, lengths_that_no_block_has)
{
	static const struct {
		uint32_t length;
		const char *expected;
	} cases[] = {
		{8, ": a block cannot be 8 bytes long; "},
		{0, ": a block cannot be 0 bytes long; "},
		{38, ": a block cannot be 38 bytes long; "},
		{0xfffffffc, ": a block of 4294967292 bytes, and the limit is 67108864; "},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes file = one_interface();
		struct source_error error = {""};
		struct frame frame;
		size_t at = put_packet(&file, 0, 1, 4, 4, 0);
		size_t end = file.count;

		file.count = at + 4;
		put_u32(&file, cases[i].length);
		file.count = end;
		struct source *source = must_open(&file);
		cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
		cr_assert_not_null(strstr(error.text, cases[i].expected), "%s", error.text);
		source_close(source);
	}
}

Test(pcapng, head_and_tail_of_a_block_disagree)
{
	struct bytes file = one_interface();
	struct source_error error = {""};
	struct frame frame;

	put_packet(&file, 0, 1, 4, 4, 0);
	file.at[file.count - 4]++;
	struct source *source = must_open(&file);
	cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
	cr_assert_not_null(
		strstr(error.text, "a block is 36 bytes long by its head and 37 by its tail"));
	source_close(source);
}

Test(pcapng, blocks_too_short_for_what_they_are)
{
	static const uint32_t types[] = {INTERFACE, OBSOLETE_PACKET, SIMPLE_PACKET,
					 ENHANCED_PACKET};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct bytes file = one_interface();
		struct source_error error = {""};
		struct frame frame;

		end_block(&file, begin_block(&file, types[i]));
		struct source *source = must_open(&file);
		cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
		cr_assert_not_null(strstr(error.text, "with only 0 bytes in it"), "%s", error.text);
		source_close(source);
	}
}

/* An interface with one option of the given code and stated length, and four bytes of value. */
static void check_option(unsigned code, unsigned length, unsigned value, const char *expected)
{
	struct bytes file = {.count = 0};
	struct source_error error = {""};
	struct frame frame;

	put_section(&file, BYTES_LITTLE);
	size_t start = begin_block(&file, INTERFACE);
	put_u32(&file, 1);
	put_u32(&file, 0);
	put_u16(&file, code);
	put_u16(&file, length);
	put_u32(&file, value);
	end_block(&file, start);
	struct source *source = must_open(&file);
	if (expected) {
		cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
		cr_assert_not_null(strstr(error.text, expected), "%s", error.text);
	} else {
		must_end(source);
	}
	source_close(source);
}

Test(pcapng, options_of_an_interface_are_bounded)
{
	check_option(2, 4, 0, NULL);
	check_option(2, 5, 0, "option 2 of an interface cannot be 5 bytes long");
	check_option(2, 0xffff, 0, "option 2 of an interface cannot be 65535 bytes long");
	check_option(9, 1, 9, NULL);
	check_option(9, 2, 9, "option 9 of an interface cannot be 2 bytes long");
	check_option(14, 4, 0, "option 14 of an interface cannot be 4 bytes long");
	check_option(0, 0xffff, 0, NULL);
	check_option(9, 1, 19, NULL);
	check_option(9, 1, 20, "an interface's clock has the impossible resolution 0x14");
	check_option(9, 1, 0xbf, NULL);
	check_option(9, 1, 0xc0, "an interface's clock has the impossible resolution 0xc0");
}

Test(pcapng, versions)
{
	struct bytes file = {.count = 0};
	struct source_error error = {""};
	struct frame frame;

	put_section(&file, BYTES_LITTLE);
	file.at[14] = 2;
	struct source *source = must_open(&file);
	must_end(source);
	source_close(source);

	file.at[14] = 1;
	cr_assert_null(open_bytes(&file, &error));
	cr_assert_not_null(strstr(error.text, "is a pcapng of version 1.1, and only 1.0 and 1.2"));

	file = one_interface();
	put_packet(&file, 0, 1, 4, 4, 0);
	size_t second = file.count;
	put_section(&file, BYTES_LITTLE);
	file.at[second + 12] = 2;
	source = must_open(&file);
	must_read(source);
	cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
	cr_assert_not_null(strstr(error.text, "a section of pcapng version 2.0"));
	source_close(source);
}

Test(pcapng, a_section_without_byte_order)
{
	struct bytes file = {.count = 0};
	struct source_error error = {""};
	struct frame frame;

	put_section(&file, BYTES_LITTLE);
	file.at[8] = 0;
	struct source *source = must_open(&file);
	cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
	cr_assert_not_null(strstr(error.text, "damaged at byte 0: a section header without a "
					      "byte-order mark"));
	source_close(source);
}
