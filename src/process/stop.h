/*
 * SIGINT and SIGTERM: the first one asks the program to come to an end, the second one of a kind
 * ends it at once.
 */
#ifndef TCPBYE_STOP_H
#define TCPBYE_STOP_H

#include <stdbool.h>

/* From here on the signals are asked for with stop_requested(), unless they are ignored, as under
 * nohup. */
void stop_listen(void);

/* Lets SIGHUP, unless it is ignored, do the same. */
void stop_at_hangup(void);

bool stop_requested(void);

#endif
