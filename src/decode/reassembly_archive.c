#include "decode/reassembly_archive.h"

#include "core/segment_archive.h"

enum { DATAGRAM_MOST_BYTES = 65535 };

/* The tuple of a key has no ends, and no version where nothing was tagged or tunnelled. */
static void key_archive(struct archive *archive, struct datagram_key *key)
{
	struct tuple *around = &key->around;

	ARCHIVE_BYTES(archive, key->addresses);
	ARCHIVE(archive, key->id);
	ARCHIVE(archive, key->protocol);
	tuple_archive(archive, around);
}

static void ranges_archive(struct archive *archive, struct datagram *datagram)
{
	ARCHIVE_UPTO(archive, datagram->range_count, REASSEMBLY_RANGES_MAX);
	for (unsigned i = 0; i < datagram->range_count; i++) {
		ARCHIVE(archive, datagram->range[i].begin);
		ARCHIVE(archive, datagram->range[i].end);
		if (archive->way == ARCHIVE_READS &&
		    datagram->range[i].begin >= datagram->range[i].end)
			archive_refuse(archive, "datagram->range");
	}
}

static void datagram_archive(struct archive *archive, struct datagram *datagram)
{
	ARCHIVE_UPTO(archive, datagram->state, DATAGRAM_SPOILT);
	if (datagram->state == DATAGRAM_FREE && archive->way != ARCHIVE_DESCRIBES)
		return;
	key_archive(archive, &datagram->key);
	ARCHIVE(archive, datagram->begin_ns);
	ARCHIVE(archive, datagram->use);
	ARCHIVE_UPTO(archive, datagram->total_bytes, DATAGRAM_MOST_BYTES);
	ARCHIVE_UPTO(archive, datagram->head_bytes, REASSEMBLY_HEAD_BYTES);
	ARCHIVE(archive, datagram->frame_bytes);
	ARCHIVE(archive, datagram->protocol);
	ARCHIVE_FLAG(archive, datagram->judged);
	ARCHIVE_FLAG(archive, datagram->is_known);
	ARCHIVE_FLAG(archive, datagram->holds);
	ranges_archive(archive, datagram);
	if (datagram->is_known || archive->way == ARCHIVE_DESCRIBES)
		segment_archive(archive, &datagram->first);
	if (datagram->holds && !datagram->is_known)
		archive_refuse(archive, "datagram->holds");
	ARCHIVE_BYTES(archive, datagram->head);
}

static unsigned count_holding(const struct reassembly *reassembly)
{
	unsigned holding = 0;

	for (unsigned set = 0; set < REASSEMBLY_SETS; set++) {
		for (unsigned way = 0; way < REASSEMBLY_WAYS; way++)
			holding += reassembly->datagram[set][way].holds;
	}
	return holding;
}

void reassembly_archive(struct archive *archive, struct reassembly *reassembly)
{
	unsigned sets = archive->way == ARCHIVE_DESCRIBES ? 1 : REASSEMBLY_SETS;

	archive->origin_ns = 0;
	for (unsigned set = 0; set < sets; set++) {
		for (unsigned way = 0; way < REASSEMBLY_WAYS; way++)
			datagram_archive(archive, &reassembly->datagram[set][way]);
	}
	ARCHIVE(archive, reassembly->uses);
	ARCHIVE(archive, reassembly->holding);
	ARCHIVE(archive, reassembly->holds_since_ns);
	ARCHIVE_FLAG(archive, reassembly->rest_was_seen);
	ARCHIVE_FLAG(archive, reassembly->rest_was_missed);
	if (archive->way == ARCHIVE_READS && reassembly->holding != count_holding(reassembly))
		archive_refuse(archive, "reassembly->holding");
}
