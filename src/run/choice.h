/*
 * Which connections are reported: those that --flow, --min-severity and --only ask for. What the
 * summary counts, and what --fail-on looks at, is every connection all the same.
 */
#ifndef TCPBYE_CHOICE_H
#define TCPBYE_CHOICE_H

#include <stdbool.h>

#include "core/report.h"
#include "options/options.h"

/* Whether the connection's record leaves. */
bool choice_flow(const struct options *options, const struct flow_report *report);

/* Whether an anomaly's record leaves: it must itself be what was asked for. How its connection ends
 * is not known yet. */
bool choice_anomaly(const struct options *options, const struct anomaly_report *report);

/* Whether a step's record leaves: of what its connection will be like, nothing is known yet. */
bool choice_transition(const struct options *options, const struct transition_report *report);

#endif
