#define _DEFAULT_SOURCE /* P_tmpdir */

#include "privilege/privilege.h"
#include "process/status.h"
#include "run/rereading.h"
#include "run/run_live.h"
#include "run/run_state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A capture that is also an output would be emptied before it is read. */
static bool overwrites_capture(const struct run *run, const char *path, const char *option)
{
	const struct options *options = run->options;
	struct stat output, source;

	if (path == NULL || stat(path, &output) != 0 || !S_ISREG(output.st_mode))
		return false;
	for (unsigned i = 0; i < options->source_count; i++) {
		int found = strcmp(options->source[i], "-") == 0
				    ? fstat(STDIN_FILENO, &source)
				    : stat(options->source[i], &source);

		if (found != 0 || source.st_dev != output.st_dev || source.st_ino != output.st_ino)
			continue;
		talk_error(&run->talk,
			   "%s: is both a capture to read and the output (write elsewhere with "
			   "--%s)",
			   path, option);
		return true;
	}
	return false;
}

/* Of several, one that is silent would hold up all others, whose times may yet be later than its.
 */
static bool follows_many(const struct run *run)
{
	if (!run->options->follow || run->options->source_count == 1)
		return false;
	talk_error(&run->talk,
		   "--follow: reads one capture as it grows, and there are %u (run tcpbye once for "
		   "each)",
		   run->options->source_count);
	return true;
}

static bool reads_terminal(const struct run *run)
{
	for (unsigned i = 0; i < run->options->source_count; i++) {
		if (strcmp(run->options->source[i], "-") != 0 || !isatty(STDIN_FILENO))
			continue;
		talk_error(&run->talk, "-: standard input is a terminal, not a capture (write "
				       "tcpdump -w - | tcpbye -r -)");
		return true;
	}
	return false;
}

static bool open_output(struct run *run)
{
	bool adds = run->options->interface_count > 0 && !options_want_document(run->options);

	run->output = output_open(run->options->output, adds ? OUTLET_APPENDS : OUTLET_EMPTIES);
	if (run->output == NULL) {
		talk_error(&run->talk,
			   "%s: cannot be opened to write: %s (choose another --output)",
			   run_output_label(run), strerror(errno));
		return false;
	}
	return true;
}

static bool open_inputs(struct run *run)
{
	enum merge_order order = run->options->strict_order ? MERGE_AS_GIVEN : MERGE_BY_TIME;

	enum growth growth = run->options->follow ? GROWTH_AWAITED : GROWTH_ENDED;

	run->inputs = inputs_open(run->options->source, run->options->source_count, order, growth,
				  &run->talk);
	if (run->inputs == NULL)
		talk_error(&run->talk, "not enough memory to open the captures");
	return run->inputs != NULL;
}

bool run_drop_privileges(struct run *run)
{
	const struct options *options = run->options;
	struct privilege_report report;
	struct privilege_plan plan = {
		.user = options->user,
		.sandbox =
			options->sandbox == SANDBOX_OFF ? PRIVILEGE_NO_SANDBOX : PRIVILEGE_SANDBOX,
		.output = options->output,
		.output_fd = output_descriptor(run->output),
		.metrics_file = options->metrics_file,
		.state = options->state,
		.temporary = options_want_document(options) ? P_tmpdir : NULL,
	};

	if (!privilege_drop(&plan, &report)) {
		talk_error(&run->talk, "%s", report.error);
		return false;
	}
	if (report.user[0] != '\0')
		talk_note(&run->talk, "runs as %s from here on", report.user);
	if (report.weak[0] != '\0' && options->sandbox == SANDBOX_OFF)
		talk_warning(&run->talk, "%s", report.weak);
	else if (report.weak[0] != '\0')
		talk_note(&run->talk, "%s", report.weak);
	return true;
}

static int prepare_wires(struct run *run)
{
	int status = run_live_open(run);

	if (status != STATUS_DONE)
		return status;
	return run_create_analysis(run);
}

/* Whoever names a user wants captures, too, to be looked at without privileges. */
static int prepare_confined(struct run *run)
{
	if (!open_inputs(run) || !run_drop_privileges(run))
		return STATUS_FAILED;
	return run_create_analysis(run);
}

static int prepare_captures(struct run *run)
{
	int status;

	if (run->options->user != NULL)
		return prepare_confined(run);
	status = run_create_analysis(run);
	if (status != STATUS_DONE)
		return status;
	if (rereading_is_wanted(run->options, run->sink)) {
		run->rereading = rereading_create(run->options, run->sink, &run->talk, &status);
		if (run->rereading == NULL)
			return status;
	}
	return open_inputs(run) ? STATUS_DONE : STATUS_FAILED;
}

int run_prepare(struct run *run)
{
	const struct options *options = run->options;
	int status;

	if (options->interface_count == 0 && (follows_many(run) || reads_terminal(run) ||
					      overwrites_capture(run, options->output, "output") ||
					      overwrites_capture(run, options->write, "write")))
		return STATUS_USAGE;
	run->selection = selection_create(run->options, &run->talk);
	if (run->selection == NULL)
		return STATUS_USAGE;
	if (!open_output(run))
		return STATUS_FAILED;
	status = run_configure(run);
	if (status != STATUS_DONE)
		return status;
	return options->interface_count > 0 ? prepare_wires(run) : prepare_captures(run);
}
