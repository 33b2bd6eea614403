/*
 * What is noted of every segment before anybody judges it: counters, flags, time stamps, and
 * whether it is only a second copy of a frame. What every segment needs is in intake_plain.h.
 */
#ifndef TCPBYE_CORE_INTAKE_H
#define TCPBYE_CORE_INTAKE_H

#include "core/context.h"
#include "core/intake_plain.h"

/* As intake_is_duplicate(), of one segment against another. */
bool intake_is_copy(const struct analyzer *analyzer, const struct segment *first,
		    const struct segment *second);

/* Counts the segment and notes what it says about the quality of the capture. */
void intake_count(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* Notes which Ethernet address the segment comes from: one that changes is an anomaly. */
void intake_note_link(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* Remembers the frame, to know a copy of it. */
void intake_remember_frame(struct flow *flow, const struct segment *segment);

/* Remembers the segment as the latest of its sender, after it was judged; its frame too. */
void intake_remember(struct flow *flow, const struct segment *segment);

#endif
