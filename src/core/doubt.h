/*
 * How far the capture itself may explain what looks like an anomaly.
 */
#ifndef TCPBYE_CORE_DOUBT_H
#define TCPBYE_CORE_DOUBT_H

#include "core/context.h"

/*
 * Likely: segments are missing around the close, or frames were dropped while the flow lived, or
 * the offending segment is a copy of an earlier one, or was overtaken by a later one within the
 * reorder window. Possible: segments are missing elsewhere. What
 * is said of the capture itself is not doubted.
 */
enum doubt doubt_of(const struct analyzer *analyzer, const struct flow *flow, enum anomaly_id id,
		    const struct trace *offender);

/* The same, when all has been seen, of an anomaly whose own segment is beyond doubt. */
enum doubt doubt_in_the_end(const struct analyzer *analyzer, const struct flow *flow,
			    enum anomaly_id id);

/* One level milder where the doubt is likely. */
enum severity doubt_demote(enum severity severity, enum doubt doubt);

#endif
