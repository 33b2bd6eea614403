#include "sink/sink.h"

bool sink_ignore_anomaly(struct sink *sink, const struct anomaly_report *report)
{
	(void)sink;
	(void)report;
	return true;
}

bool sink_ignore_transition(struct sink *sink, const struct transition_report *report)
{
	(void)sink;
	(void)report;
	return true;
}

bool sink_ignore_stats(struct sink *sink, const struct stats_report *stats)
{
	(void)sink;
	(void)stats;
	return true;
}
