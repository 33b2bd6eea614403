/*
 * Frames as they pass on network interfaces, several of them read as one in the order of time.
 *
 * Time passes here also when nothing is captured: what is told as passed is never later than a
 * frame that is still to be delivered. The kernel hands over its blocks of frames after 100 ms at
 * the latest; a little more than that behind the clock everything has come.
 */
#ifndef TCPBYE_SOURCE_LIVE_H
#define TCPBYE_SOURCE_LIVE_H

#include <stdint.h>

#include "source/frame.h"
#include "source/source.h"

struct live;

enum live_direction { LIVE_IN_AND_OUT, LIVE_IN, LIVE_OUT };
enum live_promiscuity { LIVE_PROMISCUOUS, LIVE_NOT_PROMISCUOUS };

struct live_config {
	const char *const *interface;
	unsigned count;
	const char *filter; /* NULL: none */
	unsigned snaplen_bytes;
	uint64_t buffer_bytes;   /* of each interface's ring in the kernel */
	const char *tstamp_type; /* NULL: the host's */
	const char *linktype;    /* NULL: the interface's own */
	enum live_direction direction;
	enum live_promiscuity promiscuity;
};

enum live_status {
	LIVE_FRAME,  /* a frame was lent, until the next call */
	LIVE_TIME,   /* no frame, but time has passed up to the frame's ts_ns; or a signal came */
	LIVE_NEWS,   /* something has happened to an interface */
	LIVE_FAILED, /* no interface is left that could still deliver anything */
};

enum live_event {
	LIVE_DROPPED,   /* by the kernel, since its buffer was full: `frames` */
	LIVE_WENT_DOWN, /* or was down from the beginning */
	LIVE_CAME_UP,
	LIVE_VANISHED,
	LIVE_RETURNED,
	LIVE_CHANGED, /* another kind of interface has its name now, which is not captured */
	LIVE_BROKE,   /* cannot be captured from any longer: `error` */
};

struct live_news {
	enum live_event event;
	unsigned interface;
	uint64_t frames;
	int64_t at_ns; /* frames up to here may be missing */
	const char *error;
};

/* By the kernel's count, since the start. */
struct live_counters {
	uint64_t kernel_packets; /* that passed the filter */
	uint64_t kernel_drops;   /* of these, for want of room */
	uint64_t kernel_ifdrops; /* by the interface or its driver */
};

/* Why an interface cannot be captured from. */
struct live_refusal {
	struct source_error error;
	enum live_fault {
		LIVE_FAULT_INTERFACE,
		LIVE_FAULT_ARGUMENT, /* the filter, or what else was asked for, is wrong */
	} fault;
};

/*
 * Opens all interfaces; NULL with `refusal` filled in when one of them cannot be captured from.
 * `caution` is called with each thing that is not as it was asked for. The texts of the
 * configuration stay the caller's.
 */
struct live *live_open(const struct live_config *config, struct live_refusal *refusal,
		       void (*caution)(void *context, const char *text), void *context);
void live_close(struct live *live);

/* Waits for a frame, but at most for a twentieth of a second. */
enum live_status live_next(struct live *live, struct frame *frame);

/* What LIVE_NEWS is about; until the next call of live_next(). */
const struct live_news *live_news(const struct live *live);

/* The counters of all interfaces together, as they were read last. */
void live_count(const struct live *live, struct live_counters *counters);

/* What is known of one interface. */
void live_info(const struct live *live, unsigned interface, struct source_info *info);

#endif
