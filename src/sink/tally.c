#include "sink/tally.h"

#include "sink/alarms.h"
#include "sink/findings.h"
#include "sink/histogram.h"
#include "sink/hosts.h"
#include "sink/occupancy.h"
#include "sink/services.h"
#include "sink/twins.h"

#include <stdlib.h>

struct tally {
	struct tally_view view; /* the plain counters; what is derived is filled in on demand */
	struct histogram close;
	struct occupancy occupancy;
	struct hosts hosts;
	struct twins *twins;
	enum severity worst; /* of all flow records; SEVERITY_NULL: none */
	struct findings *findings;
	struct services services;
	struct alarms alarms;
};

struct tally *tally_create(void)
{
	struct tally *tally = calloc(1, sizeof *tally);
	if (tally == NULL)
		return NULL;
	tally->twins = twins_create();
	tally->findings = findings_create();
	if (tally->twins == NULL || tally->findings == NULL) {
		twins_destroy(tally->twins);
		findings_destroy(tally->findings);
		free(tally);
		return NULL;
	}
	tally->worst = SEVERITY_NULL;
	occupancy_init(&tally->occupancy);
	hosts_init(&tally->hosts);
	services_init(&tally->services);
	tally->alarms.counts = &tally->view;
	tally->alarms.worst = SEVERITY_NULL;
	return tally;
}

void tally_destroy(struct tally *tally)
{
	if (tally == NULL)
		return;
	occupancy_release(&tally->occupancy);
	hosts_release(&tally->hosts);
	twins_destroy(tally->twins);
	findings_destroy(tally->findings);
	services_release(&tally->services);
	free(tally);
}

void tally_assume(struct tally *tally, int64_t time_wait_ns, unsigned port_capacity)
{
	tally->occupancy.time_wait_ns = time_wait_ns;
	tally->occupancy.port_capacity = port_capacity;
}

void tally_guard(struct tally *tally, const struct hash_key *secret)
{
	occupancy_guard(&tally->occupancy, secret);
	hosts_guard(&tally->hosts, secret);
	findings_guard(tally->findings, secret);
	services_guard(&tally->services, secret);
}

void tally_tell(struct tally *tally,
		void (*tell)(void *context, const struct anomaly_report *report), void *context)
{
	tally->alarms.tell = tell;
	tally->alarms.context = context;
}

static void count_reset(struct tally_view *view, const struct report_reset *reset)
{
	if (!reset->present)
		return;
	view->resets++;
	view->reset_by[reset->by]++;
	if (reset->form < RESET_FORM_COUNT)
		view->resets_by_form[reset->form]++;
}

static void count_time_waits(struct tally_view *view, const struct flow_report *report)
{
	for (unsigned i = 0; i < report->time_wait_count; i++) {
		const struct report_time_wait *time_wait = &report->time_wait[i];
		if (time_wait->ended_by == TW_END_ABSENT)
			continue;
		view->time_waits++;
		view->time_waits_by_side[time_wait->side == WHO_SERVER ? REPORT_SERVER
								       : REPORT_CLIENT]++;
	}
}

static void count_anomalies(struct tally_view *view, const struct flow_report *report)
{
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		const struct report_anomaly *anomaly = &report->anomaly[i];
		view->anomalies++;
		view->by_anomaly[anomaly->id]++;
		view->by_severity[anomaly->severity]++;
	}
}

static void note_worst(struct tally *tally, const struct flow_report *report)
{
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		enum severity severity = report->anomaly[i].severity;
		if (tally->worst == SEVERITY_NULL || severity > tally->worst)
			tally->worst = severity;
	}
}

/* Whoever has the higher port is most likely the client. Hosts are counted last, at the end. The
 * server's own places are not asked for: most connections share them with others, so that they are
 * at hand. */
void tally_expect(const struct tally *tally, const struct tuple *tuple, enum prefetch_round round)
{
	unsigned client = tuple->port[0] < tuple->port[1];

	occupancy_prefetch(&tally->occupancy, tuple, client, round);
	if (round == PREFETCH_SECOND)
		hosts_prefetch(&tally->hosts, tuple->ip_version, tuple->addr[client]);
}

void tally_flow(struct tally *tally, const struct flow_report *report)
{
	struct tally_view *view = &tally->view;
	note_worst(tally, report);
	if (twins_meet(tally->twins, &report->envelope) != 0) {
		view->nat_twins++;
		return;
	}
	view->flows++;
	view->by_teardown[report->teardown]++;
	view->by_reason[report->reason]++;
	view->closed_by[report->closer]++;
	if (report->has_teardown_start && report->has_teardown_end &&
	    report->teardown_end_ns >= report->teardown_start_ns)
		histogram_add(&tally->close, (uint64_t)report->teardown_end_ns -
						     (uint64_t)report->teardown_start_ns);
	count_reset(view, &report->reset);
	count_time_waits(view, report);
	count_anomalies(view, report);
	hosts_take(&tally->hosts, report, &tally->alarms);
	findings_take(tally->findings, report);
	services_take(&tally->services, report, &tally->alarms);
}

void tally_time_wait(struct tally *tally, const struct time_wait_report *report)
{
	occupancy_take_time_wait(&tally->occupancy, report, &tally->alarms);
}

void tally_port(struct tally *tally, const struct port_report *report)
{
	occupancy_take_port(&tally->occupancy, report, &tally->alarms);
}

void tally_view(const struct tally *tally, struct tally_view *view)
{
	*view = tally->view;
	view->close = (struct tally_durations){
		.count = tally->close.count,
		.min_ns = tally->close.min,
		.p50_ns = histogram_percentile(&tally->close, 50),
		.p90_ns = histogram_percentile(&tally->close, 90),
		.p99_ns = histogram_percentile(&tally->close, 99),
		.max_ns = tally->close.max,
	};
	occupancy_view(&tally->occupancy, view);
	hosts_view(&tally->hosts, view);
	services_view(&tally->services, view);
	alarms_view(&tally->alarms, view);
}

const struct tally_view *tally_counters(const struct tally *tally)
{
	return &tally->view;
}

uint64_t tally_time_waits_peak(const struct tally *tally)
{
	return tally->occupancy.all.peak;
}

const struct findings *tally_findings(const struct tally *tally)
{
	return tally->findings;
}

enum severity tally_worst_severity(const struct tally *tally)
{
	enum severity worst = tally->alarms.worst;

	if (worst == SEVERITY_NULL || (tally->worst != SEVERITY_NULL && tally->worst > worst))
		return tally->worst;
	return worst;
}

const struct twins *tally_twins(const struct tally *tally)
{
	return tally->twins;
}

static void view_archive(struct archive *archive, struct tally_view *view)
{
	ARCHIVE(archive, view->flows);
	ARCHIVE(archive, view->nat_twins);
	for (unsigned i = 0; i < TEARDOWN_COUNT; i++)
		ARCHIVE(archive, view->by_teardown[i]);
	for (unsigned i = 0; i < REASON_COUNT; i++)
		ARCHIVE(archive, view->by_reason[i]);
	ARCHIVE(archive, view->resets);
	for (unsigned i = 0; i < RESET_FORM_COUNT; i++)
		ARCHIVE(archive, view->resets_by_form[i]);
	for (unsigned i = 0; i <= WHO_COUNT; i++) {
		ARCHIVE(archive, view->closed_by[i]);
		ARCHIVE(archive, view->reset_by[i]);
	}
	ARCHIVE(archive, view->time_waits);
	for (unsigned side = 0; side < 2; side++)
		ARCHIVE(archive, view->time_waits_by_side[side]);
	ARCHIVE(archive, view->anomalies);
	for (unsigned i = 0; i < ANOMALY_COUNT; i++)
		ARCHIVE(archive, view->by_anomaly[i]);
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		ARCHIVE(archive, view->by_severity[i]);
}

void tally_archive(struct archive *archive, struct tally *tally)
{
	archive->origin_ns = 0;
	view_archive(archive, &tally->view);
	histogram_archive(archive, &tally->close);
	occupancy_archive(archive, &tally->occupancy);
	hosts_archive(archive, &tally->hosts);
	twins_archive(archive, tally->twins);
	findings_archive(archive, tally->findings);
	services_archive(archive, &tally->services);
	alarms_archive(archive, &tally->alarms);
}
