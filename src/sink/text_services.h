/*
 * What the text report tells of services and hosts across their connections: who closes first, who
 * leaks CLOSE-WAIT, who holds how many TIME-WAITs, and when ports run out.
 */
#ifndef TCPBYE_SINK_TEXT_SERVICES_H
#define TCPBYE_SINK_TEXT_SERVICES_H

#include "sink/tally.h"
#include "sink/text_out.h"

void text_time_waits(struct text_out *out, const struct tally_view *view);
void text_services(struct text_out *out, const struct tally_view *view);
void text_hosts(struct text_out *out, const struct tally_view *view);

#endif
