/*
 * A scenario as a capture: the frames that a tap would have written, with right lengths and
 * checksums.
 */
#ifndef TCPBYE_TESTS_SCENARIO_CAPTURE_H
#define TCPBYE_TESTS_SCENARIO_CAPTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "support/scenario.h"

/* Writes a pcap (Ethernet, nanoseconds) to `file`, which stays the caller's. False, with errno, if
 * it cannot. */
bool scenario_write_capture(const struct scenario *scenario, FILE *file);

#endif
