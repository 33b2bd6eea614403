/*
 * A run that captures live: what differs from reading captures.
 */
#ifndef TCPBYE_RUN_LIVE_H
#define TCPBYE_RUN_LIVE_H

#include <stdbool.h>

struct analyzer_config;
struct output_counts;
struct run; /* run_state.h */

/* What is decided otherwise than for captures. False, having said why, when that cannot be. */
bool run_live_configure(struct run *run, struct analyzer_config *config);

/* Opens the interfaces, and lets the output no longer be waited for. An exit status; what is wrong
 * has been told. */
int run_live_open(struct run *run);

/* Captures until something ends it. */
void run_live_watch(struct run *run);

/* Before the summary: the last stats record, and records that found no room. */
void run_live_conclude(struct run *run);

/* Once the output is closed: says how many records have got lost in all, if any. */
void run_live_tell_lost(struct run *run, const struct output_counts *counts);

#endif
