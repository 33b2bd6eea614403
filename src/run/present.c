#define _DEFAULT_SOURCE /* struct winsize */

#include "run/present.h"

#include "run/rereading.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_ELSEWHERE = 80 };

static bool wants_color(const struct options *options, int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (options->color != WHEN_AUTO)
		return options->color == WHEN_ALWAYS;
	if (no_color != NULL && no_color[0] != '\0')
		return false;
	return isatty(fd) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static unsigned columns(const struct options *options, int fd)
{
	struct winsize size;

	if (options->width_columns != 0)
		return options->width_columns;
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return COLUMNS_ELSEWHERE;
	return size.ws_col < OPTIONS_WIDTH_MIN ? OPTIONS_WIDTH_MIN : size.ws_col;
}

/* Whoever chooses connections, or watches them live, wants to see each. */
static enum sink_text_lines lines(const struct options *options)
{
	bool chosen = options->has_events || options->interface_count > 0 || options->only.given ||
		      options->min_severity != SEVERITY_NULL || options->flow.by != FLOW_CHOICE_ANY;

	return chosen ? SINK_TEXT_LINES_AT_ONCE : SINK_TEXT_LINES_IF_FEW;
}

/* A page does without drawings where it must, rather than not to be. */
static enum html_drawing drawing(const struct options *options)
{
	bool possible = options->interface_count == 0 && options->state == NULL &&
			options->user == NULL && rereading_is_possible(options);

	return possible ? HTML_DRAWS : HTML_CANNOT_DRAW;
}

struct sink *present_create(const struct options *options, const struct source_names *names,
			    struct output *output, const struct twins *twins)
{
	int fd = output_descriptor(output);
	enum output_format format = options->format;
	struct sink_config config = {
		.events = options->events,
		.tstamp_digits = options->nano ? 9 : 6,
		.community_id_seed = options->community_id_seed,
		.twins = twins,
		.sources = options->interface_count > 0 ? SINK_INTERFACES : SINK_FILES,
		.source_count = names->count,
		.source_name = names->name,
	};
	struct sink_text_config text = {
		.columns = columns(options, fd),
		.color = wants_color(options, fd),
		.ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.lines = lines(options),
	};

	if (format == FORMAT_BY_OUTPUT)
		format = isatty(fd) ? FORMAT_TEXT : FORMAT_NDJSON;
	if (format == FORMAT_TEXT)
		return sink_text_create(&config, &text, output_stream(output));
	if (format == FORMAT_LADDER)
		return sink_ladder_create(&config, &text, options->first, output_stream(output));
	if (format == FORMAT_HTML)
		return sink_html_create(&config, drawing(options), output_stream(output));
	return sink_json_create(&config, format == FORMAT_JSON ? SINK_ONE_DOCUMENT : SINK_NDJSON,
				output_stream(output));
}
