/*
 * The end of the input: what is still open in all partitions that are hosted together is reported,
 * by first segment.
 */
#ifndef TCPBYE_PIPELINE_LEAVING_H
#define TCPBYE_PIPELINE_LEAVING_H

#include "core/analyzer.h"
#include "pipeline/order.h"
#include "pipeline/partitions.h"

/* After analyzer_end() of each; NULL: there is none. Notes in `order` where each report stands,
 * before it is made. What becomes due by such a report stands at a time of its own, behind all of
 * these. */
void leaving_report(struct analyzer *const analyzer[PARTITIONS], struct order *order);

#endif
