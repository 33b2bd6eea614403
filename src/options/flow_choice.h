/*
 * The one connection that is wanted, as its id or as its two ends.
 */
#ifndef TCPBYE_OPTIONS_FLOW_CHOICE_H
#define TCPBYE_OPTIONS_FLOW_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/report.h"

/* By what a connection is chosen. All of a tuple's incarnations have the same ends. */
struct flow_choice {
	enum flow_choice_by { FLOW_CHOICE_ANY, FLOW_CHOICE_ID, FLOW_CHOICE_ENDS } by;
	uint64_t id;       /* FLOW_CHOICE_ID */
	struct tuple ends; /* FLOW_CHOICE_ENDS: addresses, ports and ip_version */
};

/*
 * Reads "1482031870951425", or two ends in either order: "10.0.0.1:40000-10.0.0.2:80",
 * "[::1]:40000 > [::1]:80". False if the text is neither.
 */
bool flow_choice_read(const char *text, struct flow_choice *choice);

/* True if what the envelope stands on concerns a chosen connection. */
bool flow_choice_has(const struct flow_choice *choice, const struct report_envelope *envelope);

#endif
