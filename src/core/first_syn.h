/*
 * The short way for a SYN that begins a connection: no record is made, only what is kept of a lone
 * SYN (lone_syn.h).
 *
 * It is open to a bare SYN between two IPv4 addresses, on time by the core's clock, where nothing
 * is known of its two ends: no other flow, whatever its context, that it could be a copy of or open
 * anew. Of all that lifecycle_process() asks about such a segment every answer is known, and what
 * it would write to the record is what lone_syn_unpack() writes. So a flood of SYNs never touches a
 * record; for a connection that is answered, the record is made with the answer.
 */
#ifndef TCPBYE_CORE_FIRST_SYN_H
#define TCPBYE_CORE_FIRST_SYN_H

#include "core/context.h"

/* Opens a flow for the segment. False: it must go the long way, and nothing was changed but that
 * room was made. */
bool first_syn_take(struct analyzer *analyzer, const struct segment *segment);

#endif
