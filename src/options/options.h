/*
 * The command line as a value.
 *
 * Parsing is pure but for getopt's own globals: it reads no file, prints nothing and never exits.
 * What is wrong comes back as one line of text, without the program's name.
 */
#ifndef TCPBYE_OPTIONS_H
#define TCPBYE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/analyzer.h"
#include "core/words.h"
#include "options/flow_choice.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_SCHEMA,
	OPTIONS_LIST_ANOMALIES,
	OPTIONS_EXPLAIN,
	OPTIONS_INTERFACES,
	OPTIONS_LINKTYPES,
};

enum output_format {
	FORMAT_TEXT,
	FORMAT_NDJSON,
	FORMAT_JSON,
	FORMAT_LADDER,
	FORMAT_HTML,
	FORMAT_BY_OUTPUT
};

enum direction { DIRECTION_BOTH, DIRECTION_IN, DIRECTION_OUT };

enum sandbox { SANDBOX_AUTO, SANDBOX_OFF };

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

enum {
	OPTIONS_ERROR_TEXT_MAX = 512,
	OPTIONS_PORT_CAPACITY = 28232, /* Linux's default: ports 32768 to 60999 */
	OPTIONS_WIDTH_MIN = 40,
	OPTIONS_WIDTH_MAX = 10000,
	OPTIONS_THREADS_MAX = 64,
	OPTIONS_SNAPLEN_MIN = 64,
	OPTIONS_SNAPLEN_MAX = 262144,
	OPTIONS_BUFFER_KIB_MAX = 2097151, /* what libpcap can be told: below 2 GiB */
	OPTIONS_FIRST_DEFAULT = 10,
	OPTIONS_FIRST_MAX = 1000,
};

/* What --only asks for. */
struct options_only {
	bool given;
	bool teardown[TEARDOWN_COUNT];
	bool anomaly[ANOMALY_COUNT];
};

struct options_error {
	char text[OPTIONS_ERROR_TEXT_MAX];
};

/* Texts are borrowed from argv, but for the arrays of pointers and `word_filter`. */
struct options {
	enum options_action action;

	const char **source; /* captures, "-" being standard input, or interfaces */
	unsigned source_count;
	unsigned interface_count; /* of the sources: either all or none */
	const char *filter;       /* -f; NULL: none */
	const char *filter_file;  /* -F; NULL: none */
	char *word_filter; /* the words on the command line, where they are a filter; else NULL */
	char **word;       /* the same one by one */
	unsigned word_count;
	uint64_t count; /* 0: no end */
	bool strict_order;
	bool follow;
	bool no_payload; /* the payload is not looked at */

	/* Live capture. */
	uint64_t snaplen_bytes, buffer_kib;
	const char *linktype, *tstamp_type; /* NULL: the interface's, the host's */
	enum direction direction;
	bool no_promiscuous;
	int64_t duration_ns; /* 0: no end */
	int64_t stats_interval_ns;
	const char *user; /* NULL: nobody, if root */
	enum sandbox sandbox;
	const char *metrics_file, *listen; /* NULL: none */

	const char *state; /* what is left for the next run; NULL: nothing */

	enum output_format format;
	const char *output; /* NULL: standard output */
	const char *write;  /* -w; NULL: no packets */
	struct flow_choice flow;
	unsigned first;  /* connections that ladders are drawn of */
	bool has_events; /* they were chosen */
	unsigned events; /* EVENT_* */
	bool line_buffered;
	bool nano;
	uint16_t community_id_seed;
	enum when color, progress;
	bool ascii;
	unsigned width_columns; /* 0: the terminal's */

	unsigned threads; /* 0: as many as there are processors */

	struct analyzer_config analyzer;
	uint64_t port_capacity; /* ports that a client is taken to have towards one service */

	enum severity fail_on;      /* SEVERITY_NULL: never */
	enum severity min_severity; /* SEVERITY_NULL: all */
	struct options_only only;
	enum anomaly_id explain;
	unsigned quiet; /* how often -q was given */
	unsigned verbose;
};

/*
 * Fills in `options` from a command line, which getopt may reorder. False with `error` filled in
 * when it is wrong. Either way it is freed with options_release().
 */
bool options_parse(struct options *options, int argc, char **argv, struct options_error *error);
void options_release(struct options *options);

/* True where the output is one document, of which nothing can be left out and which nothing can
 * follow. */
bool options_want_document(const struct options *options);

#endif
