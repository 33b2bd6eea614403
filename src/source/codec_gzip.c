#include "source/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum { WINDOW_BITS = 15, GZIP_WRAPPER = 16 };

static void *open_gzip(void)
{
	z_stream *stream = calloc(1, sizeof(*stream));

	if (stream && inflateInit2(stream, WINDOW_BITS + GZIP_WRAPPER) != Z_OK) {
		free(stream);
		return NULL;
	}
	return stream;
}

static void close_gzip(void *state)
{
	inflateEnd(state);
	free(state);
}

static uInt bounded(size_t count_bytes)
{
	return count_bytes < UINT_MAX ? (uInt)count_bytes : UINT_MAX;
}

static enum codec_status step_gzip(void *state, struct codec_io *io, const char **reason)
{
	z_stream *stream = state;
	uInt in_bytes = bounded(io->in_bytes), out_bytes = bounded(io->out_bytes);

	/* zlib does not write to its input, whatever the type of next_in says. */
	stream->next_in = (Bytef *)(uintptr_t)io->in;
	stream->avail_in = in_bytes;
	stream->next_out = io->out;
	stream->avail_out = out_bytes;
	int result = inflate(stream, Z_NO_FLUSH);
	codec_io_move(io, in_bytes - stream->avail_in, out_bytes - stream->avail_out);
	switch (result) {
	case Z_OK:
	case Z_BUF_ERROR:
		return CODEC_GOES_ON;
	case Z_STREAM_END:
		inflateReset(stream);
		return CODEC_ENDED;
	case Z_MEM_ERROR:
		return CODEC_NO_MEMORY;
	default:
		*reason = stream->msg ? stream->msg : zError(result);
		return CODEC_DAMAGED;
	}
}

const struct codec codec_gzip = {"gzip", open_gzip, close_gzip, step_gzip};
