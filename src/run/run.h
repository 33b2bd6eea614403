/*
 * One run over captures: from the first frame to the last record.
 */
#ifndef TCPBYE_RUN_H
#define TCPBYE_RUN_H

#include "options/options.h"

/* Reads, reports, and says on standard error what went wrong. Returns the exit status (status.h).
 */
int run_captures(const struct options *options);

#endif
