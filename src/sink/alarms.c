#include "sink/alarms.h"

#include "core/report_archive.h"

void alarms_raise(struct alarms *alarms, const struct report_envelope *where,
		  const struct alarm *what)
{
	struct anomaly_report report = {
		.envelope = *where,
		.anomaly =
			{
				.id = what->id,
				.severity = what->severity,
				.side = what->side,
				.doubt = DOUBT_NONE,
				.ts_ns = where->ts_ns,
				.number = where->number,
				.count = what->count,
				.frame_count = where->number != 0,
				.frame = {where->number},
				.observed = what->observed,
			},
		.state = STATE_NULL,
	};

	if (alarms->count < TALLY_TOP)
		alarms->first[alarms->count] = report;
	if (alarms->worst == SEVERITY_NULL || what->severity > alarms->worst)
		alarms->worst = what->severity;
	alarms->count++;
	alarms->counts->anomalies++;
	alarms->counts->by_anomaly[what->id]++;
	alarms->counts->by_severity[what->severity]++;
	if (alarms->tell != NULL)
		alarms->tell(alarms->context, &report);
}

void alarms_view(const struct alarms *alarms, struct tally_view *view)
{
	view->alarm_count =
		alarms->count < TALLY_TOP ? (unsigned)alarms->count : (unsigned)TALLY_TOP;
	for (unsigned i = 0; i < view->alarm_count; i++)
		view->alarm[i] = alarms->first[i];
}

void alarms_archive(struct archive *archive, struct alarms *alarms)
{
	ARCHIVE(archive, alarms->count);
	for (unsigned i = 0; i < TALLY_TOP && i < alarms->count; i++) {
		report_envelope_archive(archive, &alarms->first[i].envelope);
		report_anomaly_archive(archive, &alarms->first[i].anomaly);
		ARCHIVE_UPTO(archive, alarms->first[i].state, STATE_NULL);
	}
}
