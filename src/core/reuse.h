/*
 * Which incarnation of its tuple a segment belongs to: the SYN that may begin a new one is a
 * candidate, until an answer commits or refutes it (RFC 1122, 4.2.2.13; RFC 6191; RFC 5961, 4).
 */
#ifndef TCPBYE_CORE_REUSE_H
#define TCPBYE_CORE_REUSE_H

#include "core/context.h"

/* The flow that the segment belongs to, opened where there is none; POOL_NONE: it is held, or there
 * is no memory. `handle` is what flow_table_find() found for its tuple. */
uint32_t reuse_route(struct analyzer *analyzer, uint32_t handle, const struct segment *segment);

/* At the end of the old connection: were the SYNs of `candidate` ignored in its TIME-WAIT? */
void reuse_judge_ignored(struct analyzer *analyzer, struct flow *flow, uint32_t candidate);

#endif
