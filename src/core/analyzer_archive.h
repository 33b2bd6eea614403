/*
 * An analyzer in an archive: everything that it knows, so that one that was read goes on exactly as
 * the one that was written. Its limits and rules (struct analyzer_config) are the caller's to
 * compare.
 */
#ifndef TCPBYE_CORE_ANALYZER_ARCHIVE_H
#define TCPBYE_CORE_ANALYZER_ARCHIVE_H

#include "core/archive.h"

struct analyzer;

/* While reading, the analyzer must be a new one; if the archive is wrong, it is good for nothing
 * but analyzer_destroy(). */
void analyzer_archive(struct archive *archive, struct analyzer *analyzer);

/* The members of all that stands in it, while describing. */
void analyzer_archive_describe(struct archive *archive);

#endif
