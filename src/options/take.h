/*
 * What each option does with its argument: the functions that options.def names.
 */
#ifndef TCPBYE_OPTIONS_TAKE_H
#define TCPBYE_OPTIONS_TAKE_H

#include <stdbool.h>

#include "options/option_table.h"
#include "options/options.h"

/* What a taker is given: its row, the place of its field, and the argument (NULL for an option
 * without one). */
struct taking {
	struct options *options;
	const struct option_row *row;
	void *field;
	const char *text;
	struct options_error *error;
};

/* False with the error filled in when the argument is wrong. */
typedef bool taker(const struct taking *taking);

taker take_source, take_text, take_count, take_word, take_words, take_flag, take_step, take_json,
	take_seed, take_width, take_time_wait, take_msl, take_profile, take_timeout, take_duration,
	take_ports, take_port_capacity, take_nets, take_max_flows, take_size, take_schema,
	take_help, take_version, take_only, take_explain, take_list_anomalies, take_interface,
	take_list_interfaces, take_list_linktypes, take_snaplen, take_buffer, take_threads;

taker take_flow, take_first;

#endif
