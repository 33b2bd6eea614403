#include "options/options.h"

#include "options/option_table.h"
#include "options/suggest.h"
#include "options/take.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getopt's value of an option without a letter: this plus its id. */
enum { FIRST_LONG_VALUE = 256 };

_Static_assert(sizeof(enum when) == sizeof(unsigned), "a word's place is stored as an unsigned");

struct handler {
	taker *take;
	size_t offset;
};

static const struct handler handlers[] = {
#define OPTION(number, ID, name, letter, argument, group, standard, taker, field, help, man)       \
	{taker, offsetof(struct options, field)},
#include "options/options.def"
};

struct getopt_tables {
	char letters[2 * OPTION_ROWS + 2];
	struct option longs[OPTION_ROWS + 1];
};

static int getopt_value(unsigned id)
{
	char letter = option_row(id)->letter;

	return letter != 0 ? letter : FIRST_LONG_VALUE + (int)id;
}

static void make_tables(struct getopt_tables *tables)
{
	char *letters = tables->letters;

	memset(tables, 0, sizeof(*tables));
	*letters++ = ':'; /* tell a missing argument from an unknown option */
	for (unsigned id = 0; id < OPTION_ROWS; id++) {
		const struct option_row *row = option_row(id);

		tables->longs[id].name = row->name;
		tables->longs[id].has_arg = row->argument != NULL ? required_argument : no_argument;
		tables->longs[id].val = getopt_value(id);
		if (row->letter != 0) {
			*letters++ = row->letter;
			if (row->argument != NULL)
				*letters++ = ':';
		}
	}
}

/* The option with this value of getopt's; OPTION_ROWS if there is none. */
static unsigned find_by_value(int value)
{
	unsigned id = 0;

	while (id < OPTION_ROWS && getopt_value(id) != value)
		id++;
	return id;
}

/* Says which options a cut long name could be; false if it is the beginning of none or of one only.
 */
static bool explain_ambiguous(const char *name, size_t length, struct options_error *error)
{
	const char *first = NULL;

	for (unsigned id = 0; id < OPTION_ROWS; id++) {
		const char *candidate = option_row(id)->name;

		if (strncmp(candidate, name, length) != 0)
			continue;
		if (first != NULL) {
			snprintf(error->text, sizeof(error->text),
				 "option --%.*s is ambiguous (did you mean --%s or --%s?)",
				 (int)length, name, first, candidate);
			return true;
		}
		first = candidate;
	}
	return false;
}

static void explain_unknown_long(const char *name, struct options_error *error)
{
	const char *names[OPTION_ROWS];
	char typed[SUGGEST_WORD_MAX + 1];
	int length = (int)strcspn(name, "=");
	const char *nearest = NULL;

	if (explain_ambiguous(name, (size_t)length, error))
		return;
	for (unsigned id = 0; id < OPTION_ROWS; id++)
		names[id] = option_row(id)->name;
	if (length < (int)sizeof(typed)) {
		snprintf(typed, sizeof(typed), "%.*s", length, name);
		nearest = suggest_word(typed, names, OPTION_ROWS);
	}
	if (nearest != NULL)
		snprintf(error->text, sizeof(error->text),
			 "unknown option --%.*s (did you mean --%s?)", length, name, nearest);
	else
		snprintf(error->text, sizeof(error->text),
			 "unknown option --%.*s (see tcpbye --help)", length < 200 ? length : 200,
			 name);
}

/* What getopt did not like about `word`, which it had just come to. */
static void explain_refusal(int refusal, int value, const char *word, struct options_error *error)
{
	unsigned id = find_by_value(value);

	if (refusal == ':')
		snprintf(error->text, sizeof(error->text), "--%s needs an argument (write --%s %s)",
			 option_row(id)->name, option_row(id)->name, option_row(id)->argument);
	else if (id < OPTION_ROWS)
		snprintf(error->text, sizeof(error->text), "--%s takes no argument (write --%s)",
			 option_row(id)->name, option_row(id)->name);
	else if (value != 0)
		snprintf(error->text, sizeof(error->text), "unknown option -%c (see tcpbye --help)",
			 value);
	else
		explain_unknown_long(word + strlen("--"), error);
}

static bool take_option(struct options *options, unsigned id, const char *text,
			struct options_error *error)
{
	struct taking taking = {
		.options = options,
		.row = option_row(id),
		.field = (char *)options + handlers[id].offset,
		.text = text,
		.error = error,
	};

	return handlers[id].take(&taking);
}

static bool parse_options(struct options *options, int argc, char **argv,
			  struct options_error *error)
{
	struct getopt_tables tables;
	int value;

	make_tables(&tables);
	opterr = 0;
	optind = 0; /* glibc: begin anew, also after an earlier command line */
	while ((value = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
		if (value == ':' || value == '?') {
			explain_refusal(value, optopt, argv[optind - 1], error);
			return false;
		}
		if (!take_option(options, find_by_value(value), optarg, error))
			return false;
	}
	return true;
}

static bool join_words(struct options *options, struct options_error *error)
{
	size_t size_bytes = 1;
	char *end;

	for (unsigned i = 0; i < options->word_count; i++)
		size_bytes += strlen(options->word[i]) + 1;
	end = options->word_filter = malloc(size_bytes);
	if (end == NULL) {
		snprintf(error->text, sizeof(error->text), "not enough memory for the filter");
		return false;
	}
	for (unsigned i = 0; i < options->word_count; i++)
		end += sprintf(end, i == 0 ? "%s" : " %s", options->word[i]);
	return true;
}

/* What stands on the command line besides options: a filter if a source was named with -r or -i,
 * else the sources. */
static bool take_rest(struct options *options, int count, char **words, struct options_error *error)
{
	if (options->source_count == 0) {
		for (int i = 0; i < count; i++)
			options->source[options->source_count++] = words[i];
		return true;
	}
	if (count == 0)
		return true;
	options->word = words;
	options->word_count = (unsigned)count;
	return join_words(options, error);
}

/* Files are read to their end, where a summary tells it all; what is alive is told as it happens.
 */
static void choose_events(struct options *options)
{
	const char *standard =
		options->interface_count > 0 ? "flow,anomaly,stats,summary" : "flow,summary";
	struct options_error unused;

	options->has_events = options->events != 0;
	if (!options->has_events)
		take_option(options, OPTION_EVENTS, standard, &unused);
}

static bool refuse(struct options_error *error, const char *why)
{
	snprintf(error->text, sizeof(error->text), "%s", why);
	return false;
}

static bool reads_standard_input_twice(const struct options *options)
{
	unsigned standard_inputs = 0;

	if (options->interface_count > 0)
		return false;
	for (unsigned i = 0; i < options->source_count; i++)
		standard_inputs += strcmp(options->source[i], "-") == 0;
	return standard_inputs > 1;
}

static bool names_one_file(const char *one, const char *other)
{
	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* What is wrong only when several options are looked at together. */
static bool check_together(const struct options *options, struct options_error *error)
{
	if (options->source_count == 0 && options->state == NULL)
		return refuse(error, "no capture to read (write tcpbye FILE, tcpbye -r - for "
				     "standard input, or tcpbye -i IF)");
	if (options->source_count > UINT16_MAX)
		return refuse(error, "too many captures (at most 65535)");
	if (options->interface_count != 0 && options->interface_count != options->source_count)
		return refuse(error, "captures and interfaces cannot be read together (give either "
				     "--read or --interface)");
	if (reads_standard_input_twice(options))
		return refuse(error, "standard input can be read only once (name - once)");
	if (options->interface_count != 0 &&
	    (options->write != NULL || options->format == FORMAT_LADDER))
		return refuse(error, "--write and --format ladder need captures that can be read "
				     "twice, not interfaces (capture to a file first)");
	if (options->user != NULL && (options->write != NULL || options->format == FORMAT_LADDER))
		return refuse(error,
			      "--write and --format ladder read captures a second time, for "
			      "which --relinquish-privileges leaves no right (leave it out)");
	if (options->state != NULL && (options->write != NULL || options->format == FORMAT_LADDER))
		return refuse(error, "--state cannot go with --write or --format ladder: frames of "
				     "earlier captures are not kept (leave one of them out)");
	if (names_one_file(options->state, options->output) ||
	    names_one_file(options->state, options->metrics_file))
		return refuse(error, "--state names a file that is also --output or --metrics-file "
				     "(give each its own)");
	if (names_one_file(options->write, options->output))
		return refuse(error, "--write and --output name the same file (give each its own)");
	if (options->write != NULL && strcmp(options->write, "-") == 0)
		return refuse(error, "--write -: packets are not written to standard output, where "
				     "the report goes (name a file)");
	if (options->word_filter != NULL && options->filter != NULL)
		return refuse(error, "two filters: --filter and the words after the options (give "
				     "one of them; with "
				     "-r, words are a filter, so each capture needs its own -r)");
	if (options->word_filter != NULL && options->filter_file != NULL)
		return refuse(error,
			      "two filters: --filter-file and the words after the options (give "
			      "one of them; "
			      "with -r, words are a filter, so each capture needs its own -r)");
	if (options->filter != NULL && options->filter_file != NULL)
		return refuse(error, "two filters: --filter and --filter-file (give one of them)");
	return true;
}

static bool check_action(const struct options *options, struct options_error *error)
{
	if (options->action == OPTIONS_LINKTYPES && options->interface_count != 1)
		return refuse(error, "--list-linktypes needs one interface (write -i IF -L)");
	return options->action != OPTIONS_RUN || check_together(options, error);
}

static void set_defaults(struct options *options)
{
	memset(options, 0, sizeof(*options));
	analyzer_config_default(&options->analyzer);
	options->format = FORMAT_BY_OUTPUT;
	options->fail_on = options->min_severity = SEVERITY_NULL;
	options->port_capacity = OPTIONS_PORT_CAPACITY;
	options->snaplen_bytes = 256;
	options->buffer_kib = 32768;
	options->stats_interval_ns = INT64_C(60000000000);
	options->first = OPTIONS_FIRST_DEFAULT;
}

bool options_parse(struct options *options, int argc, char **argv, struct options_error *error)
{
	set_defaults(options);
	options->source = calloc((size_t)argc + 1, sizeof(*options->source));
	if (options->source == NULL)
		return refuse(error, "not enough memory for the command line");
	if (!parse_options(options, argc, argv, error))
		return false;
	if (!take_rest(options, argc - optind, argv + optind, error))
		return false;
	choose_events(options);
	return check_action(options, error);
}

void options_release(struct options *options)
{
	free(options->source);
	free(options->word_filter);
	memset(options, 0, sizeof(*options));
}

bool options_want_document(const struct options *options)
{
	return options->format == FORMAT_JSON || options->format == FORMAT_HTML;
}
