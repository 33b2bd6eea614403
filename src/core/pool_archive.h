/*
 * Pools in an archive: which handles are in use, and in which order the others will be used again.
 * The items themselves are their owners' to write and read, each under the handle that it had.
 */
#ifndef TCPBYE_CORE_POOL_ARCHIVE_H
#define TCPBYE_CORE_POOL_ARCHIVE_H

#include "core/archive.h"
#include "core/pool.h"

/* While reading, the pool must be a new one; it takes at most `most_bytes`, or else the archive is
 * wrong. */
void pool_archive(struct archive *archive, struct pool *pool, uint64_t most_bytes);

/* Writes or reads the handle of an item, which is zeroed when it is read. POOL_NONE: the archive is
 * wrong, since there is no such item or somebody else has it. */
uint32_t pool_archive_item(struct archive *archive, struct pool *pool, uint32_t handle);

/* Every item in use has been read, or else the archive is wrong. */
void pool_archive_end(struct archive *archive, const struct pool *pool);

#endif
