/* Captures far larger than any buffer come out of each compression as they went in. */
#define _POSIX_C_SOURCE 200809L

#include "test_source_codecs.h"

enum { LARGE_RECORDS = 40, LARGE_BYTES = 200000, LARGE_FILE_BYTES = 24 + LARGE_RECORDS * 200016 };

/* A byte of a record: noise in every other record, so that it both compresses and does not. */
static uint8_t byte_of(unsigned record, unsigned at)
{
	uint32_t mixed = (at + 1) * 2654435761u ^ (record + 1) * 40503u;

	return record % 2 ? (uint8_t)record : (uint8_t)((mixed ^ mixed >> 15) * 2246822519u >> 24);
}

static uint8_t *make_large(void)
{
	uint8_t *whole = malloc(LARGE_FILE_BYTES), *at = whole;
	struct bytes header = {.count = 0};

	cr_assert_not_null(whole);
	put_pcap_header(&header, 0xa1b2c3d4, 0, 1);
	memcpy(at, header.at, header.count);
	at += header.count;
	for (unsigned record = 0; record < LARGE_RECORDS; record++) {
		header.count = 0;
		put_pcap_record(&header, record, 0, 0, LARGE_BYTES, 0);
		memcpy(at, header.at, 16);
		memcpy(at + 8, header.at + 12, 4);
		at += 16;
		for (unsigned i = 0; i < LARGE_BYTES; i++)
			*at++ = byte_of(record, i);
	}
	return whole;
}

static size_t gzip_at_once(uint8_t *to, size_t room, const uint8_t *from)
{
	z_stream stream = {0};

	cr_assert_eq(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)from;
	stream.avail_in = LARGE_FILE_BYTES;
	stream.next_out = to;
	stream.avail_out = (uInt)room;
	cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return room - stream.avail_out;
}

static size_t zstd_at_once(uint8_t *to, size_t room, const uint8_t *from)
{
	return ZSTD_compress(to, room, from, LARGE_FILE_BYTES, 1);
}

static size_t lz4_at_once(uint8_t *to, size_t room, const uint8_t *from)
{
	LZ4F_preferences_t wishes = {.frameInfo = {.blockSizeID = LZ4F_max4MB}};

	return LZ4F_compressFrame(to, room, from, LARGE_FILE_BYTES, &wishes);
}

static void check_record(const struct frame *frame, unsigned record)
{
	cr_assert_eq(frame->ts_ns, record * 1000000000ll);
	cr_assert_eq(frame->captured_bytes, LARGE_BYTES);
	for (unsigned i = 0; i < LARGE_BYTES; i++)
		if (frame->bytes[i] != byte_of(record, i))
			cr_assert_fail("record %u is wrong at %u", record, i);
}

static void check_file(const uint8_t *at, size_t count_bytes)
{
	char name[] = "/tmp/tcpbye-test-XXXXXX";
	struct source_error error = {""};
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, at, count_bytes), (ssize_t)count_bytes);
	close(fd);
	struct source *source = source_open_file(name, 0, &error);
	unlink(name);
	cr_assert_not_null(source, "%s", error.text);
	for (unsigned record = 0; record < LARGE_RECORDS; record++) {
		struct frame frame = must_read(source);

		check_record(&frame, record);
	}
	must_end(source);
	source_close(source);
}

Test(large, each_format)
{
	size_t (*const at_once[])(uint8_t * to, size_t room,
				  const uint8_t *from) = {gzip_at_once, zstd_at_once, lz4_at_once};
	size_t room = LARGE_FILE_BYTES * 2;
	uint8_t *plain = make_large(), *compressed = malloc(room);

	cr_assert_not_null(compressed);
	for (unsigned i = 0; i < COMPRESSORS; i++) {
		size_t count = at_once[i](compressed, room, plain);

		cr_assert_lt(count, LARGE_FILE_BYTES * 3 / 4);
		check_file(compressed, count);
	}
	free(compressed);
	free(plain);
}
