#define _POSIX_C_SOURCE 200809L

#include "source/block_buffer.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool block_buffer_open(struct block_buffer *buffer, int fd, enum growth growth)
{
	uint8_t *bytes = malloc(BLOCK_BUFFER_BLOCK_BYTES);

	if (!bytes)
		return false;
	*buffer = (struct block_buffer){
		.fd = fd,
		.growth = growth,
		.bytes = bytes,
		.capacity_bytes = BLOCK_BUFFER_BLOCK_BYTES,
	};
	return true;
}

void block_buffer_close(struct block_buffer *buffer)
{
	close(buffer->fd);
	free(buffer->bytes);
	decompress_destroy(buffer->decompress);
	buffer->bytes = NULL;
}

bool block_buffer_decompress(struct block_buffer *buffer, const struct codec *codec)
{
	assert(buffer->offset_bytes == 0 && !buffer->decompress);
	buffer->decompress = decompress_create(codec, buffer->growth, block_buffer_at(buffer),
					       block_buffer_held(buffer));
	if (!buffer->decompress)
		return false;
	buffer->begin = buffer->end = 0;
	return true;
}

uint64_t block_buffer_file_offset(const struct block_buffer *buffer)
{
	return buffer->decompress ? decompress_offset_bytes(buffer->decompress)
				  : buffer->offset_bytes;
}

static bool make_room(struct block_buffer *buffer, size_t count_bytes)
{
	size_t held = block_buffer_held(buffer);

	if (held)
		memmove(buffer->bytes, block_buffer_at(buffer), held);
	buffer->begin = 0;
	buffer->end = held;
	if (count_bytes <= buffer->capacity_bytes)
		return true;

	size_t wanted = buffer->capacity_bytes;
	while (wanted < count_bytes)
		wanted *= 2;
	uint8_t *bytes = realloc(buffer->bytes, wanted);
	if (!bytes)
		return false;
	buffer->bytes = bytes;
	buffer->capacity_bytes = wanted;
	return true;
}

static enum block_buffer_status read_compressed(struct block_buffer *buffer)
{
	size_t got;
	enum decompress_status status =
		decompress_read(buffer->decompress, buffer->fd, buffer->bytes + buffer->end,
				buffer->capacity_bytes - buffer->end, &got);

	buffer->end += got;
	switch (status) {
	case DECOMPRESS_READY:
		return BLOCK_BUFFER_READY;
	case DECOMPRESS_END:
		return BLOCK_BUFFER_SHORT;
	case DECOMPRESS_INTERRUPTED:
		return BLOCK_BUFFER_INTERRUPTED;
	case DECOMPRESS_DAMAGED:
		return BLOCK_BUFFER_DAMAGED;
	case DECOMPRESS_TOO_LARGE:
		return BLOCK_BUFFER_TOO_LARGE;
	case DECOMPRESS_FAILED:
		break;
	}
	return BLOCK_BUFFER_FAILED;
}

static enum block_buffer_status read_plain(struct block_buffer *buffer)
{
	ssize_t got = growth_read(buffer->fd, buffer->bytes + buffer->end,
				  buffer->capacity_bytes - buffer->end, buffer->growth);

	if (got < 0)
		return errno == EINTR ? BLOCK_BUFFER_INTERRUPTED : BLOCK_BUFFER_FAILED;
	buffer->end += (size_t)got;
	return got > 0 ? BLOCK_BUFFER_READY : BLOCK_BUFFER_SHORT;
}

/* True once before a read that nothing is there for yet. */
static bool must_tell(struct block_buffer *buffer)
{
	struct pollfd waiting = {.fd = buffer->fd, .events = POLLIN};

	if (!buffer->tells_waiting || buffer->told_waiting ||
	    (buffer->decompress && decompress_holds_input(buffer->decompress)) ||
	    poll(&waiting, 1, 0) != 0)
		return false;
	buffer->told_waiting = true;
	return true;
}

enum block_buffer_status block_buffer_fill(struct block_buffer *buffer, size_t count_bytes)
{
	assert(count_bytes <= BLOCK_BUFFER_MAX_BYTES);
	if (!make_room(buffer, count_bytes)) {
		errno = ENOMEM;
		return BLOCK_BUFFER_FAILED;
	}
	while (buffer->end < count_bytes) {
		enum block_buffer_status status;

		if (must_tell(buffer))
			return BLOCK_BUFFER_INTERRUPTED;
		status = buffer->decompress ? read_compressed(buffer) : read_plain(buffer);
		buffer->told_waiting = false;
		if (status != BLOCK_BUFFER_READY)
			return status;
	}
	return BLOCK_BUFFER_READY;
}
