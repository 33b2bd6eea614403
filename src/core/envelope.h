/*
 * From endpoints (tuple order) to client and server (report order).
 */
#ifndef TCPBYE_CORE_ENVELOPE_H
#define TCPBYE_CORE_ENVELOPE_H

#include "core/flow.h"

/* WHO_CLIENT or WHO_SERVER for an endpoint; WHO_NULL for FLOW_SERVER_UNKNOWN. */
enum who envelope_who(const struct flow *flow, unsigned side);

/* Fills in what every record about the flow begins with. */
void envelope_fill(const struct flow *flow, int64_t ts_ns, uint64_t number,
		   struct report_envelope *envelope);

/* What a tuple tells of VLANs and a tunnel. */
void envelope_context(const struct tuple *tuple, struct report_context *context);

#endif
