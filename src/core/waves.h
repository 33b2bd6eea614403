/*
 * The four close segments: FIN seq=u, ACK ack=u+1, FIN seq=w, ACK ack=w+1 (RFC 9293, 3.6), what was
 * expected of each and what was seen.
 */
#ifndef TCPBYE_CORE_WAVES_H
#define TCPBYE_CORE_WAVES_H

#include "core/context.h"

/* The endpoint whose FIN counts as wave 1; in a simultaneous close the one whose FIN was seen
 * first. */
unsigned waves_first_closer(const struct flow *flow);

/* Fills in waves, latencies, half-close and the teardown's times. */
void waves_report(const struct analyzer *analyzer, const struct flow *flow, enum reason reason,
		  struct flow_report *report);

#endif
