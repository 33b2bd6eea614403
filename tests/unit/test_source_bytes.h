/*
 * Capture files as bytes made by hand, and a source that reads them.
 */
#ifndef TCPBYE_TEST_SOURCE_BYTES_H
#define TCPBYE_TEST_SOURCE_BYTES_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/bytes.h"
#include "source/source.h"

enum { BYTES_ROOM = 4096 };

struct bytes {
	uint8_t at[BYTES_ROOM];
	size_t count;
	enum byte_order order;
};

static inline void put_u8(struct bytes *bytes, unsigned value)
{
	cr_assert_lt(bytes->count, sizeof(bytes->at));
	bytes->at[bytes->count++] = (uint8_t)value;
}

static inline void put_u16(struct bytes *bytes, unsigned value)
{
	put_u8(bytes, bytes->order == BYTES_BIG ? value >> 8 : value & 0xff);
	put_u8(bytes, bytes->order == BYTES_BIG ? value & 0xff : value >> 8);
}

static inline void put_u32(struct bytes *bytes, uint32_t value)
{
	put_u16(bytes, bytes->order == BYTES_BIG ? value >> 16 : value & 0xffff);
	put_u16(bytes, bytes->order == BYTES_BIG ? value & 0xffff : value >> 16);
}

static inline void put_u64(struct bytes *bytes, uint64_t value)
{
	uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);

	put_u32(bytes, bytes->order == BYTES_BIG ? high : low);
	put_u32(bytes, bytes->order == BYTES_BIG ? low : high);
}

/* `count` bytes that count up from `first`. */
static inline void put_run(struct bytes *bytes, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put_u8(bytes, first + i);
}

/* A classic file header of version 2.4. */
static inline void put_pcap_header(struct bytes *bytes, uint32_t magic, uint32_t snaplen,
				   uint32_t linktype)
{
	put_u32(bytes, magic);
	put_u16(bytes, 2);
	put_u16(bytes, 4);
	put_u64(bytes, 0);
	put_u32(bytes, snaplen);
	put_u32(bytes, linktype);
}

/* A classic record whose bytes count up from `first`. */
static inline void put_pcap_record(struct bytes *bytes, uint32_t seconds, uint32_t fraction,
				   uint32_t captured, uint32_t wire, unsigned first)
{
	put_u32(bytes, seconds);
	put_u32(bytes, fraction);
	put_u32(bytes, captured);
	put_u32(bytes, wire);
	put_run(bytes, first, captured);
}

/* Writes the bytes to a new file and gives its name, to be freed. */
static inline char *write_file(const struct bytes *bytes)
{
	char *name = strdup("/tmp/tcpbye-test-XXXXXX");
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes->at, bytes->count), (ssize_t)bytes->count);
	close(fd);
	return name;
}

/* A source over the bytes, or NULL with the error; the file is already unlinked. */
static inline struct source *open_bytes(const struct bytes *bytes, struct source_error *error)
{
	char *name = write_file(bytes);
	struct source *source = source_open_file(name, 7, error);

	unlink(name);
	free(name);
	return source;
}

static inline struct source *must_open(const struct bytes *bytes)
{
	struct source_error error = {""};
	struct source *source = open_bytes(bytes, &error);

	cr_assert_not_null(source, "%s", error.text);
	return source;
}

static inline struct frame must_read(struct source *source)
{
	struct source_error error = {""};
	struct frame frame = {0};

	cr_assert_eq(source_next(source, &frame, &error), SOURCE_FRAME, "%s", error.text);
	return frame;
}

static inline void must_end(struct source *source)
{
	struct source_error error = {""};
	struct source_info info;
	struct frame frame;

	cr_assert_eq(source_next(source, &frame, &error), SOURCE_END, "%s", error.text);
	cr_assert_eq(source_next(source, &frame, &error), SOURCE_END);
	source_info(source, &info);
	cr_assert(info.complete);
	cr_assert_null(info.error);
}

/* The source is damaged here, and says `expected` after its name, each time it is asked. */
static inline void must_be_corrupt(struct source *source, const char *expected)
{
	struct source_info info;
	struct frame frame;

	for (int asked = 0; asked < 2; asked++) {
		struct source_error error = {""};

		cr_assert_eq(source_next(source, &frame, &error), SOURCE_CORRUPT);
		const char *text = strstr(error.text, ": ");
		cr_assert_not_null(text);
		cr_assert_str_eq(text + 2, expected);
	}
	source_info(source, &info);
	cr_assert_not(info.complete);
	cr_assert_not_null(info.error);
	cr_assert_not_null(strstr(info.error, expected));
}

#endif
