/*
 * The findings as text: what is odd, worst first, each with where, since when, what to do about it
 * and the command that shows one; among them what is wrong with services as a whole.
 */
#ifndef TCPBYE_SINK_TEXT_FINDINGS_H
#define TCPBYE_SINK_TEXT_FINDINGS_H

#include "sink/findings.h"
#include "sink/sink.h"
#include "sink/tally.h"
#include "sink/text_out.h"

/* Puts the findings of notice and above, or that there are none, and names the others. Nothing
 * where nothing at all was found. */
void text_findings(struct text_out *out, const struct run_report *run,
		   const struct tally_view *view, const struct findings *findings);

#endif
