#include "support/same_record.h"

#include <stdlib.h>
#include <string.h>

#include "core/flow_archive.h"
#include "support/stored_bytes.h"

static void store(const struct flow *record, struct stored_bytes *stored)
{
	struct archive archive = {
		.way = ARCHIVE_WRITES, .context = stored, .put = stored_bytes_put};
	struct flow copy = *record;

	archive_open(&archive);
	flow_archive(&archive, &copy);
	if (!archive_flush(&archive))
		abort();
}

bool same_record(const struct flow *a, const struct flow *b)
{
	static struct stored_bytes stored[2];

	memset(stored, 0, sizeof stored);
	store(a, &stored[0]);
	store(b, &stored[1]);
	return stored[0].count == stored[1].count &&
	       memcmp(stored[0].bytes, stored[1].bytes, stored[0].count) == 0;
}
