/*
 * The flow table in an archive: first its shape, then its flows one by one, class by class in the
 * order in which they leave, at last whether all is there.
 *
 * The records that stand unpacked come back to the seats that they had, and freed seats are used
 * again in the same order: a table that was read goes on packing, unpacking and evicting as the one
 * that was written would have done.
 */
#ifndef TCPBYE_CORE_FLOW_TABLE_ARCHIVE_H
#define TCPBYE_CORE_FLOW_TABLE_ARCHIVE_H

#include "core/archive.h"
#include "core/flow_table.h"

/* While reading, the table must be a new one, and of so many flows at most. */
void flow_table_archive_shape(struct archive *archive, struct flow_table *table,
			      uint64_t most_flows);

/*
 * One flow. While writing, `handle` is the flow's and `flow` a copy of its record; while reading,
 * both are made here, POOL_NONE if the archive is wrong. The record's chains are not touched.
 */
uint32_t flow_table_archive_flow(struct archive *archive, struct flow_table *table, uint32_t handle,
				 struct flow *flow);

/* Stores the record of a flow that was read, once it has its chains, and puts it last in its class.
 */
void flow_table_settle_flow(struct archive *archive, struct flow_table *table, uint32_t handle,
			    enum flow_class class, const struct flow *flow);

/* How the flows are found; all of them are there. */
void flow_table_archive_end(struct archive *archive, struct flow_table *table);

#endif
