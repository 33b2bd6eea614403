#include "support/stored_bytes.h"

#include <string.h>

bool stored_bytes_put(void *context, const uint8_t *bytes, size_t count)
{
	struct stored_bytes *stored = context;

	if (stored->full || stored->count + count > sizeof stored->bytes)
		return false;
	memcpy(stored->bytes + stored->count, bytes, count);
	stored->count += count;
	return true;
}

size_t stored_bytes_get(void *context, uint8_t *bytes, size_t room)
{
	struct stored_bytes *stored = context;
	size_t left = stored->count - stored->read;
	size_t count = left < room ? left : room;

	memcpy(bytes, stored->bytes + stored->read, count);
	stored->read += count;
	return count;
}
