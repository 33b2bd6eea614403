/*
 * Tuples and segments in an archive.
 */
#ifndef TCPBYE_CORE_SEGMENT_ARCHIVE_H
#define TCPBYE_CORE_SEGMENT_ARCHIVE_H

#include "core/archive.h"
#include "core/segment.h"

void tuple_archive(struct archive *archive, struct tuple *tuple);

/* Its time may be anything that a file claims. */
void segment_archive(struct archive *archive, struct segment *segment);

#endif
