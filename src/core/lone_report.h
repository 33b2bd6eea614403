/*
 * The short way from a lone SYN (lone_syn.h) to what is told of it: that it came, and how its
 * connection ended.
 *
 * Nothing answered it and nothing followed it, so that most of its report is known beforehand: the
 * server is unknown beside its address, nobody closed or reset anything, and of all anomalies only
 * two can be found, that the attempt was in vain and that the record was evicted. What is left is
 * when and where it was seen, and whether it has waited for long. So no record is made from it, and
 * none of the questions is asked that the long way (verdict.h) answers with no: the report is the
 * same, only sooner.
 */
#ifndef TCPBYE_CORE_LONE_REPORT_H
#define TCPBYE_CORE_LONE_REPORT_H

#include "core/context.h"
#include "core/lone_syn.h"

/* Tells what the SYN changes, as it comes. */
void lone_report_opening(struct analyzer *analyzer, const struct tuple *tuple,
			 const struct lone_syn *syn);

/*
 * Tells of the flow's end, as lifecycle_report() does; the flow itself stays. False where more is
 * kept of it than a lone SYN, or memory is too short to be sure that an anomaly would find room in
 * its record: it must go the long way, and nothing was told.
 */
bool lone_report_end(struct analyzer *analyzer, uint32_t handle, enum reason reason);

#endif
