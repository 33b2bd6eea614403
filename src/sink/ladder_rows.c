#include "sink/ladder_rows.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 32, ALIKE_SHOWN = 6 };

/* The most that a report can name. */
enum {
	NAMED_MAX = 2 * REPORT_PATH_MAX + 4 + 2 +
		    (REPORT_EXPLANATIONS_MAX + REPORT_ANOMALIES_MAX) * REPORT_FRAMES_MAX
};

static void name(struct ladder_rows *rows, uint64_t number)
{
	if (number != 0 && rows->named_count < NAMED_MAX)
		rows->named[rows->named_count++] = number;
}

static void name_all(struct ladder_rows *rows, const uint64_t *numbers, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		name(rows, numbers[i]);
}

static void name_what_matters(struct ladder_rows *rows, const struct flow_report *report)
{
	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 0; i < report->endpoint[side].path_count; i++)
			name(rows, report->endpoint[side].path[i].number);
	for (unsigned i = 0; i < report->wave_count; i++)
		name(rows, report->wave[i].has_segment ? report->wave[i].number : 0);
	if (report->reset.present) {
		name(rows, report->reset.number);
		name(rows, report->reset.trigger_number);
	}
	for (unsigned i = 0; i < report->explanation_count; i++)
		name_all(rows, report->explanation[i].frame, report->explanation[i].frame_count);
	for (unsigned i = 0; i < report->anomaly_count; i++)
		if (report->anomaly[i].severity >= SEVERITY_NOTICE)
			name_all(rows, report->anomaly[i].frame, report->anomaly[i].frame_count);
}

static int by_number(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

bool ladder_rows_begin(struct ladder_rows *rows, const struct flow_report *report)
{
	*rows = (struct ladder_rows){.envelope = &report->envelope};
	rows->named = calloc(NAMED_MAX, sizeof(*rows->named));
	if (rows->named == NULL)
		return false;
	name_what_matters(rows, report);
	qsort(rows->named, rows->named_count, sizeof(*rows->named), by_number);
	return true;
}

void ladder_rows_release(struct ladder_rows *rows)
{
	free(rows->named);
	free(rows->row);
	*rows = (struct ladder_rows){0};
}

static bool is_named(const struct ladder_rows *rows, uint64_t number)
{
	return bsearch(&number, rows->named, rows->named_count, sizeof(number), by_number) != NULL;
}

static unsigned sender(const struct ladder_rows *rows, const struct segment *segment)
{
	const struct report_envelope *envelope = rows->envelope;
	const struct tuple *tuple = &segment->tuple;
	bool is_client = tuple->port[segment->from] == envelope->port[REPORT_CLIENT] &&
			 memcmp(tuple->addr[segment->from], envelope->addr[REPORT_CLIENT], 16) == 0;

	return is_client ? REPORT_CLIENT : REPORT_SERVER;
}

static bool are_alike(const struct ladder_row *a, const struct ladder_row *b)
{
	return a->matters == b->matters && a->from == b->from && a->flags == b->flags &&
	       a->seq == b->seq && a->ack == b->ack && a->payload_bytes == b->payload_bytes;
}

/* How many of the last rows, up to ALIKE_SHOWN, are like this one. */
static unsigned count_alike(const struct ladder_rows *rows, const struct ladder_row *row)
{
	unsigned alike = 0;

	while (alike < ALIKE_SHOWN && alike < rows->count &&
	       are_alike(&rows->row[rows->count - 1 - alike], row))
		alike++;
	return alike;
}

static void add_up(struct ladder_row *sum, const struct ladder_row *row)
{
	for (unsigned side = 0; side < 2; side++) {
		sum->segments[side] += row->segments[side];
		sum->payload_sum[side] += row->payload_sum[side];
	}
	sum->last_ns = row->last_ns;
	sum->last_number = row->last_number;
}

static bool append(struct ladder_rows *rows, const struct ladder_row *row)
{
	if (rows->count == rows->room) {
		unsigned room = rows->room > 0 ? rows->room * 2 : FIRST_ROOM;
		struct ladder_row *larger = realloc(rows->row, room * sizeof(*larger));

		if (larger == NULL)
			return false;
		rows->row = larger;
		rows->room = room;
	}
	rows->row[rows->count++] = *row;
	return true;
}

bool ladder_rows_take(struct ladder_rows *rows, const struct segment *segment)
{
	const unsigned marked = TCP_SYN | TCP_FIN | TCP_RST;
	struct ladder_row *last = rows->count > 0 ? &rows->row[rows->count - 1] : NULL;
	bool named = is_named(rows, segment->number);
	struct ladder_row row = {
		.ts_ns = segment->ts_ns,
		.last_ns = segment->ts_ns,
		.number = segment->number,
		.last_number = segment->number,
		.from = sender(rows, segment),
		.flags = segment->flags,
		.ip_id = segment->ip_id,
		.seq = segment->seq,
		.ack = segment->ack,
		.payload_bytes = segment->payload_bytes,
		.matters = named || (segment->flags & marked) != 0,
	};

	row.segments[row.from] = 1;
	row.payload_sum[row.from] = row.payload_bytes;
	if (rows->count >= LADDER_ROWS_MAX - 1)
		row.matters = false;
	if (last != NULL && row.matters && !named && count_alike(rows, &row) == ALIKE_SHOWN) {
		last->repeats++;
		last->last_ns = row.ts_ns;
		return true;
	}
	if (last == NULL || row.matters || last->matters)
		return append(rows, &row);
	add_up(last, &row);
	return true;
}

bool ladder_row_is_folded(const struct ladder_row *row)
{
	return row->segments[0] + row->segments[1] > 1;
}

const struct ladder_row *ladder_rows_find(const struct ladder_rows *rows, uint64_t number)
{
	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i].number == number && !ladder_row_is_folded(&rows->row[i]))
			return &rows->row[i];
	return NULL;
}
