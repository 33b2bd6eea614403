/*
 * The compact form of a flow's record, for as long as nothing is heard of the flow.
 *
 * A record is mostly zeros, and most of what is not resembles something else in it: times lie close
 * together, sequence numbers close to the highest one. So of each unit of 8 bytes that is not zero
 * the difference from others before it is kept, in as few bytes as it takes: of the unit as a
 * number, or of its two halves. Nothing is lost by it, whatever the record holds; what is compared
 * with what only decides how short it gets.
 */
#ifndef TCPBYE_CORE_FLOW_PACK_H
#define TCPBYE_CORE_FLOW_PACK_H

#include <stddef.h>

#include "core/flow.h"

enum {
	FLOW_WORDS = sizeof(struct flow) / sizeof(uint32_t),
	FLOW_GROUPS = (sizeof(struct flow) / sizeof(uint64_t) + 7) / 8, /* of eight units */
	FLOW_UNITS = 8 * FLOW_GROUPS,
	FLOW_GROUP_MASK_BYTES = (FLOW_GROUPS + 7) / 8,
	FLOW_PACKED_SLACK_BYTES = 8, /* numbers are read and written as eight bytes */
	/* A bit for each group; a bit, four bits and eight bytes for each unit. */
	FLOW_PACKED_MAX_BYTES = FLOW_GROUP_MASK_BYTES + FLOW_GROUPS + FLOW_UNITS / 2 +
				8 * FLOW_UNITS + FLOW_PACKED_SLACK_BYTES,
};

/* What of the record is packed. */
enum flow_part {
	FLOW_WHOLE,
	FLOW_WITHOUT_FRAMES, /* not the copies of its latest frames: they are too old to matter */
};

/* Writes the record, all but its addresses and ports, to `packed`, which has room for
 * FLOW_PACKED_MAX_BYTES. Returns how many bytes are to be kept. */
size_t flow_pack(const struct flow *flow, enum flow_part part, uint8_t *packed);

/* The other way round, into a record that is all zero. */
void flow_unpack(const uint8_t *packed, struct flow *flow);

#endif
