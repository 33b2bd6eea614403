#include "source/codec.h"

#include <lz4frame.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 7, BLOCK_HEADER_BYTES = 4 };

struct lz4_state {
	LZ4F_dctx *context;
	size_t wanted_bytes; /* as the library says: up to the header of the next block */
	bool filled;         /* the last step left no room, and more may be waiting */
};

static void *open_lz4(void)
{
	struct lz4_state *lz4 = calloc(1, sizeof(*lz4));

	if (!lz4)
		return NULL;
	lz4->wanted_bytes = FIRST_BYTES;
	if (LZ4F_isError(LZ4F_createDecompressionContext(&lz4->context, LZ4F_VERSION))) {
		free(lz4);
		return NULL;
	}
	return lz4;
}

static void close_lz4(void *state)
{
	struct lz4_state *lz4 = state;

	LZ4F_freeDecompressionContext(lz4->context);
	free(lz4);
}

/* At most one block, without the header of the next: with an error the library does not tell what
 * it has given, and a bad header would take the block before it along. */
static size_t next_piece(const struct lz4_state *lz4, size_t held_bytes)
{
	size_t piece = lz4->wanted_bytes;

	if (lz4->filled)
		return 0;
	if (piece > BLOCK_HEADER_BYTES)
		piece -= BLOCK_HEADER_BYTES;
	return piece < held_bytes ? piece : held_bytes;
}

static enum codec_status name_error(size_t result, const char **reason)
{
	*reason = LZ4F_getErrorName(result);
	return strcmp(*reason, "ERROR_allocation_failed") == 0 ? CODEC_NO_MEMORY : CODEC_DAMAGED;
}

static enum codec_status step_lz4(void *state, struct codec_io *io, const char **reason)
{
	struct lz4_state *lz4 = state;
	size_t taken_bytes = next_piece(lz4, io->in_bytes), given_bytes = io->out_bytes;
	size_t result =
		LZ4F_decompress(lz4->context, io->out, &given_bytes, io->in, &taken_bytes, NULL);

	if (LZ4F_isError(result))
		return name_error(result, reason);
	lz4->filled = result != 0 && given_bytes == io->out_bytes;
	lz4->wanted_bytes = result != 0 ? result : FIRST_BYTES;
	codec_io_move(io, taken_bytes, given_bytes);
	return result != 0 ? CODEC_GOES_ON : CODEC_ENDED;
}

const struct codec codec_lz4 = {"lz4", open_lz4, close_lz4, step_lz4};
