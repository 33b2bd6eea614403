/*
 * Commands that a report tells its reader to run.
 */
#ifndef TCPBYE_SINK_TEXT_COMMAND_H
#define TCPBYE_SINK_TEXT_COMMAND_H

#include "sink/sink.h"

/* Adds a run's captures as the user would name them again; FILE... where that would be long or
 * unsafe. */
void text_append_sources(char *command, size_t size, const struct run_report *run);

#endif
