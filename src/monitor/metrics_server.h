/*
 * The metrics over HTTP, at /metrics, for Prometheus to fetch.
 *
 * There is no thread: whoever runs the program attends to it now and then. It serves few at a time,
 * and nothing but that one page.
 */
#ifndef TCPBYE_METRICS_SERVER_H
#define TCPBYE_METRICS_SERVER_H

#include <stdbool.h>
#include <stdio.h>

struct metrics_server;

enum { METRICS_SERVER_ERROR_MAX = 256 };

/* Writes the page; false when that fails. */
typedef bool metrics_page(void *context, FILE *file);

/*
 * Listens on "ADDRESS:PORT", "[ADDRESS]:PORT" or, on the loopback interface alone, "PORT". NULL
 * with `error` (of METRICS_SERVER_ERROR_MAX bytes) filled in when that cannot be.
 */
struct metrics_server *metrics_server_open(const char *where, metrics_page *page, void *context,
					   char *error);
void metrics_server_close(struct metrics_server *server);

/* Serves whoever is there, without waiting. */
void metrics_server_attend(struct metrics_server *server);

#endif
