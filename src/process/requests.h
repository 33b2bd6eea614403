/*
 * SIGHUP and SIGUSR1: what a running program is asked for without ending it.
 */
#ifndef TCPBYE_REQUESTS_H
#define TCPBYE_REQUESTS_H

#include <stdbool.h>

/* From here on the signals are noted, SIGHUP only if it was not ignored, as under nohup. */
void requests_listen(void);

/* True where one of the following may be; cheap, to be asked at every packet. */
bool requests_waiting(void);

/* True once after SIGHUP: open the output again. */
bool requests_reopening(void);

/* True once after SIGUSR1: tell how it stands. */
bool requests_counts(void);

#endif
