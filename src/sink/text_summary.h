/*
 * The last page: what happened to all connections together, and what of the input was not analysed.
 */
#ifndef TCPBYE_SINK_TEXT_SUMMARY_H
#define TCPBYE_SINK_TEXT_SUMMARY_H

#include "sink/sink.h"
#include "sink/tally.h"
#include "sink/text_out.h"

/* Puts the whole page; `view` is what the run's tally counted. */
void text_summary(struct text_out *out, const struct run_report *run,
		  const struct tally_view *view);

#endif
