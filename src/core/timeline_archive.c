#include "core/timeline_archive.h"

#include "core/segment_archive.h"

void timeline_archive(struct archive *archive, struct timeline *timeline)
{
	archive->origin_ns = 0;
	ARCHIVE_FLAG(archive, timeline->started);
	ARCHIVE(archive, timeline->now_ns);
	ARCHIVE(archive, timeline->wrong);
	ARCHIVE_UPTO(archive, timeline->waiting, TIMELINE_HELD_MAX - 1);
	for (unsigned i = 0; i < timeline->waiting; i++) {
		ARCHIVE_FLAG(archive, timeline->held[i].has_segment);
		if (timeline->held[i].has_segment) {
			segment_archive(archive, &timeline->held[i].segment);
			continue;
		}
		ARCHIVE(archive, timeline->held[i].segment.ts_ns);
		ARCHIVE(archive, timeline->held[i].segment.number);
	}
}
