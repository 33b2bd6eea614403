#include "sink/findings.h"

#include "core/report_archive.h"
#include "sink/keymap.h"
#include "sink/tally.h"

#include <stdlib.h>
#include <string.h>

/* What happens at a place: an anomaly, or ANOMALY_COUNT plus the cause of a reset. */
struct place_key {
	uint32_t what;
	uint16_t port;
	uint8_t ip_version;
	uint8_t unused;
	uint8_t addr[16];
};

struct place_entry {
	struct place_key key;
	uint64_t connections;
};

struct findings {
	struct finding found[ANOMALY_COUNT]; /* without places */
	uint64_t resets;
	uint64_t by_cause[CAUSE_COUNT + 1];
	struct keymap places;
	unsigned slow_count;
	struct finding_slow slow[FINDINGS_SLOWEST + 1]; /* slowest first */
};

struct findings *findings_create(void)
{
	struct findings *findings = calloc(1, sizeof(*findings));

	if (findings == NULL)
		return NULL;
	keymap_init(&findings->places, sizeof(struct place_key), sizeof(struct place_entry),
		    TALLY_KEYS_MAX);
	return findings;
}

void findings_guard(struct findings *findings, const struct hash_key *secret)
{
	keymap_guard(&findings->places, secret);
}

void findings_destroy(struct findings *findings)
{
	if (findings == NULL)
		return;
	keymap_release(&findings->places);
	free(findings);
}

static void count_place(struct findings *findings, unsigned what,
			const struct report_envelope *envelope)
{
	struct place_key key = {
		.what = what,
		.port = envelope->port[REPORT_SERVER],
		.ip_version = envelope->ip_version,
	};
	struct place_entry *entry;

	memcpy(key.addr, envelope->addr[REPORT_SERVER], sizeof(key.addr));
	entry = keymap_obtain(&findings->places, &key);
	if (entry != NULL)
		entry->connections++;
}

/* True where an earlier anomaly of the connection is the same, on its other side. */
static bool is_counted(const struct flow_report *report, unsigned index)
{
	for (unsigned i = 0; i < index; i++)
		if (report->anomaly[i].id == report->anomaly[index].id)
			return true;
	return false;
}

static void take_example(struct finding *finding, const struct flow_report *report,
			 const struct report_anomaly *anomaly)
{
	finding->severity = anomaly->severity;
	finding->flow_id = report->envelope.flow_id;
	finding->frame_count = 0;
	for (unsigned i = 0; i < anomaly->frame_count && i < FINDING_FRAMES; i++)
		finding->frame[finding->frame_count++] = anomaly->frame[i];
}

static void take_anomaly(struct findings *findings, const struct flow_report *report,
			 unsigned index)
{
	const struct report_anomaly *anomaly = &report->anomaly[index];
	struct finding *finding = &findings->found[anomaly->id];
	bool is_first = finding->connections == 0;

	if (is_first || anomaly->severity > finding->severity)
		take_example(finding, report, anomaly);
	if (is_first || anomaly->ts_ns < finding->first_ns)
		finding->first_ns = anomaly->ts_ns;
	if (is_first || anomaly->ts_ns > finding->last_ns)
		finding->last_ns = anomaly->ts_ns;
	if (is_counted(report, index))
		return;
	finding->id = anomaly->id;
	finding->connections++;
	finding->doubtful += anomaly->doubt != DOUBT_NONE;
	count_place(findings, anomaly->id, &report->envelope);
}

static void take_cause(struct findings *findings, const struct flow_report *report)
{
	enum cause cause = CAUSE_NULL;

	if (report->teardown != TEARDOWN_RST_ABORT && report->teardown != TEARDOWN_FIN_THEN_RST)
		return;
	if (report->explanation_count > 0)
		cause = report->explanation[0].cause;
	findings->resets++;
	findings->by_cause[cause]++;
	count_place(findings, ANOMALY_COUNT + (unsigned)cause, &report->envelope);
}

static void take_slow(struct findings *findings, const struct flow_report *report)
{
	int64_t close_ns = report->teardown_end_ns - report->teardown_start_ns;
	unsigned at = findings->slow_count;

	if (!report->complete || !report->has_teardown_start || !report->has_teardown_end ||
	    (at == FINDINGS_SLOWEST && close_ns <= findings->slow[at - 1].close_ns))
		return;
	for (; at > 0 && close_ns > findings->slow[at - 1].close_ns; at--)
		findings->slow[at] = findings->slow[at - 1];
	findings->slow[at] = (struct finding_slow){
		.envelope = report->envelope,
		.orientation = report->orientation,
		.close_ns = close_ns,
		.has_application = report->latency.has_application && !report->wave[1].piggybacked,
		.application_ns = report->latency.application_ns,
	};
	if (findings->slow_count < FINDINGS_SLOWEST)
		findings->slow_count++;
}

void findings_take(struct findings *findings, const struct flow_report *report)
{
	for (unsigned i = 0; i < report->anomaly_count; i++)
		take_anomaly(findings, report, i);
	take_cause(findings, report);
	take_slow(findings, report);
}

static struct finding_place place_of(const struct place_entry *entry)
{
	struct finding_place place = {
		.ip_version = entry->key.ip_version,
		.port = entry->key.port,
		.connections = entry->connections,
	};

	memcpy(place.addr, entry->key.addr, sizeof(place.addr));
	return place;
}

/* Keeps the places with the most connections, of equal ones those that came first. */
static void add_place(struct finding *finding, const struct place_entry *entry)
{
	struct finding_place place = place_of(entry);
	unsigned at = finding->place_count;

	if (at == FINDING_PLACES && finding->place[at - 1].connections >= place.connections)
		return;
	at -= at == FINDING_PLACES;
	for (; at > 0 && place.connections > finding->place[at - 1].connections; at--)
		finding->place[at] = finding->place[at - 1];
	finding->place[at] = place;
	if (finding->place_count < FINDING_PLACES)
		finding->place_count++;
}

static void find_places(const struct findings *findings, struct finding found[ANOMALY_COUNT])
{
	for (uint32_t i = 0; i < findings->places.count; i++) {
		const struct place_entry *entry = keymap_entry(&findings->places, i);

		if (entry->key.what < ANOMALY_COUNT)
			add_place(&found[entry->key.what], entry);
	}
}

static int by_weight(const void *a, const void *b)
{
	const struct finding *first = a, *second = b;

	if (first->severity != second->severity)
		return first->severity > second->severity ? -1 : 1;
	if (first->connections != second->connections)
		return first->connections > second->connections ? -1 : 1;
	return (first->id > second->id) - (first->id < second->id);
}

unsigned findings_list(const struct findings *findings, struct finding list[ANOMALY_COUNT])
{
	unsigned count = 0;

	memcpy(list, findings->found, sizeof(findings->found));
	find_places(findings, list);
	for (unsigned id = 0; id < ANOMALY_COUNT; id++)
		if (list[id].connections > 0)
			list[count++] = list[id];
	qsort(list, count, sizeof(*list), by_weight);
	return count;
}

void findings_causes(const struct findings *findings, struct finding_cause *causes)
{
	*causes = (struct finding_cause){.resets = findings->resets, .commonest = CAUSE_NULL};
	memcpy(causes->by_cause, findings->by_cause, sizeof(causes->by_cause));
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
		if (causes->by_cause[cause] > 0 &&
		    (causes->commonest == CAUSE_NULL ||
		     causes->by_cause[cause] > causes->by_cause[causes->commonest]))
			causes->commonest = (enum cause)cause;
	for (uint32_t i = 0; i < findings->places.count; i++) {
		const struct place_entry *entry = keymap_entry(&findings->places, i);

		if (causes->commonest != CAUSE_NULL &&
		    entry->key.what == ANOMALY_COUNT + (unsigned)causes->commonest &&
		    entry->connections > causes->place.connections)
			causes->place = place_of(entry);
	}
}

unsigned findings_slowest(const struct findings *findings,
			  struct finding_slow list[FINDINGS_SLOWEST])
{
	memcpy(list, findings->slow, findings->slow_count * sizeof(*list));
	return findings->slow_count;
}

static void finding_archive(struct archive *archive, struct finding *finding)
{
	ARCHIVE_UPTO(archive, finding->id, ANOMALY_COUNT - 1);
	ARCHIVE_UPTO(archive, finding->severity, SEVERITY_COUNT - 1);
	ARCHIVE(archive, finding->connections);
	ARCHIVE(archive, finding->doubtful);
	ARCHIVE_TIME(archive, finding->first_ns);
	ARCHIVE_TIME(archive, finding->last_ns);
	ARCHIVE(archive, finding->flow_id);
	ARCHIVE_UPTO(archive, finding->frame_count, FINDING_FRAMES);
	for (unsigned i = 0; i < finding->frame_count; i++)
		ARCHIVE(archive, finding->frame[i]);
}

static void place_archive(struct archive *archive, void *entry)
{
	struct place_entry *place = entry;

	ARCHIVE_UPTO(archive, place->key.what, ANOMALY_COUNT + CAUSE_COUNT);
	ARCHIVE(archive, place->key.port);
	ARCHIVE(archive, place->key.ip_version);
	ARCHIVE_BYTES(archive, place->key.addr);
	ARCHIVE(archive, place->connections);
}

static void slow_archive(struct archive *archive, struct finding_slow *slow)
{
	report_envelope_archive(archive, &slow->envelope);
	ARCHIVE_UPTO(archive, slow->orientation, ORIENTATION_NULL);
	ARCHIVE_SPAN(archive, slow->close_ns);
	ARCHIVE_FLAG(archive, slow->has_application);
	ARCHIVE_SPAN(archive, slow->application_ns);
}

void findings_archive(struct archive *archive, struct findings *findings)
{
	for (unsigned id = 0; id < ANOMALY_COUNT; id++)
		finding_archive(archive, &findings->found[id]);
	ARCHIVE(archive, findings->resets);
	for (unsigned cause = 0; cause <= CAUSE_COUNT; cause++)
		ARCHIVE(archive, findings->by_cause[cause]);
	keymap_archive(archive, &findings->places, place_archive);
	ARCHIVE_UPTO(archive, findings->slow_count, FINDINGS_SLOWEST);
	for (unsigned i = 0; i < findings->slow_count; i++)
		slow_archive(archive, &findings->slow[i]);
}
