/*
 * One side's place in sequence space.
 */
#ifndef TCPBYE_CORE_ENDPOINT_H
#define TCPBYE_CORE_ENDPOINT_H

#include "core/flow.h"

/* The endpoint sent [begin, until): its highest number and its contiguous part grow. */
void endpoint_cover(struct endpoint *end, uint32_t begin, uint32_t until);

/* The peer acknowledged up to `ack`, not beyond what was sent. True where that skips bytes that
 * were never seen. */
bool endpoint_acknowledged(struct endpoint *end, uint32_t ack);

/* Bytes sent and not acknowledged, without SYN and FIN. `ack` counts as well where it lies among
 * what was sent. */
uint32_t endpoint_outstanding(const struct endpoint *end, uint32_t ack);

#endif
