/* The classic format: every form, every damage. */
#define _POSIX_C_SOURCE 200809L

#include "test_source_bytes.h"

#include <inttypes.h>

static const uint32_t magic_us = 0xa1b2c3d4, magic_ns = 0xa1b23c4d, magic_kuznetzov = 0xa1b2cd34;

static void check_two_frames(enum byte_order order, uint32_t magic, int64_t second_ns,
			     unsigned digits)
{
	struct bytes file = {.order = order};
	struct source_info info;

	put_pcap_header(&file, magic, 65535, 1);
	put_pcap_record(&file, 1, 999999, 20, 20, 100);
	put_pcap_record(&file, 4000000000, 5, 3, 1500, 200);
	struct source *source = must_open(&file);

	struct frame frame = must_read(source);
	cr_assert_eq(frame.number, 1);
	cr_assert_eq(frame.captured_bytes, 20);
	cr_assert_eq(frame.wire_bytes, 20);
	cr_assert_eq(frame.linktype, 1);
	cr_assert_eq(frame.source, 7);
	cr_assert_eq(frame.bytes[0], 100);
	cr_assert_eq(frame.bytes[19], 119);
	frame = must_read(source);
	cr_assert_eq(frame.number, 2);
	cr_assert_eq(frame.ts_ns, INT64_C(4000000000000000000) + second_ns);
	cr_assert_eq(frame.captured_bytes, 3);
	cr_assert_eq(frame.wire_bytes, 1500);
	cr_assert_eq(frame.bytes[2], 202);
	must_end(source);

	source_info(source, &info);
	cr_assert_str_eq(info.format, "pcap");
	cr_assert_eq(info.tstamp_digits, digits);
	cr_assert_eq(info.snaplen, 65535);
	cr_assert_eq(info.linktype_count, 1);
	cr_assert_eq(info.linktype[0], 1);
	cr_assert_eq(info.frames, 2);
	cr_assert_eq(info.bytes, file.count);
	cr_assert_eq(info.size_bytes, file.count);
	source_close(source);
}

Test(pcap, little_endian_microseconds)
{
	check_two_frames(BYTES_LITTLE, magic_us, 5000, 6);
}

Test(pcap, big_endian_microseconds)
{
	check_two_frames(BYTES_BIG, magic_us, 5000, 6);
}

Test(pcap, little_endian_nanoseconds)
{
	check_two_frames(BYTES_LITTLE, magic_ns, 5, 9);
}

Test(pcap, big_endian_nanoseconds)
{
	check_two_frames(BYTES_BIG, magic_ns, 5, 9);
}

Test(pcap, kuznetzov_has_a_longer_record_header)
{
	struct bytes file = {.order = BYTES_LITTLE};

	put_pcap_header(&file, magic_kuznetzov, 65535, 1);
	for (unsigned i = 0; i < 2; i++) {
		put_pcap_record(&file, i, 0, 0, 0, 0);
		file.at[file.count - 8] = 2; /* captured */
		file.at[file.count - 4] = 2; /* wire */
		put_u64(&file, UINT64_MAX);
		put_run(&file, 10 * i, 2);
	}
	struct source *source = must_open(&file);
	must_read(source);
	struct frame frame = must_read(source);
	cr_assert_eq(frame.ts_ns, 1000000000);
	cr_assert_eq(frame.captured_bytes, 2);
	cr_assert_eq(frame.bytes[0], 10);
	must_end(source);
	source_close(source);
}

Test(pcap, link_type_is_the_lower_half_of_its_word)
{
	struct bytes file = {.order = BYTES_BIG};
	struct source_info info;

	put_pcap_header(&file, magic_us, 0, 0xf4330000 | 101);
	struct source *source = must_open(&file);
	source_info(source, &info);
	cr_assert_eq(info.linktype_count, 1);
	cr_assert_eq(info.linktype[0], 101);
	cr_assert_eq(info.snaplen, 0);
	must_end(source);
	source_close(source);
}

static struct frame frame_of_version(unsigned major, unsigned minor, uint32_t captured,
				     uint32_t wire)
{
	struct bytes file = {.order = BYTES_LITTLE};

	put_pcap_header(&file, magic_us, 65535, 1);
	file.at[4] = (uint8_t)major;
	file.at[5] = (uint8_t)(major >> 8);
	file.at[6] = (uint8_t)minor;
	put_pcap_record(&file, 0, 0, 0, 0, 0);
	file.at[file.count - 8] = (uint8_t)captured;
	file.at[file.count - 4] = (uint8_t)wire;
	put_run(&file, 0, 200);
	struct source *source = must_open(&file);
	struct frame frame = must_read(source);
	source_close(source);
	return frame;
}

Test(pcap, old_versions_swap_the_lengths)
{
	cr_assert_eq(frame_of_version(2, 4, 100, 150).captured_bytes, 100);
	cr_assert_eq(frame_of_version(2, 4, 150, 100).captured_bytes, 150);
	cr_assert_eq(frame_of_version(2, 9, 100, 150).captured_bytes, 100);
	cr_assert_eq(frame_of_version(2, 3, 100, 150).captured_bytes, 100);
	cr_assert_eq(frame_of_version(2, 3, 150, 100).captured_bytes, 100);
	cr_assert_eq(frame_of_version(2, 2, 150, 100).captured_bytes, 100);
	cr_assert_eq(frame_of_version(2, 2, 150, 100).wire_bytes, 150);
	cr_assert_eq(frame_of_version(543, 0, 150, 100).captured_bytes, 100);
}

/* An Ethernet, a Token Ring, an FDDI and a loopback interface by the numbers of RFC 1573; times are
 * in nanoseconds, and the lengths stand as in all old versions. */
Test(pcap, aix_has_link_types_of_its_own)
{
	static const struct {
		unsigned minor, linktype, expected;
		int64_t fraction_ns;
	} cases[] = {{2, 6, 1, 5},    {2, 9, 6, 5},      {2, 15, 10, 5},  {2, 24, 0, 5},
		     {2, 1, 1, 5000}, {2, 12, 12, 5000}, {3, 6, 6, 5000}, {4, 9, 9, 5000}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes file = {.order = BYTES_BIG};
		struct source_info info;

		put_pcap_header(&file, magic_us, 65535, cases[i].linktype);
		file.at[7] = (uint8_t)cases[i].minor;
		put_pcap_record(&file, 3, 5, 20, 20, 0);
		struct source *source = must_open(&file);
		struct frame frame = must_read(source);
		source_info(source, &info);
		cr_assert_eq(frame.linktype, cases[i].expected);
		cr_assert_eq(info.linktype[0], cases[i].expected);
		cr_assert_eq(frame.ts_ns, INT64_C(3000000000) + cases[i].fraction_ns);
		cr_assert_eq(info.tstamp_digits, cases[i].fraction_ns == 5 ? 9 : 6);
		source_close(source);
	}
}

Test(pcap, impossible_version_is_refused)
{
	struct bytes file = {.order = BYTES_LITTLE};
	struct source_error error = {""};

	put_pcap_header(&file, magic_us, 65535, 1);
	file.at[4] = 3;
	cr_assert_null(open_bytes(&file, &error));
	cr_assert_not_null(strstr(error.text,
				  ": is a pcap of version 3.4, and only 2.x can be read; "
				  "if it is not damaged, write it anew with tcpdump -w"));
}

Test(pcap, no_packets_is_no_error)
{
	struct bytes file = {.order = BYTES_LITTLE};

	put_pcap_header(&file, magic_us, 65535, 1);
	struct source *source = must_open(&file);
	must_end(source);
	source_close(source);
}

Test(pcap, empty_packets_are_frames)
{
	struct bytes file = {.order = BYTES_LITTLE};

	put_pcap_header(&file, magic_us, 65535, 1);
	put_pcap_record(&file, 1, 0, 0, 60, 0);
	struct source *source = must_open(&file);
	cr_assert_eq(must_read(source).wire_bytes, 60);
	must_end(source);
	source_close(source);
}

/* Where the cut falls in a file of two packets, of 10 and 30 bytes. */
static const struct part {
	size_t begin, wanted;
	unsigned frames; /* read before */
	const char *what, *before;
} parts[] = {
	{0, 24, 0, "the file header at byte %zu: ", "no frame before it could be read"},
	{24, 16, 0,
	 "a packet's header at byte %zu (frame 1): ", "no frame before it could be read"},
	{40, 10, 0, "a packet at byte %zu (frame 1): ", "no frame before it could be read"},
	{50, 16, 1,
	 "a packet's header at byte %zu (frame 2): ", "the one frame before it was read"},
	{66, 30, 1, "a packet at byte %zu (frame 2): ", "the one frame before it was read"},
};

static const struct part *part_at(size_t length)
{
	const struct part *part = parts;

	while (length >= part->begin + part->wanted)
		part++;
	return part;
}

Test(pcap, a_cut_is_told_at_every_length)
{
	struct bytes file = {.order = BYTES_LITTLE};

	put_pcap_header(&file, magic_us, 65535, 1);
	put_pcap_record(&file, 1, 0, 10, 10, 0);
	put_pcap_record(&file, 2, 0, 30, 30, 0);
	cr_assert_eq(file.count, 96);
	for (file.count = 4; file.count < 96; file.count++) {
		const struct part *part = part_at(file.count);
		struct source *source = must_open(&file);
		char where[100], expected[300];

		for (unsigned i = 0; i < part->frames; i++)
			must_read(source);
		snprintf(where, sizeof(where), part->what, file.count);
		snprintf(expected, sizeof(expected),
			 "cut in the middle of %s%zu of %zu bytes are there; %s", where,
			 file.count - part->begin, part->wanted, part->before);
		if (file.count == 24 || file.count == 50)
			must_end(source);
		else
			must_be_corrupt(source, expected);
		source_close(source);
	}
}

Test(pcap, an_absurd_length_is_damage)
{
	struct bytes file = {.order = BYTES_LITTLE};
	struct source_info info;

	put_pcap_header(&file, magic_us, 0xffffffff, 1);
	put_pcap_record(&file, 1, 0, 4, 4, 0);
	put_pcap_record(&file, 1, 0, 4, 4, 0);
	put_pcap_record(&file, 2, 0, 0, 0, 0);
	file.at[file.count - 6] = 4; /* 262144 */
	file.at[file.count - 8] = 1;
	struct source *source = must_open(&file);
	must_read(source);
	must_read(source);
	must_be_corrupt(source,
			"damaged at byte 64 (frame 3): it claims 262145 captured bytes, and "
			"no packet has more than 262144; the 2 frames before it were read");
	source_info(source, &info);
	cr_assert_eq(info.frames, 2);
	source_close(source);
}

Test(pcap, a_packet_may_outgrow_the_snap_length)
{
	struct bytes file = {.order = BYTES_LITTLE};

	put_pcap_header(&file, magic_us, 64, 1);
	put_pcap_record(&file, 1, 0, 200, 200, 0);
	struct source *source = must_open(&file);
	cr_assert_eq(must_read(source).captured_bytes, 200);
	must_end(source);
	source_close(source);
}

static void must_be_same(const struct frame *frame, const struct frame *expected)
{
	cr_assert_eq(frame->ts_ns, expected->ts_ns);
	cr_assert_eq(frame->number, expected->number);
	cr_assert_eq(frame->captured_bytes, expected->captured_bytes);
	cr_assert_eq(frame->wire_bytes, expected->wire_bytes);
	cr_assert_eq(frame->linktype, expected->linktype);
	cr_assert_eq(frame->source, expected->source);
	cr_assert_eq(frame->interface, expected->interface);
	cr_assert_eq(memcmp(frame->bytes, expected->bytes, frame->captured_bytes), 0);
}

/* Reads both to their ends, one of them in runs; returns how many frames came within these. */
static unsigned read_side_by_side(struct source *in_runs, struct source *one_by_one,
				  const char *damage)
{
	enum { RUN_FRAMES = 7 };
	struct source_error error;
	struct frame run[RUN_FRAMES], expected;
	unsigned count, more = 0;

	while (source_next(in_runs, &run[0], &error) == SOURCE_FRAME) {
		count = 1 + source_more(in_runs, run + 1, RUN_FRAMES - 1);
		more += count - 1;
		cr_assert_leq(count, RUN_FRAMES);
		for (unsigned i = 0; i < count; i++) {
			expected = must_read(one_by_one);
			must_be_same(&run[i], &expected);
		}
	}
	must_be_corrupt(in_runs, damage);
	must_be_corrupt(one_by_one, damage);
	return more;
}

/* At the end a record claims too much. */
Test(pcap, what_lies_in_memory_may_be_read_in_runs)
{
	enum { FRAMES = 50 };
	struct source_info info[2];

	for (unsigned order = BYTES_LITTLE; order <= BYTES_BIG; order++) {
		struct bytes file = {.order = order};

		put_pcap_header(&file, magic_us, 65535, 1);
		for (unsigned i = 0; i < FRAMES; i++)
			put_pcap_record(&file, i, i, i, 1000 + i, i);
		uint64_t end = file.count;
		for (unsigned i = 0; i < 4; i++) /* nothing but a header */
			put_u32(&file, 300000);
		struct source *in_runs = must_open(&file), *one_by_one = must_open(&file);
		char damage[200];
		snprintf(damage, sizeof(damage),
			 "damaged at byte %" PRIu64 " (frame 51): it claims 300000 captured "
			 "bytes, and no packet has more than 262144; the 50 frames before it "
			 "were read",
			 end);
		cr_expect_eq(read_side_by_side(in_runs, one_by_one, damage), 42);
		source_info(in_runs, &info[0]);
		source_info(one_by_one, &info[1]);
		cr_expect_eq(info[0].frames, info[1].frames);
		cr_expect_eq(info[0].bytes, info[1].bytes);
		source_close(in_runs);
		source_close(one_by_one);
	}
}

/* Asks a source that may have nothing yet until it has an answer. */
static enum source_status await(struct source *source, struct frame *frame)
{
	struct source_error error = {""};
	enum source_status status;

	do
		status = source_next(source, frame, &error);
	while (status == SOURCE_INTERRUPTED);
	return status;
}

/* More than one block of the buffer, through a pipe that gives little at a time. */
Test(pcap, standard_input_is_read_in_pieces)
{
	enum { FRAMES = 300, FRAME_BYTES = 3000 };
	struct source_error error = {""};
	struct source_info info;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	pid_t writer = fork();
	if (writer == 0) {
		struct bytes piece = {.order = BYTES_BIG};
		put_pcap_header(&piece, magic_ns, 65535, 101);
		for (unsigned i = 0; i < FRAMES; i++) {
			put_pcap_record(&piece, i, i, FRAME_BYTES, FRAME_BYTES, i);
			for (size_t done = 0; done < piece.count;) {
				size_t left = piece.count - done;
				ssize_t step =
					write(ends[1], piece.at + done, left < 777 ? left : 777);
				if (step < 0)
					_exit(1);
				done += (size_t)step;
			}
			piece.count = 0;
		}
		_exit(0);
	}
	close(ends[1]);
	cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	struct source *source = source_open_file("-", 0, &error);
	cr_assert_not_null(source, "%s", error.text);
	struct frame frame[3];
	for (unsigned i = 0, held = 0, at = 0; i < FRAMES; i++, at++) {
		if (at == held) {
			cr_assert_eq(await(source, &frame[0]), SOURCE_FRAME);
			held = 1 + source_more(source, frame + 1, 2);
			at = 0;
		}
		cr_assert_eq(frame[at].ts_ns, (int64_t)i * 1000000001);
		cr_assert_eq(frame[at].bytes[0], i & 0xff);
		cr_assert_eq(frame[at].bytes[FRAME_BYTES - 1], (i + FRAME_BYTES - 1) & 0xff);
	}
	cr_assert_eq(await(source, &(struct frame){0}), SOURCE_END);
	source_info(source, &info);
	cr_assert_str_eq(info.name, "-");
	cr_assert_eq(info.size_bytes, 0);
	cr_assert_eq(info.bytes, 24 + FRAMES * (16 + FRAME_BYTES));
	source_close(source);
}
