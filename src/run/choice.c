#include "run/choice.h"

static bool grave_enough(const struct options *options, const struct report_anomaly *anomaly)
{
	return options->min_severity == SEVERITY_NULL || anomaly->severity >= options->min_severity;
}

static bool has_grave_enough(const struct options *options, const struct flow_report *report)
{
	if (options->min_severity == SEVERITY_NULL)
		return true;
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		if (grave_enough(options, &report->anomaly[i]))
			return true;
	}
	return false;
}

static bool is_of_type(const struct options_only *only, const struct flow_report *report)
{
	if (!only->given || only->teardown[report->teardown])
		return true;
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		if (only->anomaly[report->anomaly[i].id])
			return true;
	}
	return false;
}

bool choice_flow(const struct options *options, const struct flow_report *report)
{
	return flow_choice_has(&options->flow, &report->envelope) &&
	       has_grave_enough(options, report) && is_of_type(&options->only, report);
}

bool choice_anomaly(const struct options *options, const struct anomaly_report *report)
{
	const struct report_anomaly *anomaly = &report->anomaly;

	return flow_choice_has(&options->flow, &report->envelope) &&
	       grave_enough(options, anomaly) &&
	       (!options->only.given || options->only.anomaly[anomaly->id]);
}

bool choice_transition(const struct options *options, const struct transition_report *report)
{
	return flow_choice_has(&options->flow, &report->envelope);
}
