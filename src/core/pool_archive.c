#include "core/pool_archive.h"

#include <string.h>

/* What stands first in an item that is in use and was not read yet. No handle is that large. */
static const uint32_t awaited = UINT32_MAX;

static uint32_t first_word(const struct pool *pool, uint32_t handle)
{
	uint32_t word;

	memcpy(&word, pool_at(pool, handle), sizeof word);
	return word;
}

static void set_first_word(struct pool *pool, uint32_t handle, uint32_t word)
{
	memcpy(pool_at(pool, handle), &word, sizeof word);
}

static bool is_awaited(const struct pool *pool, uint32_t handle)
{
	return handle >= 1 && handle <= pool->ever && first_word(pool, handle) == awaited;
}

static void make_items(struct archive *archive, struct pool *pool, uint32_t ever)
{
	while (pool->ever < ever) {
		uint32_t handle = pool_take(pool);

		if (handle == POOL_NONE) {
			archive_refuse(archive, "no memory");
			return;
		}
		set_first_word(pool, handle, awaited);
	}
	pool->used = 0;
}

static void write_freed(struct archive *archive, const struct pool *pool)
{
	for (uint32_t handle = pool->freed; handle != POOL_NONE; handle = first_word(pool, handle))
		archive_value(archive, "freed", handle, UINT32_MAX);
	archive_value(archive, "freed", POOL_NONE, UINT32_MAX);
}

static void read_freed(struct archive *archive, struct pool *pool)
{
	uint32_t handle, before = POOL_NONE;

	while ((handle = (uint32_t)archive_value(archive, "freed", 0, UINT32_MAX)) != POOL_NONE) {
		if (!is_awaited(pool, handle)) {
			archive_refuse(archive, "freed");
			return;
		}
		set_first_word(pool, handle, POOL_NONE);
		if (before == POOL_NONE)
			pool->freed = handle;
		else
			set_first_word(pool, before, handle);
		before = handle;
	}
}

void pool_archive(struct archive *archive, struct pool *pool, uint64_t most_bytes)
{
	uint64_t most = most_bytes / pool->item_bytes + POOL_CHUNK_ITEMS;
	uint32_t ever = (uint32_t)archive_count(archive, "ever", pool->ever,
						most < UINT32_MAX / 2 ? most : UINT32_MAX / 2);

	if (archive->way == ARCHIVE_WRITES)
		write_freed(archive, pool);
	if (archive->way != ARCHIVE_READS)
		return;
	make_items(archive, pool, ever);
	read_freed(archive, pool);
}

uint32_t pool_archive_item(struct archive *archive, struct pool *pool, uint32_t handle)
{
	handle = (uint32_t)archive_value(archive, "item", handle, UINT32_MAX);
	if (archive->way != ARCHIVE_READS)
		return handle;
	if (!is_awaited(pool, handle)) {
		archive_refuse(archive, "item");
		return POOL_NONE;
	}
	set_first_word(pool, handle, 0);
	pool->used++;
	return handle;
}

void pool_archive_end(struct archive *archive, const struct pool *pool)
{
	uint32_t freed = 0;

	if (archive->way != ARCHIVE_READS || !archive_is_well(archive))
		return;
	for (uint32_t handle = pool->freed; handle != POOL_NONE; handle = first_word(pool, handle))
		freed++;
	if (pool->used + freed != pool->ever)
		archive_refuse(archive, "items");
}
