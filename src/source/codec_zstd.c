#include "source/codec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
	WINDOW_LOG_MAX = 27, /* 128 MiB, what zstd(1) takes without being asked */
	FIRST_BYTES = 5,     /* the magic number and the byte that tells how long the header is */
	BLOCK_HEADER_BYTES = 3,
};

struct zstd_state {
	ZSTD_DStream *stream;
	size_t wanted_bytes; /* as the library says: up to the header of the next block */
	bool filled;         /* the last step left no room, and more may be waiting */
};

static void close_zstd(void *state)
{
	struct zstd_state *zstd = state;

	ZSTD_freeDStream(zstd->stream);
	free(zstd);
}

static void *open_zstd(void)
{
	struct zstd_state *zstd = calloc(1, sizeof(*zstd));

	if (!zstd)
		return NULL;
	zstd->wanted_bytes = FIRST_BYTES;
	zstd->stream = ZSTD_createDStream();
	if (!zstd->stream || ZSTD_isError(ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax,
								 WINDOW_LOG_MAX))) {
		close_zstd(zstd);
		return NULL;
	}
	return zstd;
}

/* At most one block, without the header of the next: with an error the library does not tell what
 * it has given, and a bad header would take the block before it along. */
static size_t next_piece(const struct zstd_state *zstd, size_t held_bytes)
{
	size_t piece = zstd->wanted_bytes;

	if (zstd->filled)
		return 0;
	if (piece > BLOCK_HEADER_BYTES)
		piece -= BLOCK_HEADER_BYTES;
	return piece < held_bytes ? piece : held_bytes;
}

static enum codec_status name_error(size_t result, const char **reason)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return CODEC_TOO_LARGE;
	case ZSTD_error_memory_allocation:
		return CODEC_NO_MEMORY;
	default:
		*reason = ZSTD_getErrorName(result);
		return CODEC_DAMAGED;
	}
}

static enum codec_status step_zstd(void *state, struct codec_io *io, const char **reason)
{
	struct zstd_state *zstd = state;
	ZSTD_inBuffer in = {io->in, next_piece(zstd, io->in_bytes), 0};
	ZSTD_outBuffer out = {io->out, io->out_bytes, 0};
	size_t result = ZSTD_decompressStream(zstd->stream, &out, &in);

	if (ZSTD_isError(result))
		return name_error(result, reason);
	codec_io_move(io, in.pos, out.pos);
	zstd->filled = result != 0 && out.pos == out.size;
	zstd->wanted_bytes = result != 0 ? result : FIRST_BYTES;
	return result != 0 ? CODEC_GOES_ON : CODEC_ENDED;
}

const struct codec codec_zstd = {"zstd", open_zstd, close_zstd, step_zstd};
