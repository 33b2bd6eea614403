/*
 * Which connections are reported: those that --min-severity and --only ask for. What the summary
 * counts, and what --fail-on looks at, is every connection all the same.
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
bool choice_anomaly(const struct options *options, const struct report_anomaly *anomaly);

#endif
