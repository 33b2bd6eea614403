/*
 * What is noted of every segment before anybody judges it: counters, flags, time stamps, and
 * whether it is only a second copy of a frame.
 */
#ifndef TCPBYE_CORE_INTAKE_H
#define TCPBYE_CORE_INTAKE_H

#include "core/context.h"

/* True for the second copy of a frame that the capture holds twice: it counts, but says nothing
 * new. */
bool intake_is_duplicate(const struct analyzer *analyzer, const struct flow *flow,
			 const struct segment *segment);

/* As intake_is_duplicate(), of one segment against another. */
bool intake_is_copy(const struct analyzer *analyzer, const struct segment *first,
		    const struct segment *second);

/* Counts the segment and notes what it says about the quality of the capture. */
void intake_count(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* Notes which Ethernet address the segment comes from: one that changes is an anomaly. */
void intake_note_link(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* Remembers the frame, to know a copy of it. */
void intake_remember_frame(struct flow *flow, const struct segment *segment);

/* Remembers what was recognised in the segment's payload. */
void intake_remember_look(struct endpoint *end, const struct segment *segment);

/* Remembers the segment, which bears no RST, as the latest of its sender; its frame too. `end` is
 * the sender's, and the segment is none of the flow's. */
void intake_remember_plain(struct flow *flow, struct endpoint *end,
			   const struct segment *restrict segment);

/* The same of any segment, after it was judged. */
void intake_remember(struct flow *flow, const struct segment *segment);

#endif
