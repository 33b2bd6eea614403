#include "pipeline/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM_BYTES = 64 * 1024 };

enum kind { KIND_FLOW, KIND_ANOMALY, KIND_TRANSITION, KIND_TIME_WAIT, KIND_PORT };

struct entry {
	struct order order;
	size_t bytes; /* with what follows it */
	enum kind kind;
	max_align_t report[];
};

void journal_release(struct journal *journal)
{
	free(journal->bytes);
	*journal = (struct journal){0};
}

void journal_clear(struct journal *journal)
{
	journal->used_bytes = 0;
}

static bool make_room(struct journal *journal, size_t more_bytes)
{
	size_t room_bytes = journal->room_bytes == 0 ? FIRST_ROOM_BYTES : journal->room_bytes;
	unsigned char *bytes;

	if (journal->failed)
		return false;
	while (room_bytes - journal->used_bytes < more_bytes)
		room_bytes *= 2;
	if (room_bytes == journal->room_bytes)
		return true;
	bytes = realloc(journal->bytes, room_bytes);
	if (bytes == NULL) {
		journal->failed = true;
		return false;
	}
	journal->bytes = bytes;
	journal->room_bytes = room_bytes;
	return true;
}

static void append(struct journal *journal, const struct order *order, enum kind kind,
		   const void *report, size_t report_bytes)
{
	size_t bytes = sizeof(struct entry) + report_bytes;
	struct entry *entry;

	bytes = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!make_room(journal, bytes))
		return;
	entry = (struct entry *)(void *)(journal->bytes + journal->used_bytes);
	entry->order = *order;
	entry->bytes = bytes;
	entry->kind = kind;
	memcpy(entry->report, report, report_bytes);
	journal->used_bytes += bytes;
}

void journal_flow(struct journal *journal, const struct order *order,
		  const struct flow_report *report)
{
	static_assert(offsetof(struct flow_report, anomaly) + sizeof report->anomaly +
				      sizeof(max_align_t) >
			      sizeof *report,
		      "nothing stands behind the anomalies");
	append(journal, order, KIND_FLOW, report, flow_report_bytes(report));
}

void journal_anomaly(struct journal *journal, const struct order *order,
		     const struct anomaly_report *report)
{
	append(journal, order, KIND_ANOMALY, report, sizeof *report);
}

void journal_transition(struct journal *journal, const struct order *order,
			const struct transition_report *report)
{
	append(journal, order, KIND_TRANSITION, report, sizeof *report);
}

void journal_time_wait(struct journal *journal, const struct order *order,
		       const struct time_wait_report *report)
{
	append(journal, order, KIND_TIME_WAIT, report, sizeof *report);
}

void journal_port(struct journal *journal, const struct order *order,
		  const struct port_report *report)
{
	append(journal, order, KIND_PORT, report, sizeof *report);
}

const struct entry *journal_at(const struct journal *journal, size_t offset_bytes)
{
	if (offset_bytes >= journal->used_bytes)
		return NULL;
	return (const struct entry *)(const void *)(journal->bytes + offset_bytes);
}

const struct order *entry_order(const struct entry *entry)
{
	return &entry->order;
}

size_t entry_bytes(const struct entry *entry)
{
	return entry->bytes;
}

void entry_deliver(const struct entry *entry, const struct report_sink *sink)
{
	const void *report = entry->report;

	switch (entry->kind) {
	case KIND_FLOW:
		sink->flow(sink->context, report);
		break;
	case KIND_ANOMALY:
		sink->anomaly(sink->context, report);
		break;
	case KIND_TRANSITION:
		sink->transition(sink->context, report);
		break;
	case KIND_TIME_WAIT:
		sink->time_wait(sink->context, report);
		break;
	case KIND_PORT:
		sink->port(sink->context, report);
		break;
	}
}
