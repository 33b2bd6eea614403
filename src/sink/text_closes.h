/*
 * Tables about single kinds of ends: why connections were reset, and which closes took longest.
 */
#ifndef TCPBYE_SINK_TEXT_CLOSES_H
#define TCPBYE_SINK_TEXT_CLOSES_H

#include "sink/findings.h"
#include "sink/text_out.h"

/* What explains the resets, commonest first. */
void text_reset_causes(struct text_out *out, const struct findings *findings);

/* The slowest closes, each with the share of the network and that of the application. */
void text_slowest_closes(struct text_out *out, const struct findings *findings);

#endif
