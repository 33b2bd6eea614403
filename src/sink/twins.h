/*
 * Connections that are one: the same segments seen on both sides of a NAT, with other addresses.
 *
 * Two connections whose both initial sequence numbers are equal, whose SYN-ACKs passed within 50 ms
 * of each other, between other addresses, and whose TTLs show that one was forwarded, are twins:
 * nobody draws 64 equal bits twice (RFC 6528). Traffic generators with fixed numbers are no twins,
 * since their TTLs are equal; a NAT that changes the numbers cannot be seen through.
 *
 * The first of the two whose record leaves counts, the other is its twin. What is remembered is
 * bounded: of the latest connections, some tens of thousands.
 */
#ifndef TCPBYE_SINK_TWINS_H
#define TCPBYE_SINK_TWINS_H

#include <stdint.h>

#include "core/archive.h"
#include "core/report.h"

struct twins;

/* NULL when there is no memory. */
struct twins *twins_create(void);
void twins_destroy(struct twins *twins);

/* Remembers the connection of a flow record, unless it is the twin of one that is remembered; that
 * one's flow_id, or 0. */
uint64_t twins_meet(struct twins *twins, const struct report_envelope *envelope);

/* The flow_id of the remembered connection whose twin this one is; 0: none. */
uint64_t twins_find(const struct twins *twins, const struct report_envelope *envelope);

/* While reading, nobody must have been met yet. */
void twins_archive(struct archive *archive, struct twins *twins);

#endif
