/*
 * Data within a page: JSON in script elements that no browser executes.
 *
 * Whatever strings the JSON holds, it cannot end its element: "<" is written as an escape, and so
 * are the line separators that JavaScript once took for ends of lines.
 */
#ifndef TCPBYE_SINK_HTML_DATA_H
#define TCPBYE_SINK_HTML_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* False with errno set when the stream cannot be written. */
bool html_data_begin(FILE *file, const char *id);
bool html_data_end(FILE *file);

/* A piece of JSON text, cut at a character. */
bool html_data_put(FILE *file, const char *json, size_t length);

#endif
