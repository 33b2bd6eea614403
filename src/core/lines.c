#include "core/lines.h"

#include <stdint.h>
#include <string.h>

#include "core/prefetch.h"

/* Just before the memory stands where the piece begins that it lies in. */
void *lines_allocate(const struct memory *memory, size_t bytes)
{
	char *piece = memory->allocate(sizeof piece + PREFETCH_LINE_BYTES + bytes), *lines;

	if (piece == NULL)
		return NULL;
	lines = piece + sizeof piece;
	lines += PREFETCH_LINE_BYTES - (uintptr_t)lines % PREFETCH_LINE_BYTES;
	memcpy(lines - sizeof piece, &piece, sizeof piece);
	return lines;
}

void lines_release(const struct memory *memory, void *lines)
{
	char *piece;

	memcpy(&piece, (char *)lines - sizeof piece, sizeof piece);
	memory->release(piece);
}
