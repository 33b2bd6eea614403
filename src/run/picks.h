/*
 * The connections whose packets are wanted once more, after they have been reported: which frame of
 * a second reading belongs to which of them.
 *
 * A report tells a connection's ends, the contexts that it was met in, and where it begins and
 * ends. Of one capture the numbers of its first and last frame decide, which keep the incarnations
 * of a tuple apart whatever the clock does; of several, whose numbers mean nothing to each other,
 * the times.
 */
#ifndef TCPBYE_PICKS_H
#define TCPBYE_PICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/report.h"
#include "core/segment.h"

struct picks;

/* `key_parts` (TUPLE_*): what besides the ends tells connections apart. NULL if memory is short. */
struct picks *picks_create(unsigned source_count, unsigned key_parts);
void picks_destroy(struct picks *picks);

/* False if memory is short. */
bool picks_add(struct picks *picks, const struct flow_report *report);

bool picks_are_empty(const struct picks *picks);

/* The flow_id of the connection that the segment belongs to; 0: to none of them. */
uint64_t picks_find(const struct picks *picks, const struct segment *segment);

/* True if no frame of this number or a higher one can belong to any. */
bool picks_end_before(const struct picks *picks, uint64_t number);

#endif
