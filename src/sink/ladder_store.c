#include "sink/ladder_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

void ladder_store_release(struct ladder_store *store)
{
	for (unsigned i = 0; i < store->count; i++) {
		ladder_rows_release(&store->ladder[i]->rows);
		free(store->ladder[i]);
	}
	free(store->ladder);
	*store = (struct ladder_store){0};
}

static bool make_room(struct ladder_store *store)
{
	unsigned room = store->room > 0 ? store->room * 2 : FIRST_ROOM;
	struct ladder **larger;

	if (store->count < store->room)
		return true;
	larger = realloc(store->ladder, room * sizeof(*larger));
	if (larger == NULL)
		return false;
	store->ladder = larger;
	store->room = room;
	return true;
}

bool ladder_store_add(struct ladder_store *store, const struct flow_report *report)
{
	struct ladder *ladder = make_room(store) ? calloc(1, sizeof(*ladder)) : NULL;

	if (ladder != NULL) {
		memcpy(&ladder->report, report, flow_report_bytes(report));
		store->ladder[store->count++] = ladder;
		if (ladder_rows_begin(&ladder->rows, &ladder->report))
			return true;
	}
	errno = ENOMEM;
	return false;
}

bool ladder_store_is_last(const struct ladder_store *store, const struct flow_report *report)
{
	return store->count > 0 &&
	       store->ladder[store->count - 1]->report.envelope.flow_id == report->envelope.flow_id;
}

bool ladder_store_take(struct ladder_store *store, uint64_t flow_id, const struct segment *segment)
{
	for (unsigned i = 0; i < store->count; i++)
		if (store->ladder[i]->report.envelope.flow_id == flow_id)
			return ladder_rows_take(&store->ladder[i]->rows, segment);
	return true;
}
