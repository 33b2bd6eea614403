/*
 * One network interface that is captured from: opened with libpcap, read in batches without
 * waiting, watched for going down, vanishing and coming back, and for frames that the kernel drops.
 *
 * What is opened here needs CAP_NET_RAW; nothing afterwards does, not even to go on when the
 * interface comes back: the packet socket that is there is bound to it anew.
 */
#ifndef TCPBYE_SOURCE_LIVE_INTERFACE_H
#define TCPBYE_SOURCE_LIVE_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/frame.h"
#include "source/live.h"
#include "source/source.h"

enum { LIVE_BATCH_FRAMES = 1024 };

enum wire_state { WIRE_UP, WIRE_DOWN, WIRE_GONE, WIRE_FAILED };

struct live_interface {
	const char *name; /* the caller's */
	uint16_t index;
	struct pcap *pcap;
	enum wire_state state;
	bool is_any;             /* stands for all interfaces: cannot go down */
	int promiscuous;         /* 1: asked for */
	unsigned short hardware; /* ARPHRD_*: what it must be again when it comes back */
	int64_t ns_per_tick;     /* of its time stamps' fraction */
	uint16_t linktype;
	uint32_t snaplen_bytes;
	uint64_t frames, bytes;
	struct live_counters counters;
	uint32_t received, dropped, missed; /* libpcap's counters as they were read last */
	struct source_error error;          /* with WIRE_FAILED */

	/* What was read and not yet lent. */
	struct frame batch[LIVE_BATCH_FRAMES];
	unsigned batch_count, batch_next;
	uint8_t *bytes_kept;
	size_t bytes_used, bytes_room;
	unsigned batch_limit; /* frames that fit for sure */
};

/*
 * Opens the interface by the configuration; NULL with `refusal` filled in when it cannot be
 * captured from, and `caution` filled in (else empty) with what is not as it was asked for.
 */
struct live_interface *live_interface_open(const struct live_config *config, unsigned index,
					   struct live_refusal *refusal,
					   struct source_error *caution);
void live_interface_close(struct live_interface *interface);

/* What to wait on. */
int live_interface_descriptor(const struct live_interface *interface);

/* Reads what is there into the empty batch, without waiting. False when something is wrong:
 * live_interface_look() tells what, or else libpcap. */
bool live_interface_read(struct live_interface *interface);

/* The frame that is next, or NULL. */
static inline const struct frame *live_interface_head(const struct live_interface *interface)
{
	return interface->batch_next < interface->batch_count
		       ? &interface->batch[interface->batch_next]
		       : NULL;
}

/* Looks how the interface is; true if that has changed, with `news` filled in. */
bool live_interface_look(struct live_interface *interface, struct live_news *news);

/* Takes note that it could not be read, and tells why. */
void live_interface_blame(struct live_interface *interface, struct live_news *news);

/* Reads the kernel's counters; the number of frames that were dropped since the last time. */
uint64_t live_interface_count(struct live_interface *interface);

#endif
