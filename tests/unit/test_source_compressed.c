/* Compressed captures give what the plain ones give, and up to the damage where they are damaged.
 */
#define _POSIX_C_SOURCE 200809L

#include "test_source_codecs.h"

#include <signal.h>

enum { RECORDS = 9 };

/* Reads to the end, holding each frame against the plain capture as long as `same` frames have not
 * come; returns how many frames came. */
static unsigned read_against(struct source *source, const struct parts *parts, unsigned same,
			     enum source_status *ended, struct source_error *error)
{
	unsigned frames = 0;
	struct frame frame;

	while ((*ended = source_next(source, &frame, error)) == SOURCE_FRAME) {
		if (frames++ >= same)
			continue;
		const uint8_t *record = parts->whole.at + parts->end[frames - 1];
		cr_assert_eq(frame.number, frames);
		cr_assert_eq(frame.ts_ns, (int64_t)bytes_le32(record) * 1000000000);
		cr_assert_eq(frame.captured_bytes, bytes_le32(record + 8));
		cr_assert_eq(memcmp(frame.bytes, record + 16, frame.captured_bytes), 0);
	}
	return frames;
}

/* The whole capture is read from the file. */
static void check_whole(const struct bytes *file, const char *name, const struct parts *parts)
{
	struct source *source = must_open(file);
	struct source_error error = {""};
	struct source_info info;
	enum source_status ended;

	cr_assert_eq(read_against(source, parts, PARTS_MAX, &ended, &error), parts->count - 1);
	cr_assert_eq(ended, SOURCE_END, "%s: %s", name, error.text);
	source_info(source, &info);
	cr_assert_str_eq(info.format, "pcap");
	cr_assert_str_eq(info.compression, name);
	cr_assert_eq(info.bytes, file->count);
	cr_assert_eq(info.size_bytes, file->count);
	cr_assert(info.complete);
	source_close(source);
}

Test(compressed, each_format)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = 0};
		struct bytes file = {.count = 0};
		size_t file_end[PARTS_MAX];

		put_parts(&parts, RECORDS);
		compressors[i].compress(&parts, &file, file_end);
		check_whole(&file, compressors[i].name, &parts);
	}
}

/* The capture in three members, the second of which has nothing in it. */
Test(compressed, members_are_read_as_one)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts whole = {.count = 0}, first = {.count = 0}, rest = {.count = 0};
		const struct parts none = {.count = 0};
		struct bytes file = {.count = 0};
		size_t file_end[PARTS_MAX], cut;

		put_parts(&whole, RECORDS);
		cut = whole.end[3] + 5;
		first = whole;
		first.count = 1;
		first.end[0] = cut;
		rest.count = 1;
		rest.end[0] = rest.whole.count = whole.whole.count - cut;
		memcpy(rest.whole.at, whole.whole.at + cut, rest.whole.count);
		compressors[i].compress(&first, &file, file_end);
		compressors[i].compress(&none, &file, file_end);
		compressors[i].compress(&rest, &file, file_end);
		check_whole(&file, compressors[i].name, &whole);
	}
}

Test(compressed, a_frame_to_be_skipped_comes_first)
{
	struct parts parts = {.count = 0};
	struct bytes file = {.count = 0};
	size_t file_end[PARTS_MAX];

	put_u32(&file, 0x184d2a50);
	put_u32(&file, 4);
	put_u32(&file, 0x11223344);
	put_parts(&parts, RECORDS);
	compress_zstd(&parts, &file, file_end);
	check_whole(&file, "zstd", &parts);
}

/* How many records are in the first `count_bytes` of the compressed file. */
static unsigned records_within(const struct parts *parts, const size_t *file_end,
			       size_t count_bytes)
{
	unsigned records = 0;

	while (records + 1 < parts->count && file_end[records + 1] <= count_bytes)
		records++;
	return records;
}

Test(compressed, cut_anywhere)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = 0};
		struct bytes file = {.count = 0};
		size_t file_end[PARTS_MAX];

		put_parts(&parts, RECORDS);
		compressors[i].compress(&parts, &file, file_end);
		size_t whole = file.count;
		for (file.count = 4; file.count < whole; file.count++) {
			struct source *source = must_open(&file);
			struct source_error error = {""};
			enum source_status ended;
			unsigned frames = read_against(source, &parts, PARTS_MAX, &ended, &error);
			char expected[100];

			cr_assert_eq(ended, SOURCE_CORRUPT);
			cr_assert_geq(frames, records_within(&parts, file_end, file.count));
			snprintf(expected, sizeof(expected),
				 ": its %s compression breaks off at byte %zu; ",
				 compressors[i].name, file.count);
			cr_assert_not_null(strstr(error.text, expected), "%s", error.text);
			source_close(source);
		}
	}
}

/* Whatever is damaged, all that was compressed before it is there, and unharmed. */
Test(compressed, each_bit_turned_over)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = 0};
		struct bytes file = {.count = 0};
		size_t file_end[PARTS_MAX];
		unsigned corrupt = 0;

		put_parts(&parts, RECORDS);
		compressors[i].compress(&parts, &file, file_end);
		for (size_t bit = 0; bit < file.count * 8; bit++) {
			unsigned sound = records_within(&parts, file_end, bit / 8);
			struct source_error error = {""};
			enum source_status ended;

			file.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
			struct source *source = open_bytes(&file, &error);
			file.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
			cr_assert(source != NULL || sound == 0);
			if (!source)
				continue;
			cr_assert_geq(read_against(source, &parts, sound, &ended, &error), sound,
				      "%s: bit %zu: %s", compressors[i].name, bit, error.text);
			corrupt += ended == SOURCE_CORRUPT;
			source_close(source);
		}
		cr_assert_gt(corrupt, file.count * 7, "%s: %u of %zu bits", compressors[i].name,
			     corrupt, file.count * 8);
	}
}

Test(compressed, what_follows_must_be_compressed_too)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = 0};
		struct bytes file = {.count = 0};
		size_t file_end[PARTS_MAX];
		struct source_error error = {""};
		enum source_status ended;

		put_parts(&parts, RECORDS);
		compressors[i].compress(&parts, &file, file_end);
		put_run(&file, 'a', 20);
		struct source *source = must_open(&file);
		cr_assert_eq(read_against(source, &parts, PARTS_MAX, &ended, &error), RECORDS);
		cr_assert_eq(ended, SOURCE_CORRUPT);
		cr_assert_not_null(strstr(error.text, " compression is damaged at byte "), "%s",
				   error.text);
		cr_assert_not_null(strstr(error.text, "; the 9 frames before it were read"));
		source_close(source);
	}
}

/* The words of zlib stand in the message. */
Test(compressed, damage_is_described)
{
	struct parts parts = {.count = 0};
	struct bytes file = {.count = 0};
	size_t file_end[PARTS_MAX];

	put_parts(&parts, 1);
	compress_gzip(&parts, &file, file_end);
	file.at[file.count - 8] ^= 1;
	struct source *source = must_open(&file);
	must_read(source);
	char expected[200];
	snprintf(expected, sizeof(expected),
		 "its gzip compression is damaged at byte %zu: incorrect data check; the one frame "
		 "before it was read",
		 file.count - 4);
	must_be_corrupt(source, expected);
	source_close(source);
}

/* The capture ends early, and its compression does not. */
Test(compressed, a_cut_capture_in_whole_compression)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = 0};
		struct bytes file = {.count = 0};
		size_t file_end[PARTS_MAX];

		put_parts(&parts, 2);
		parts.end[2] -= 10;
		compressors[i].compress(&parts, &file, file_end);
		struct source *source = must_open(&file);
		must_read(source);
		must_be_corrupt(source, "cut in the middle of a packet at decompressed byte 167 "
					"(frame 2): 51 of 61 bytes are there; the one frame before "
					"it was read");
		source_close(source);
	}
}

/* These bytes, compressed, are refused with this text after the words for their compression. */
static void check_content(const void *content, size_t count_bytes, const char *expected)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = count_bytes ? 1 : 0, .end = {count_bytes}};
		struct bytes file = {.count = 0};
		struct source_error error = {""};
		size_t file_end[PARTS_MAX];
		char text[400];

		if (count_bytes)
			memcpy(parts.whole.at, content, count_bytes);
		compressors[i].compress(&parts, &file, file_end);
		cr_assert_null(open_bytes(&file, &error));
		snprintf(text, sizeof(text), ": is %s-compressed, and what is in it %s",
			 compressors[i].name, expected);
		cr_assert_not_null(strstr(error.text, text), "%s", error.text);
	}
}

Test(compressed, what_is_no_capture)
{
	check_content("", 0, "is empty; was nothing captured?");
	check_content("\xd4\xc3", 2,
		      "is too short for a capture: it has 2 of the 24 bytes that a file header "
		      "takes");
	check_content("GET / HTTP/1.0", 14,
		      "is neither pcap nor pcapng (it begins with 47 45 54 20); give a capture "
		      "that was compressed");
	check_content("snoop\0\0\0\0\0\0\2", 12,
		      "is a snoop capture, not pcap; make a pcap or pcapng of it first");
}

/* What is compressed twice is not followed. */
Test(compressed, twice)
{
	struct parts parts = {.count = 0};
	struct bytes file = {.count = 0};
	size_t file_end[PARTS_MAX];

	put_parts(&parts, 1);
	compress_gzip(&parts, &file, file_end);
	check_content(file.at, file.count, "is gzip-compressed; make a pcap or pcapng of it first");
}

/* An empty frame of zstd that claims a window of 2^`log` bytes. */
static void put_window(struct bytes *file, unsigned log)
{
	put_u32(file, 0xfd2fb528);
	put_u8(file, 0);
	put_u8(file, (log - 10) << 3);
	put_u8(file, 1);
	put_u16(file, 0);
}

Test(compressed, memory_is_bounded)
{
	struct bytes large = {.count = 0}, too_large = {.count = 0};
	struct source_error error = {""};

	put_window(&large, 27);
	cr_assert_null(open_bytes(&large, &error));
	cr_assert_not_null(strstr(error.text, ": is zstd-compressed, and what is in it is empty"));
	put_window(&too_large, 28);
	cr_assert_null(open_bytes(&too_large, &error));
	cr_assert_not_null(strstr(error.text,
				  ": takes more than 128 MiB of memory to decompress; decompress "
				  "it first: zstdcat --long=31 FILE | tcpbye -r -"));
}

static void on_alarm(int number)
{
	(void)number;
}

/* Through a pipe that halts in the middle of a record. */
Test(compressed, standard_input)
{
	struct sigaction action = {.sa_handler = on_alarm};

	cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = 0};
		struct bytes file = {.count = 0};
		struct source_error error = {""};
		enum source_status ended;
		size_t file_end[PARTS_MAX];
		int ends[2];

		put_parts(&parts, RECORDS);
		compressors[i].compress(&parts, &file, file_end);
		size_t half = file_end[4] + 3;
		cr_assert_eq(pipe(ends), 0);
		cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
		close(ends[0]);
		cr_assert_eq(write(ends[1], file.at, half), (ssize_t)half);
		struct source *source = source_open_file("-", 0, &error);
		cr_assert_not_null(source, "%s", error.text);
		alarm(1);
		cr_assert_eq(read_against(source, &parts, PARTS_MAX, &ended, &error), 4);
		cr_assert_eq(ended, SOURCE_INTERRUPTED);
		cr_assert_eq(write(ends[1], file.at + half, file.count - half),
			     (ssize_t)(file.count - half));
		close(ends[1]);
		cr_assert_eq(read_against(source, &parts, 0, &ended, &error), RECORDS - 4);
		cr_assert_eq(ended, SOURCE_END, "%s", error.text);
		source_close(source);
	}
}
