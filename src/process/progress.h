/*
 * The line on a terminal that says how far the reading is.
 *
 * Of a live capture it says what goes on. It appears once the reading has lasted for a second, is
 * renewed at most five times a second, and is gone before anything else is written there.
 */
#ifndef TCPBYE_PROGRESS_H
#define TCPBYE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *terminal; /* NULL: nothing is ever shown */
	bool shown;
	unsigned packets;          /* since the clock was looked at */
	int64_t start_ns, next_ns; /* of the monotonic clock */
};

/* How far: bytes of all captures, 0 where the whole is not known. */
struct progress_state {
	uint64_t done_bytes, whole_bytes;
	uint64_t packets;
	bool live;            /* there is no end to be far from; what follows is set */
	uint64_t connections; /* that are open */
	uint64_t anomalies, dropped;
};

void progress_start(struct progress *progress, FILE *terminal);

/* True when it is time for progress_show(), so many packets after it was asked before; cheap, to be
 * asked at every packet. */
bool progress_due(struct progress *progress, unsigned packets);

/* The same, to be asked now and then. */
bool progress_due_now(const struct progress *progress);
void progress_show(struct progress *progress, const struct progress_state *state);

/* Takes the line away, if it is there. */
void progress_hide(struct progress *progress);

#endif
