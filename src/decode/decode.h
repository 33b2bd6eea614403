/*
 * From the bytes of a frame to a segment, or to the reason why there is none.
 *
 * Pure: no I/O, no allocation, no globals. Every length is checked before it is believed. Understands the link
 * types Ethernet (with stacked VLAN tags), raw IP, Linux cooked v1 and v2, and BSD loopback; IPv4 and IPv6 with extension headers.
 */
#ifndef TCPBYE_DECODE_H
#define TCPBYE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/segment.h"

/* What one frame turned out to be; every frame is exactly one of these. */
enum decode_verdict {
	DECODE_TCP,       /* the segment is filled in */
	DECODE_NOT_TCP,   /* another protocol */
	DECODE_FRAGMENT,  /* part of an IP packet that cannot be read alone */
	DECODE_TRUNCATED, /* the capture cut it before the TCP acknowledgement number and flags */
	DECODE_INVALID,   /* its own lengths contradict each other */
	DECODE_VERDICT_COUNT
};

/* Counters of the records' `decoder` object; frames = sum of by_verdict. */
struct decode_counters {
	uint64_t frames, bytes;
	uint64_t by_verdict[DECODE_VERDICT_COUNT];
	uint64_t ipv4, ipv6, vlan, tunnel, bad_checksum;
};

struct frame; /* source/frame.h */

enum decode_checksums { DECODE_SKIP_CHECKSUMS, DECODE_VERIFY_CHECKSUMS };

/* True if frames of this link type (LINKTYPE_* value as in files) can be decoded. */
bool decode_knows_linktype(unsigned linktype);

/*
 * Decodes one frame and counts it. `segment` is filled in only with DECODE_TCP; ts_ns, number and source are
 * taken from the frame.
 */
enum decode_verdict decode_frame(const struct frame *frame, enum decode_checksums checksums,
				 struct segment *segment, struct decode_counters *counters);

#endif
