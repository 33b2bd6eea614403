#define _POSIX_C_SOURCE 200809L

#include "source/block_buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool block_buffer_open(struct block_buffer *buffer, int fd)
{
	uint8_t *bytes = malloc(BLOCK_BUFFER_BLOCK_BYTES);

	if (!bytes)
		return false;
	*buffer = (struct block_buffer){
		.fd = fd,
		.bytes = bytes,
		.capacity_bytes = BLOCK_BUFFER_BLOCK_BYTES,
	};
	return true;
}

void block_buffer_close(struct block_buffer *buffer)
{
	close(buffer->fd);
	free(buffer->bytes);
	buffer->bytes = NULL;
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

enum block_buffer_status block_buffer_fill(struct block_buffer *buffer, size_t count_bytes)
{
	assert(count_bytes <= BLOCK_BUFFER_MAX_BYTES);
	if (!make_room(buffer, count_bytes)) {
		errno = ENOMEM;
		return BLOCK_BUFFER_FAILED;
	}
	while (buffer->end < count_bytes) {
		ssize_t got = read(buffer->fd, buffer->bytes + buffer->end,
				   buffer->capacity_bytes - buffer->end);
		if (got < 0)
			return errno == EINTR ? BLOCK_BUFFER_INTERRUPTED : BLOCK_BUFFER_FAILED;
		if (got == 0)
			return BLOCK_BUFFER_SHORT;
		buffer->end += (size_t)got;
	}
	return BLOCK_BUFFER_READY;
}
