/*
 * A file descriptor read in large blocks, seen as a window of bytes that moves forward.
 *
 * The window grows as far as one record needs, up to a bound, so that a record always lies in one
 * piece. Plain read(2) and never mmap: a file that shrinks while it is read then ends early instead
 * of killing the program.
 *
 * Once it is known to be compressed, the window moves over what is in it instead.
 */
#ifndef TCPBYE_SOURCE_BLOCK_BUFFER_H
#define TCPBYE_SOURCE_BLOCK_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/decompress.h"
#include "source/growth.h"

enum {
	BLOCK_BUFFER_BLOCK_BYTES = 256 * 1024,
	BLOCK_BUFFER_MAX_BYTES = 64 * 1024 * 1024, /* no record may be longer */
};

struct block_buffer {
	int fd;
	enum growth growth;
	uint8_t *bytes;
	size_t capacity_bytes;
	size_t begin, end;             /* the unread part of `bytes` */
	uint64_t offset_bytes;         /* of `begin` in the input, or in what is compressed in it */
	struct decompress *decompress; /* NULL where the input is taken as it is */
	bool tells_waiting; /* is interrupted before a read that will wait; for the owner to set */
	bool told_waiting;
};

enum block_buffer_status {
	BLOCK_BUFFER_READY,       /* the bytes are there */
	BLOCK_BUFFER_SHORT,       /* the input ends before */
	BLOCK_BUFFER_INTERRUPTED, /* a signal came, or what is not there yet is awaited; call again
				   */
	BLOCK_BUFFER_FAILED,      /* errno says why */
	BLOCK_BUFFER_DAMAGED,     /* decompress_reason() says how */
	BLOCK_BUFFER_TOO_LARGE,   /* it cannot be decompressed within the bound on memory */
};

/* Takes over `fd` and closes it in block_buffer_close(); false if memory is short, then `fd` stays
 * open. */
bool block_buffer_open(struct block_buffer *buffer, int fd, enum growth growth);
void block_buffer_close(struct block_buffer *buffer);

/* Begins anew with what is compressed in the input, of which nothing has been taken; false if
 * memory is short. */
bool block_buffer_decompress(struct block_buffer *buffer, const struct codec *codec);

/* How much of the file has been read through, be it compressed or not. */
uint64_t block_buffer_file_offset(const struct block_buffer *buffer);

/* The slow way of block_buffer_need(). */
enum block_buffer_status block_buffer_fill(struct block_buffer *buffer, size_t count_bytes);

static inline size_t block_buffer_held(const struct block_buffer *buffer)
{
	return buffer->end - buffer->begin;
}

static inline const uint8_t *block_buffer_at(const struct block_buffer *buffer)
{
	return buffer->bytes + buffer->begin;
}

/* Sees to it that the next `count_bytes` (at most BLOCK_BUFFER_MAX_BYTES) lie at block_buffer_at().
 */
static inline enum block_buffer_status block_buffer_need(struct block_buffer *buffer,
							 size_t count_bytes)
{
	if (block_buffer_held(buffer) >= count_bytes)
		return BLOCK_BUFFER_READY;
	return block_buffer_fill(buffer, count_bytes);
}

/* Moves on by bytes that are held; they stay readable until the next block_buffer_need(). */
static inline void block_buffer_take(struct block_buffer *buffer, size_t count_bytes)
{
	buffer->begin += count_bytes;
	buffer->offset_bytes += count_bytes;
}

#endif
