/*
 * How long after the last packet of a connection the next one on the same addresses and ports
 * began.
 *
 * Fed with flow reports in their order: an earlier incarnation is reported before the next. Tuples
 * are kept in a table of at most REUSE_TUPLES_MAX; of one more, no reuse is noticed.
 */
#ifndef TCPBYE_SINK_REUSE_TIMES_H
#define TCPBYE_SINK_REUSE_TIMES_H

#include "core/report.h"
#include "sink/histogram.h"
#include "sink/keymap.h"

enum { REUSE_TUPLES_MAX = 1 << 18 };

struct reuse_times {
	struct keymap ends; /* by tuple: when its latest incarnation was heard last */
	struct histogram intervals_ns;
	uint64_t left_out; /* connections whose tuple found no room */
};

void reuse_times_init(struct reuse_times *reuse);
void reuse_times_release(struct reuse_times *reuse);
void reuse_times_take(struct reuse_times *reuse, const struct flow_report *report);

#endif
