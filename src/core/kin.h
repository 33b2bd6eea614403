/*
 * One connection met in several contexts: a mirrored port delivers the copies of a routed packet in
 * two VLANs, a tap sees a packet inside of a tunnel and behind it, or each direction has a VLAN of
 * its own.
 *
 * Addresses and ports alone do not make a connection: tenants use the same ones side by side. What
 * comes in a new context belongs to a known connection only if it is the copy of one of its frames,
 * or the SYN-ACK that its SYN waits for, by the sequence number. From then on the connection is
 * found in that context too, and its record names it.
 */
#ifndef TCPBYE_CORE_KIN_H
#define TCPBYE_CORE_KIN_H

#include "core/context.h"

/* The flow that a segment of an unknown tuple belongs to nevertheless, or POOL_NONE. */
uint32_t kin_find(struct analyzer *analyzer, const struct segment *segment);

/* Keeps the context of a segment of this flow, where it is another than those known. */
void kin_note(struct analyzer *analyzer, uint32_t handle, const struct segment *segment);

/* The contexts beside the envelope's, in the order in which they were met. */
void kin_report(struct analyzer *analyzer, uint32_t handle, struct flow_report *report);

#endif
