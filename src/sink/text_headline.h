/*
 * The sentence that the report opens with.
 */
#ifndef TCPBYE_SINK_TEXT_HEADLINE_H
#define TCPBYE_SINK_TEXT_HEADLINE_H

#include "sink/findings.h"
#include "sink/tally.h"
#include "sink/text_out.h"

/*
 * "812 connections; 96 % closed in order; the server closed first in 71 %; 14 reset, 11 of them
 * explained by HTTP keep-alive race (10.0.0.2:443)". `findings` may be NULL.
 */
void text_headline(struct text_out *out, const struct tally_view *view,
		   const struct findings *findings);

#endif
