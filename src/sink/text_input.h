/*
 * The part of the last page that tells what was read, and why not all of it became a verdict.
 */
#ifndef TCPBYE_SINK_TEXT_INPUT_H
#define TCPBYE_SINK_TEXT_INPUT_H

#include "sink/sink.h"
#include "sink/text_out.h"

/* Puts frames by what became of them, sources with their damage, and why the run stopped early. */
void text_input(struct text_out *out, const struct run_report *run);

#endif
