/*
 * The pcap file that is written, read back by our own reader.
 */
#define _POSIX_C_SOURCE 200809L

#include "source/packet_file.h"
#include "source/source.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/tcpbye_packet_file_XXXXXX";

static void make_path(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
}

static void remove_path(void)
{
	unlink(path);
}

static struct frame frame_of(const char *bytes, int64_t ts_ns, uint16_t linktype)
{
	return (struct frame){
		.ts_ns = ts_ns,
		.bytes = (const uint8_t *)bytes,
		.captured_bytes = (uint32_t)strlen(bytes),
		.wire_bytes = 1500,
		.linktype = linktype,
	};
}

/* The next frame of the file is this one. */
static void reads(struct source *source, const struct frame *expected)
{
	struct source_error error;
	struct frame frame;

	cr_assert_eq(source_next(source, &frame, &error), SOURCE_FRAME);
	cr_expect_eq(frame.ts_ns, expected->ts_ns);
	cr_expect_eq(frame.linktype, expected->linktype);
	cr_expect_eq(frame.wire_bytes, expected->wire_bytes);
	cr_assert_eq(frame.captured_bytes, expected->captured_bytes);
	cr_expect_arr_eq(frame.bytes, expected->bytes, frame.captured_bytes);
}

Test(packet_file, keeps_frames_to_the_nanosecond, .init = make_path, .fini = remove_path)
{
	const struct frame first = frame_of("first", 1700000000123456789, 113);
	const struct frame second = frame_of("and second", 1700000001000000000, 113);
	const struct frame other = frame_of("other", 1700000002000000000, 1);
	struct packet_file *file = packet_file_open(path);
	struct source_error error;
	struct source_info info;
	struct source *source;
	struct frame none;

	cr_assert_not_null(file);
	cr_expect_eq(packet_file_put(file, &first), PACKET_FILE_WRITTEN);
	cr_expect_eq(packet_file_put(file, &other), PACKET_FILE_LEFT_OUT);
	cr_expect_eq(packet_file_put(file, &second), PACKET_FILE_WRITTEN);
	cr_expect(packet_file_close(file));
	source = source_open_file(path, 0, &error);
	cr_assert_not_null(source, "%s", error.text);
	reads(source, &first);
	reads(source, &second);
	cr_expect_eq(source_next(source, &none, &error), SOURCE_END);
	source_info(source, &info);
	cr_expect_str_eq(info.format, "pcap");
	cr_expect_eq(info.tstamp_digits, 9);
	source_close(source);
}

Test(packet_file, is_a_capture_without_any_frame, .init = make_path, .fini = remove_path)
{
	struct packet_file *file = packet_file_open(path);
	struct source_error error;
	struct source *source;
	struct frame none;

	cr_assert_not_null(file);
	cr_expect(packet_file_close(file));
	source = source_open_file(path, 0, &error);
	cr_assert_not_null(source, "%s", error.text);
	cr_expect_eq(source_next(source, &none, &error), SOURCE_END);
	source_close(source);
}

Test(packet_file, tells_what_cannot_be_written)
{
	const struct frame frame = frame_of("frame", 0, 1);
	struct packet_file *file;

	cr_expect_null(packet_file_open("/no/such/directory/file"));
	file = packet_file_open("/dev/full");
	if (file == NULL)
		return;
	cr_expect_eq(packet_file_put(file, &frame), PACKET_FILE_WRITTEN); /* into a buffer */
	cr_expect_not(packet_file_close(file));
}
