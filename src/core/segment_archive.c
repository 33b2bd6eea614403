#include "core/segment_archive.h"

#include "core/words.h"

void tuple_archive(struct archive *archive, struct tuple *tuple)
{
	ARCHIVE_UPTO(archive, tuple->ip_version, 6);
	for (unsigned side = 0; side < 2; side++) {
		archive_bytes(archive, "tuple->addr", tuple->addr[side],
			      tuple->ip_version == 4 ? 4 : 16);
		ARCHIVE(archive, tuple->port[side]);
	}
	ARCHIVE_UPTO(archive, tuple->vlan_count, TUPLE_VLANS_MAX);
	for (unsigned i = 0; i < tuple->vlan_count; i++)
		ARCHIVE(archive, tuple->vlan[i]);
	ARCHIVE_FLAG(archive, tuple->tunnelled);
	ARCHIVE_FLAG(archive, tuple->tunnel_has_id);
	ARCHIVE_UPTO(archive, tuple->tunnel_type, TUNNEL_NULL);
	ARCHIVE(archive, tuple->tunnel_id);
	ARCHIVE(archive, tuple->interface);
	if (archive->way == ARCHIVE_READS && tuple->ip_version != 4 && tuple->ip_version != 6)
		archive_refuse(archive, "tuple->ip_version");
}

void segment_archive(struct archive *archive, struct segment *segment)
{
	ARCHIVE(archive, segment->ts_ns);
	ARCHIVE(archive, segment->number);
	ARCHIVE(archive, segment->ordinal);
	ARCHIVE(archive, segment->hash);
	tuple_archive(archive, &segment->tuple);
	ARCHIVE(archive, segment->seq);
	ARCHIVE(archive, segment->ack);
	ARCHIVE(archive, segment->payload_bytes);
	ARCHIVE(archive, segment->frame_bytes);
	ARCHIVE(archive, segment->tsval);
	ARCHIVE(archive, segment->tsecr);
	ARCHIVE(archive, segment->link);
	ARCHIVE(archive, segment->window);
	ARCHIVE(archive, segment->ip_id);
	ARCHIVE(archive, segment->mss);
	archive_source(archive, &segment->source);
	ARCHIVE(archive, segment->marks);
	ARCHIVE_UPTO(archive, segment->from, 1);
	ARCHIVE(archive, segment->flags);
	ARCHIVE(archive, segment->ttl);
	ARCHIVE(archive, segment->window_scale);
	ARCHIVE(archive, segment->reset_reason);
	ARCHIVE(archive, segment->look);
}
