/*
 * The form in which a flow's record is kept: unpacked in a seat, with a stretch beside it or
 * without, or packed, as a SYN, a diary or all of it. What others may ask of that is in
 * flow_table.h; here is what only the table itself does.
 */
#ifndef TCPBYE_CORE_FLOW_RECORDS_H
#define TCPBYE_CORE_FLOW_RECORDS_H

#include "core/flow_table.h"

/* Sees to it that a few more records can stand unpacked; false when there is no memory. */
bool flow_record_reserve_seats(struct flow_table *table);

/* A zeroed record for the flow, and the seat with the same handle; false when there is no memory.
 */
bool flow_record_take_seat(struct flow_table *table, uint32_t handle);

/* Gives both back. */
void flow_record_leave_seat(struct flow_table *table, uint32_t record);

/* These bytes become the node's record; false, and nothing is changed, when there is no memory. */
bool flow_record_keep_bytes(struct flow_table *table, struct flow_node *node, const uint8_t *bytes,
			    size_t count);

#endif
