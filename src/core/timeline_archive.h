/*
 * What a timeline believes, and what waits for witnesses, in an archive.
 */
#ifndef TCPBYE_CORE_TIMELINE_ARCHIVE_H
#define TCPBYE_CORE_TIMELINE_ARCHIVE_H

#include "core/archive.h"
#include "core/timeline.h"

void timeline_archive(struct archive *archive, struct timeline *timeline);

#endif
