/*
 * The compact form of a connection of which nothing but one SYN was seen: what a flood of SYNs
 * leaves behind by the million.
 *
 * All that its record holds follows from the SYN. So the SYN alone is kept, if the record that is
 * made from it again is the same, byte for byte; else the record is packed as any other
 * (flow_pack.h).
 */
#ifndef TCPBYE_CORE_LONE_SYN_H
#define TCPBYE_CORE_LONE_SYN_H

#include "core/flow_pack.h"

enum { LONE_SYN_COMPLETENESS = 1 }; /* as Wireshark counts it: a SYN, and nothing else */

struct lone_syn {
	int64_t ts_ns;
	uint64_t number, flow_id;
	uint32_t seq, tsval, link, frame_bytes;
	uint16_t window, ip_id, mss, source;
	uint8_t flags, ttl, window_scale;
	uint8_t from : 1, stamped : 1, framed : 1, port_taken : 1;
};

/* What is kept of the segment; of its connection nothing is known yet. */
static inline struct lone_syn lone_syn_of(const struct segment *segment)
{
	return (struct lone_syn){
		.ts_ns = segment->ts_ns,
		.number = segment->number,
		.seq = segment->seq,
		.tsval = segment->tsval,
		.link = segment->link,
		.frame_bytes = segment->frame_bytes,
		.window = segment->window,
		.ip_id = segment->ip_id,
		.mss = segment->mss,
		.source = segment->source,
		.flags = segment->flags,
		.ttl = segment->ttl,
		.window_scale = segment->window_scale,
		.from = segment->from == 1,
		.stamped = (segment->marks & SEGMENT_TIMESTAMPS) != 0,
	};
}

/* False where there is more to the record than one SYN between two IPv4 addresses. */
bool lone_syn_pack(const struct flow *flow, enum flow_part part, struct lone_syn *syn);

/* The other way round, into a record that is all zero; addresses and ports are not set. */
void lone_syn_unpack(const struct lone_syn *syn, struct flow *flow);

#endif
