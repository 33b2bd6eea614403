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
struct twins; /* sink/twins.h */
struct tally_view;

/* Which records leave (bits). */
enum {
	EVENT_FLOW = 0x01,
	EVENT_ANOMALY = 0x02,
	EVENT_STATE = 0x04,
	EVENT_STATS = 0x08,
	EVENT_SUMMARY = 0x10,
};

/* What the names of the sources are names of. */
enum sink_sources { SINK_FILES, SINK_INTERFACES };

struct sink_config {
	unsigned events;            /* EVENT_* */
	unsigned tstamp_digits;     /* 6, or 9 with --nano */
	uint16_t community_id_seed; /* 0 by default */
	const struct twins *twins;  /* NULL: nobody looks for twins */
	enum sink_sources sources;
	unsigned source_count; /* names of the sources by index, for pcap_filename or in_iface */
	const char *const *source_name;
};

/* The kernel's counters of a live capture. */
struct capture_counters {
	bool present; /* false for files and standard input */
	uint64_t kernel_packets, kernel_drops, kernel_ifdrops;
};

/* What became of the records themselves. */
struct output_counters {
	uint64_t records; /* handed to the output, all formats: lines */
	uint64_t bytes;
	uint64_t errors;  /* times that the output could not be written or opened */
	uint64_t dropped; /* records that found no room, since the reader did not keep up */
};

/* How a live run stands: what a stats record tells. */
struct stats_report {
	int64_t ts_ns;
	uint64_t uptime_s;
	uint64_t sequence; /* from 0 */
	bool final;
	struct capture_counters capture;
	struct decode_counters decoder;
	struct analyzer_stats analyzer;
	const struct tally_view *tally; /* its plain counters */
	struct output_counters output;
};

/* How the run ended, for the summary. */
struct run_report {
	const char *version;
	unsigned source_count;
	const struct source_info *source;
	const char *filter; /* NULL: none */
	bool has_packets;   /* first_ns and last_ns are set */
	int64_t first_ns, last_ns;
	uint64_t wrong_times;   /* frames whose time was not believed */
	const char *stopped_by; /* "end_of_input", "count", "signal" or "error" */
	bool has_wall_time;     /* live: wall_ns is set */
	int64_t wall_ns;
	struct capture_counters capture;
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
	bool (*stats)(struct sink *sink, const struct stats_report *stats);
	bool (*summary)(struct sink *sink, const struct run_report *run);
	void (*destroy)(struct sink *sink);

	/*
	 * Both NULL, or both set by a format that draws segments: wants() says whether it draws the
	 * connection that flow() was given last; the segments of those are given to segment(), in
	 * the order of capture, between the last flow() and summary(). segment() returns false
	 * where memory is short.
	 */
	bool (*wants)(const struct sink *sink, const struct flow_report *report);
	bool (*segment)(struct sink *sink, uint64_t flow_id, const struct segment *segment);
};

enum sink_json_shape { SINK_NDJSON, SINK_ONE_DOCUMENT };

/*
 * NULL when there is no memory. `output` stays the caller's; it is flushed by summary(). Each line
 * is written by one fwrite().
 */
struct sink *sink_json_create(const struct sink_config *config, enum sink_json_shape shape,
			      FILE *output);

/* For formats that find all they tell in the flow reports and the tally. */
bool sink_ignore_anomaly(struct sink *sink, const struct anomaly_report *report);
bool sink_ignore_transition(struct sink *sink, const struct transition_report *report);
bool sink_ignore_stats(struct sink *sink, const struct stats_report *stats);

/* When the lines about single connections are written. */
enum sink_text_lines {
	SINK_TEXT_LINES_AT_ONCE,
	SINK_TEXT_LINES_IF_FEW, /* behind the page that sums up, if there are not too many */
};

struct sink_text_config {
	unsigned columns; /* width of the terminal, at least 40 */
	bool color;
	bool ascii;
	enum sink_text_lines lines;
};
struct sink *sink_text_create(const struct sink_config *config, const struct sink_text_config *text,
			      FILE *output);

/* One sequence diagram a connection, of the first `flows_max` ones. NULL when there is no memory.
 */
struct sink *sink_ladder_create(const struct sink_config *config,
				const struct sink_text_config *text, unsigned flows_max,
				FILE *output);

/* Whether a page draws connections, for which their segments are given to it. */
enum html_drawing { HTML_DRAWS, HTML_CANNOT_DRAW };

/* One HTML page, written by summary(). NULL when there is no memory. */
struct sink *sink_html_create(const struct sink_config *config, enum html_drawing drawing,
			      FILE *output);

#endif
