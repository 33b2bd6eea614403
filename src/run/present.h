/*
 * Which output format a run writes, and how: what the options say, or else what the output is.
 */
#ifndef TCPBYE_PRESENT_H
#define TCPBYE_PRESENT_H

#include "options/options.h"
#include "output/output.h"
#include "run/checkpoint.h"
#include "sink/sink.h"

/* The sink that the options ask for, on that output; NULL if memory is short. Ends with its
 * destroy(). */
struct sink *present_create(const struct options *options, const struct source_names *names,
			    struct output *output, const struct twins *twins);

#endif
