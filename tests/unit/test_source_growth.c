/* Captures that grow, or shrink, while they are read. */
#define _POSIX_C_SOURCE 200809L

#include "test_source_codecs.h"

#include <fcntl.h>
#include <sys/stat.h>

/* A file that is written piece by piece, and a source that follows it. */
struct growing {
	char *name;
	int fd;
	struct source *source;
};

static struct growing begin_empty(void)
{
	struct bytes nothing = {.count = 0};
	struct growing growing = {.name = write_file(&nothing)};
	struct source_error error = {""};

	growing.fd = open(growing.name, O_WRONLY | O_APPEND);
	growing.source = source_open_growing(growing.name, 7, &error);
	cr_assert_not_null(growing.source, "%s", error.text);
	return growing;
}

static void end(struct growing *growing)
{
	source_close(growing->source);
	close(growing->fd);
	unlink(growing->name);
	free(growing->name);
}

static void grow(const struct growing *growing, const uint8_t *bytes, size_t count)
{
	cr_assert_eq(write(growing->fd, bytes, count), (ssize_t)count);
}

static void must_wait(const struct growing *growing)
{
	struct source_error error = {""};
	struct frame frame;

	cr_assert_eq(source_next(growing->source, &frame, &error), SOURCE_INTERRUPTED);
}

/* Grows by these bytes in three pieces, of which only the last makes a frame whole. */
static struct frame grow_by_a_frame(const struct growing *growing, const uint8_t *bytes,
				    size_t count)
{
	grow(growing, bytes, 5);
	must_wait(growing);
	grow(growing, bytes + 5, count - 6);
	must_wait(growing);
	grow(growing, bytes + count - 1, 1);
	return must_read(growing->source);
}

Test(growth, of_a_pcap_from_nothing_on)
{
	struct bytes file = {.order = BYTES_LITTLE};
	struct growing growing = begin_empty();
	struct source_info info;

	must_wait(&growing);
	put_pcap_header(&file, 0xa1b2c3d4, 65535, 1);
	put_pcap_record(&file, 1, 0, 20, 20, 100);
	struct frame frame = grow_by_a_frame(&growing, file.at, file.count);
	cr_assert_eq(frame.number, 1);
	cr_assert_eq(frame.source, 7);
	cr_assert_eq(frame.bytes[19], 119);
	must_wait(&growing);
	size_t before = file.count;
	put_pcap_record(&file, 2, 0, 30, 30, 0);
	frame = grow_by_a_frame(&growing, file.at + before, file.count - before);
	cr_assert_eq(frame.number, 2);
	source_info(growing.source, &info);
	cr_assert_not(info.complete);
	cr_assert_null(info.error);
	cr_assert_str_eq(info.format, "pcap");
	end(&growing);
}

static void put_words(struct bytes *file, const uint32_t *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put_u32(file, words[i]);
}

/* A section with one interface of Ethernet. */
static void put_pcapng_header(struct bytes *file)
{
	static const uint32_t words[] = {0x0a0d0d0a, 28,         0x1a2b3c4d, 0x00010000,
					 UINT32_MAX, UINT32_MAX, 28,         1,
					 20,         0x00010000, 0,          20};

	put_words(file, words, sizeof(words) / sizeof(words[0]));
}

static void put_enhanced_packet(struct bytes *file, uint32_t ticks)
{
	const uint32_t words[] = {6, 40, 0, 0, ticks, 8, 8, 0x01020304, 0x05060708, 40};

	put_words(file, words, sizeof(words) / sizeof(words[0]));
}

Test(growth, of_a_pcapng)
{
	struct bytes file = {.order = BYTES_BIG};
	struct growing growing = begin_empty();

	put_pcapng_header(&file);
	put_enhanced_packet(&file, 1);
	cr_assert_eq(grow_by_a_frame(&growing, file.at, file.count).number, 1);
	size_t before = file.count;
	put_enhanced_packet(&file, 2);
	cr_assert_eq(grow_by_a_frame(&growing, file.at + before, file.count - before).number, 2);
	must_wait(&growing);
	end(&growing);
}

Test(growth, of_what_is_compressed)
{
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		struct parts parts = {.count = 0};
		struct bytes file = {.count = 0};
		size_t file_end[PARTS_MAX];
		struct growing growing = begin_empty();

		put_parts(&parts, 3);
		compressors[i].compress(&parts, &file, file_end);
		grow(&growing, file.at, file_end[0]);
		must_wait(&growing);
		for (unsigned part = 1; part < parts.count; part++) {
			grow(&growing, file.at + file_end[part - 1],
			     file_end[part] - file_end[part - 1]);
			cr_assert_eq(must_read(growing.source).number, part);
			must_wait(&growing);
		}
		end(&growing);
	}
}

Test(growth, of_what_is_no_capture)
{
	static const char text[] = "this is no capture\n";
	struct growing growing = begin_empty();
	struct source_error error = {""};
	struct frame frame;

	grow(&growing, (const uint8_t *)text, sizeof(text));
	cr_assert_eq(source_next(growing.source, &frame, &error), SOURCE_FAILED);
	cr_assert_not_null(strstr(error.text, "is neither pcap nor pcapng"));
	cr_assert_eq(source_next(growing.source, &frame, &error), SOURCE_FAILED);
	end(&growing);
}

Test(growth, a_file_that_is_emptied_has_ended)
{
	struct bytes file = {.order = BYTES_LITTLE};
	struct growing growing = begin_empty();
	struct source_error error = {""};
	struct frame frame;

	put_pcap_header(&file, 0xa1b2c3d4, 65535, 1);
	put_pcap_record(&file, 1, 0, 20, 20, 100);
	grow(&growing, file.at, file.count);
	must_read(growing.source);
	cr_assert_eq(ftruncate(growing.fd, 10), 0);
	cr_assert_eq(source_next(growing.source, &frame, &error), SOURCE_CORRUPT);
	cr_assert_not_null(strstr(error.text,
				  ": has shrunk to 10 bytes while it was read: byte 10 is "
				  "no longer there; the one frame before it was read"));
	end(&growing);
}

/* More than is read at once, so that there is something to lose. */
Test(growth, a_file_that_shrinks_is_told)
{
	enum { FRAMES = 100, FRAME_BYTES = 4000 };
	struct bytes file = {.order = BYTES_LITTLE};
	struct growing growing = begin_empty();
	struct source_error error = {""};
	struct frame frame;
	unsigned frames = 0;

	put_pcap_header(&file, 0xa1b2c3d4, 65535, 1);
	grow(&growing, file.at, file.count);
	file.count = 0;
	put_pcap_record(&file, 1, 0, FRAME_BYTES, FRAME_BYTES, 0);
	for (unsigned i = 0; i < FRAMES; i++)
		grow(&growing, file.at, file.count);
	struct source *source = source_open_file(growing.name, 0, &error);
	cr_assert_not_null(source);
	enum source_status status = source_next(source, &frame, &error);
	cr_assert_eq(ftruncate(growing.fd, 24 + 80 * (FRAME_BYTES + 16)), 0);
	for (; status == SOURCE_FRAME; frames++)
		status = source_next(source, &frame, &error);
	cr_assert_eq(status, SOURCE_CORRUPT);
	cr_assert_eq(frames, 80);
	cr_assert_not_null(strstr(error.text, ": has shrunk to 321304 bytes while it was read"));
	source_close(source);
	end(&growing);
}
