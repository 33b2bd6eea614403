/*
 * What is done with reports: a sink turns them into one of the output formats.
 */
#ifndef TCPBYE_SINK_H
#define TCPBYE_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/analyzer.h"
#include "decode/decode.h"
#include "source/source.h"

struct tally; /* sink/tally.h */

/* Which records leave (bits). */
enum {
	EVENT_FLOW = 0x01,
	EVENT_ANOMALY = 0x02,
	EVENT_STATE = 0x04,
	EVENT_STATS = 0x08,
	EVENT_SUMMARY = 0x10,
};

struct sink_config {
	unsigned events;            /* EVENT_* */
	unsigned tstamp_digits;     /* 6, or 9 with --nano */
	uint16_t community_id_seed; /* 0 by default */
	unsigned source_count;      /* names of the sources by index, for pcap_filename */
	const char *const *source_name;
};

/* How the run ended, for the summary. */
struct run_report {
	const char *version;
	unsigned source_count;
	const struct source_info *source;
	const char *filter; /* NULL: none */
	bool has_packets;   /* first_ns and last_ns are set */
	int64_t first_ns, last_ns;
	const char *stopped_by; /* "end_of_input", "count", "signal" or "error" */
	struct decode_counters decoder;
	struct analyzer_stats analyzer;
	const struct tally *tally;
	int exit_status;
};

/* One output format. Every function returns false when the output cannot be written (errno says
 * why). */
struct sink {
	bool (*flow)(struct sink *sink, const struct flow_report *report);
	bool (*anomaly)(struct sink *sink, const struct anomaly_report *report);
	bool (*transition)(struct sink *sink, const struct transition_report *report);
	bool (*summary)(struct sink *sink, const struct run_report *run);
	void (*destroy)(struct sink *sink);
};

enum sink_json_shape { SINK_NDJSON, SINK_ONE_DOCUMENT };

/*
 * NULL when there is no memory. `output` stays the caller's; it is flushed by summary(). Each line
 * is written by one fwrite().
 */
struct sink *sink_json_create(const struct sink_config *config, enum sink_json_shape shape,
			      FILE *output);

struct sink_text_config {
	unsigned columns; /* width of the terminal, at least 40 */
	bool color;
	bool ascii;
};
struct sink *sink_text_create(const struct sink_config *config, const struct sink_text_config *text,
			      FILE *output);

#endif
