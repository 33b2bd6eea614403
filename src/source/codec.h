/*
 * The seam over the compression libraries: one step of decompression at a time.
 *
 * A step never loses what it has decompressed to an error behind it, so that a damaged file can be
 * read up to the damage.
 */
#ifndef TCPBYE_SOURCE_CODEC_H
#define TCPBYE_SOURCE_CODEC_H

#include <stddef.h>
#include <stdint.h>

/* Both sides move on, and their counts go down, by what a step takes and gives. */
struct codec_io {
	const uint8_t *in;
	size_t in_bytes;
	uint8_t *out;
	size_t out_bytes;
};

enum codec_status {
	CODEC_GOES_ON,
	CODEC_ENDED,     /* at the end of a member; the next byte begins another one */
	CODEC_DAMAGED,   /* the reason says how */
	CODEC_TOO_LARGE, /* to be decompressed within the bound on memory */
	CODEC_NO_MEMORY,
};

struct codec {
	const char *name;
	void *(*open)(void); /* NULL if memory is short */
	void (*close)(void *state);
	/* A static text is put into `reason` with CODEC_DAMAGED; after an error no step follows. */
	enum codec_status (*step)(void *state, struct codec_io *io, const char **reason);
};

extern const struct codec codec_gzip, codec_zstd, codec_lz4;

static inline void codec_io_move(struct codec_io *io, size_t taken_bytes, size_t given_bytes)
{
	io->in += taken_bytes;
	io->in_bytes -= taken_bytes;
	io->out += given_bytes;
	io->out_bytes -= given_bytes;
}

#endif
