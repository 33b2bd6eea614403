/*
 * The network interfaces of a run: opened together, read as one, and what happens to them told.
 */
#ifndef TCPBYE_WIRES_H
#define TCPBYE_WIRES_H

#include "options/options.h"
#include "process/talk.h"
#include "source/live.h"

struct wires;

enum wires_status {
	WIRES_FRAME,  /* a frame was lent, until the next call */
	WIRES_TIME,   /* no frame, but time has passed up to the frame's ts_ns */
	WIRES_LOSS,   /* frames up to the frame's ts_ns may have been lost */
	WIRES_FAILED, /* nothing can be captured any more */
};

/*
 * Opens the interfaces that the options name, with the filter, which may be NULL. NULL, having said
 * why, when one cannot be captured from; then `status` is the exit status that this calls for. The
 * options must outlive it.
 */
struct wires *wires_open(const struct options *options, const char *filter, const struct talk *talk,
			 int *status);
void wires_close(struct wires *wires);

/* Notes on what is captured, and how. */
void wires_introduce(struct wires *wires, const struct talk *talk);

/* Waits for the next frame, but at most for a twentieth of a second. */
enum wires_status wires_next(struct wires *wires, struct frame *frame, const struct talk *talk);

/*
 * Says how much the kernel has dropped, and what has become of the interfaces, once nothing more is
 * read. Returns the exit status that this calls for: 0, or 1 (one could not be read to the end).
 */
int wires_conclude(struct wires *wires, const struct talk *talk);

/* The kernel's counters of all interfaces. */
void wires_count(const struct wires *wires, struct live_counters *counters);

/* One entry for each interface; lives as long as the wires. */
const struct source_info *wires_info(struct wires *wires);

#endif
