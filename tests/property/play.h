/*
 * Scenarios played through a core of their own, with the defaults of the command line and without
 * its options.
 */
#ifndef TCPBYE_TESTS_PLAY_H
#define TCPBYE_TESTS_PLAY_H

#include <jansson.h>
#include <stdint.h>

#include "support/scenario.h"

/* When the last event happens. */
int64_t scenario_end_ns(const struct scenario *scenario);

/*
 * The records of a scenario whose capture goes on until `until_ns`; between the events time passes
 * in steps of `step_ns`, or by itself where that is 0. NULL if there was no memory or the sink
 * failed.
 */
json_t *play(const struct scenario *scenario, int64_t until_ns, int64_t step_ns);

/* The same until the last event and without steps. */
json_t *play_plain(const struct scenario *scenario);

/* The same in a core whose reports are made in memory that is full of that byte. */
json_t *play_spoiled(const struct scenario *scenario, unsigned char garbage);

/* Two scenarios in one core, in the order of time. */
json_t *play_both(const struct scenario *first, const struct scenario *second);

#endif
