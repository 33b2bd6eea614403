#include "campaign/variants.h"

#include "fuzz/harness.h"

#include <lz4frame.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { FLIPS_MAX = 8 };

/* One step of SplitMix64: good enough to choose places, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

unsigned variants_count(const struct variants_plan *plan)
{
	return VARIANT_CUT + plan->cuts + plan->flips;
}

enum variant_kind variant_kind(const struct variants_plan *plan, unsigned number)
{
	if (number < VARIANT_CUT)
		return (enum variant_kind)number;
	return number - VARIANT_CUT < plan->cuts ? VARIANT_CUT : VARIANT_FLIP;
}

const char *variant_kind_word(unsigned kind)
{
	static const char *const words[VARIANT_KINDS] = {
		[VARIANT_WHOLE] = "as they are",     [VARIANT_GZIP] = "in gzip",
		[VARIANT_ZSTD] = "in zstd",          [VARIANT_LZ4] = "in lz4",
		[VARIANT_CUT] = "cut at some place", [VARIANT_FLIP] = "with bytes changed",
	};

	return words[kind];
}

void variant_name(const struct variants_plan *plan, unsigned number, char *name, size_t room_bytes)
{
	snprintf(name, room_bytes, "%s, seed %llu", variant_kind_word(variant_kind(plan, number)),
		 (unsigned long long)plan->seed);
}

static void allocate(struct variant *variant, size_t room_bytes)
{
	variant->bytes = malloc(room_bytes > 0 ? room_bytes : 1);
	variant->size_bytes = room_bytes;
	MUST(variant->bytes != NULL);
}

/* No byte more than there is, so that AddressSanitizer sees the first one beyond. */
static void shrink(struct variant *variant, size_t size_bytes)
{
	uint8_t *bytes = realloc(variant->bytes, size_bytes > 0 ? size_bytes : 1);

	MUST(bytes != NULL);
	variant->bytes = bytes;
	variant->size_bytes = size_bytes;
}

static void make_gzip(const uint8_t *bytes, size_t size_bytes, struct variant *variant)
{
	enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8 };
	z_stream stream = {0};

	MUST(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
			  Z_DEFAULT_STRATEGY) == Z_OK);
	allocate(variant, deflateBound(&stream, (uLong)size_bytes));
	stream.next_in = (Bytef *)(uintptr_t)bytes;
	stream.avail_in = (uInt)size_bytes;
	stream.next_out = variant->bytes;
	stream.avail_out = (uInt)variant->size_bytes;
	MUST(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	shrink(variant, stream.total_out);
	deflateEnd(&stream);
}

static void make_zstd(const uint8_t *bytes, size_t size_bytes, struct variant *variant)
{
	allocate(variant, ZSTD_compressBound(size_bytes));
	size_t written = ZSTD_compress(variant->bytes, variant->size_bytes, bytes, size_bytes, 1);
	MUST(!ZSTD_isError(written));
	shrink(variant, written);
}

static void make_lz4(const uint8_t *bytes, size_t size_bytes, struct variant *variant)
{
	allocate(variant, LZ4F_compressFrameBound(size_bytes, NULL));
	size_t written =
		LZ4F_compressFrame(variant->bytes, variant->size_bytes, bytes, size_bytes, NULL);
	MUST(!LZ4F_isError(written));
	shrink(variant, written);
}

static void make_cut(const uint8_t *bytes, size_t size_bytes, uint64_t random,
		     struct variant *variant)
{
	allocate(variant, size_bytes > 0 ? (size_t)(next_random(&random) % size_bytes) : 0);
	memcpy(variant->bytes, bytes, variant->size_bytes);
}

static void make_flips(const uint8_t *bytes, size_t size_bytes, uint64_t random,
		       struct variant *variant)
{
	uint64_t flips = 1 + next_random(&random) % FLIPS_MAX;

	allocate(variant, size_bytes);
	memcpy(variant->bytes, bytes, size_bytes);
	for (uint64_t i = 0; i < flips && size_bytes > 0; i++) {
		size_t at = (size_t)(next_random(&random) % size_bytes);

		variant->bytes[at] ^= (uint8_t)(1 + next_random(&random) % UINT8_MAX);
	}
}

void variant_make(const struct variants_plan *plan, const uint8_t *bytes, size_t size_bytes,
		  unsigned number, struct variant *variant)
{
	uint64_t random = plan->seed * VARIANTS_MAX + number;

	switch (variant_kind(plan, number)) {
	case VARIANT_GZIP:
		make_gzip(bytes, size_bytes, variant);
		break;
	case VARIANT_ZSTD:
		make_zstd(bytes, size_bytes, variant);
		break;
	case VARIANT_LZ4:
		make_lz4(bytes, size_bytes, variant);
		break;
	case VARIANT_CUT:
		make_cut(bytes, size_bytes, random, variant);
		break;
	case VARIANT_FLIP:
		make_flips(bytes, size_bytes, random, variant);
		break;
	default:
		allocate(variant, size_bytes);
		memcpy(variant->bytes, bytes, size_bytes);
	}
}

void variant_release(struct variant *variant)
{
	free(variant->bytes);
}
