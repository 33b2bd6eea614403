/*
 * Captures compressed by the libraries themselves, in each of the formats that are read.
 */
#ifndef TCPBYE_TEST_SOURCE_CODECS_H
#define TCPBYE_TEST_SOURCE_CODECS_H

#include "test_source_bytes.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

enum { PARTS_MAX = 16 };

/* A capture as its parts: the header, then a record each. */
struct parts {
	struct bytes whole;
	size_t end[PARTS_MAX]; /* of each part in it */
	unsigned count;
};

/* How one library compresses: each part into `file` so that it can be decompressed once all of its
 * bytes are there, `file_end` being where these end. */
struct compressor {
	const char *name;
	void (*compress)(const struct parts *parts, struct bytes *file, size_t *file_end);
};

static inline void compress_gzip(const struct parts *parts, struct bytes *file, size_t *file_end)
{
	z_stream stream = {0};
	size_t begin = 0;

	cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_out = file->at + file->count;
	stream.avail_out = (uInt)(sizeof(file->at) - file->count);
	for (unsigned i = 0; i < parts->count; begin = parts->end[i++]) {
		stream.next_in = (Bytef *)(uintptr_t)(parts->whole.at + begin);
		stream.avail_in = (uInt)(parts->end[i] - begin);
		cr_assert_eq(deflate(&stream, Z_FULL_FLUSH), Z_OK);
		file_end[i] = sizeof(file->at) - stream.avail_out;
	}
	cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	file->count = sizeof(file->at) - stream.avail_out;
	deflateEnd(&stream);
}

static inline void compress_zstd(const struct parts *parts, struct bytes *file, size_t *file_end)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_outBuffer out = {file->at, sizeof(file->at), file->count};
	size_t begin = 0;

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	for (unsigned i = 0; i < parts->count; begin = parts->end[i++]) {
		ZSTD_inBuffer in = {parts->whole.at + begin, parts->end[i] - begin, 0};

		cr_assert_eq(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush), 0);
		file_end[i] = out.pos;
	}
	ZSTD_inBuffer nothing = {"", 0, 0};
	cr_assert_eq(ZSTD_compressStream2(context, &out, &nothing, ZSTD_e_end), 0);
	file->count = out.pos;
	ZSTD_freeCCtx(context);
}

static inline size_t lz4_wrote(size_t result)
{
	cr_assert_not(LZ4F_isError(result), "%s", LZ4F_getErrorName(result));
	return result;
}

/* The library asks for room for the worst case, far more than `file` has. */
static inline void compress_lz4(const struct parts *parts, struct bytes *file, size_t *file_end)
{
	static uint8_t room[512 * 1024];
	LZ4F_preferences_t wishes = {.frameInfo = {.contentChecksumFlag = 1}};
	LZ4F_cctx *context;
	size_t begin = 0, count;

	cr_assert_not(LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)));
	count = lz4_wrote(LZ4F_compressBegin(context, room, sizeof(room), &wishes));
	for (unsigned i = 0; i < parts->count; begin = parts->end[i++]) {
		count += lz4_wrote(LZ4F_compressUpdate(context, room + count, sizeof(room) - count,
						       parts->whole.at + begin,
						       parts->end[i] - begin, NULL));
		count += lz4_wrote(LZ4F_flush(context, room + count, sizeof(room) - count, NULL));
		file_end[i] = file->count + count;
	}
	count += lz4_wrote(LZ4F_compressEnd(context, room + count, sizeof(room) - count, NULL));
	LZ4F_freeCompressionContext(context);
	cr_assert_leq(file->count + count, sizeof(file->at));
	memcpy(file->at + file->count, room, count);
	file->count += count;
}

enum { COMPRESSORS = 3 };

static const struct compressor compressors[COMPRESSORS] = {
	{"gzip", compress_gzip},
	{"zstd", compress_zstd},
	{"lz4", compress_lz4},
};

/* Some records that compress well between some that do not. */
static inline void put_parts(struct parts *parts, unsigned records)
{
	struct bytes *whole = &parts->whole;

	put_pcap_header(whole, 0xa1b2c3d4, 0, 1);
	parts->end[parts->count++] = whole->count;
	for (unsigned i = 0; i < records; i++) {
		put_pcap_record(whole, i, 0, 60 + i, 60 + i, i * 7);
		if (i % 2)
			memset(whole->at + whole->count - 60, (int)i, 60);
		parts->end[parts->count++] = whole->count;
	}
}

#endif
