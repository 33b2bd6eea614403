/*
 * What a service manager is told: that the program is ready, alive, and about to end
 * (sd_notify(3)).
 *
 * The protocol is a line of text in a datagram to the socket that NOTIFY_SOCKET names. Without one
 * nothing is told to anybody.
 */
#ifndef TCPBYE_NOTIFY_H
#define TCPBYE_NOTIFY_H

#include <stdint.h>

struct notify {
	int fd;              /* -1: nobody is told */
	int64_t interval_ns; /* how often the manager wants to hear; 0: not at all */
};

/* Finds out who is to be told; afterwards no socket has to be opened. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

void notify_ready(const struct notify *notify);
void notify_alive(const struct notify *notify);
void notify_stopping(const struct notify *notify);

#endif
