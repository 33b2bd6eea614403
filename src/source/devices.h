/*
 * What can be captured from, and how: the lists that -D and -L print.
 */
#ifndef TCPBYE_SOURCE_DEVICES_H
#define TCPBYE_SOURCE_DEVICES_H

#include <stdbool.h>
#include <stdio.h>

#include "source/source.h"

/* Writes one line for each interface; false with `error` filled in when they cannot be listed. */
bool devices_write(FILE *output, struct source_error *error);

/* Writes one line for each link type of the interface; false with `error` filled in when it cannot
 * be asked. */
bool devices_write_linktypes(const char *interface, FILE *output, struct source_error *error);

#endif
