/*
 * Runs one scenario twice, through the core alone and, written out as a capture, through the
 * program, and holds both against each other and against what the scenario's author expects.
 *
 * usage: run_scenario PROGRAM DIRECTORY FILE.pkt
 *
 * The expectation is FILE.json; the capture is left in DIRECTORY for a look with other tools. Exit
 * status: 0 all is as expected; 1 something differs, and each difference is printed; 2 the test
 * itself could not be run.
 */
#define _POSIX_C_SOURCE 200809L

#include "options/options.h"
#include "support/json_match.h"
#include "support/near_miss.h"
#include "support/recorder.h"
#include "support/scenario.h"
#include "support/scenario_capture.h"
#include "support/state_chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_TEXT_MAX = 4096, ARGUMENTS_MAX = SCENARIO_OPTIONS_MAX + 8 };

struct run {
	const char *program;
	const char *path;
	struct scenario *scenario;
	json_t *expected;
	char capture[PATH_TEXT_MAX];
	char output[PATH_TEXT_MAX];
	char *argument[ARGUMENTS_MAX];
	int argument_count;
};

static bool complain(const char *what, const char *on)
{
	fprintf(stderr, "run_scenario: %s: %s\n", on, what);
	return false;
}

/* The file's name without folders and without ".pkt". */
static void base_name(const char *path, char name[PATH_TEXT_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t length;

	snprintf(name, PATH_TEXT_MAX, "%s", slash == NULL ? path : slash + 1);
	length = strlen(name);
	if (length > 4 && strcmp(name + length - 4, ".pkt") == 0)
		name[length - 4] = '\0';
}

static bool join(char to[PATH_TEXT_MAX], const char *directory, const char *name,
		 const char *ending)
{
	int length = snprintf(to, PATH_TEXT_MAX, "%s/%s%s", directory, name, ending);

	return length >= 0 && length < PATH_TEXT_MAX ? true : complain("too long", directory);
}

static bool load_expectation(struct run *run, const char *path)
{
	char json_path[PATH_TEXT_MAX];
	json_error_t error;
	size_t length = strlen(path);

	if (length < 4 || length + 2 > PATH_TEXT_MAX)
		return complain("not the name of a .pkt", path);
	snprintf(json_path, sizeof json_path, "%.*s.json", (int)(length - 4), path);
	run->expected = json_load_file(json_path, JSON_REJECT_DUPLICATES, &error);
	if (run->expected != NULL)
		return true;
	fprintf(stderr, "run_scenario: %s:%d: %s\n", json_path, error.line, error.text);
	return false;
}

static void build_arguments(struct run *run)
{
	static char json[] = "--json", events[] = "--events", all[] = "flow,anomaly,state,summary";
	int count = 0;

	run->argument[count++] = (char *)(uintptr_t)run->program;
	run->argument[count++] = json;
	run->argument[count++] = events;
	run->argument[count++] = all;
	for (unsigned i = 0; i < run->scenario->option_count; i++)
		run->argument[count++] = run->scenario->option[i];
	run->argument[count++] = run->capture;
	run->argument[count] = NULL;
	run->argument_count = count;
}

static bool write_capture(const struct run *run)
{
	FILE *file = fopen(run->capture, "wb");
	bool good;

	if (file == NULL)
		return complain(strerror(errno), run->capture);
	good = scenario_write_capture(run->scenario, file);
	if (fclose(file) != 0)
		good = false;
	return good ? true : complain(strerror(errno), run->capture);
}

/* In the child: the program's standard output goes to a file. */
static void become_program(const struct run *run)
{
	int output = open(run->output, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (output < 0 || dup2(output, STDOUT_FILENO) < 0)
		_exit(126);
	execv(run->program, run->argument);
	_exit(127);
}

static bool run_program(const struct run *run)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		become_program(run);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return complain(strerror(errno), run->program);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	fprintf(stderr, "run_scenario: %s: ended with %s %d\n", run->program,
		WIFEXITED(status) ? "status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return false;
}

static json_t *read_output(const struct run *run)
{
	FILE *file = fopen(run->output, "rb");
	char *text = NULL;
	size_t room = 0;
	json_t *records = NULL;

	if (file == NULL)
		return NULL;
	if (getdelim(&text, &room, '\0', file) >= 0)
		records = records_parse(text);
	free(text);
	fclose(file);
	return records;
}

static bool state_is(const struct scenario_event *event, unsigned side, enum state now)
{
	enum state expected = event->state[side];

	if (expected == STATE_NULL || expected == now)
		return true;
	printf("line %u: after this packet %c is expected in %s, but is in %s\n", event->line,
	       'A' + (int)side, state_word(expected),
	       now == STATE_NULL ? "no state yet" : state_word(now));
	return false;
}

/* Feeds the core; returns its records, or NULL, and counts the states that are not as expected. */
static json_t *run_core(const struct run *run, const struct analyzer_config *config,
			unsigned *differences)
{
	struct recorder *recorder = recorder_create(config, run->capture);
	const char *why;
	json_t *records;

	if (recorder == NULL)
		return NULL;
	for (size_t i = 0; i < run->scenario->count; i++) {
		const struct scenario_event *event = &run->scenario->event[i];
		struct recorder_states now;

		if (event->is_tick)
			recorder_advance(recorder, event->segment.ts_ns);
		else
			recorder_take(recorder, &event->segment);
		now = recorder_states(recorder);
		*differences += !state_is(event, SCENARIO_A, now.state[0]);
		*differences += !state_is(event, SCENARIO_B, now.state[1]);
	}
	records = recorder_finish(recorder, &why);
	if (records == NULL)
		complain(why, "core");
	return records;
}

static json_t *run_core_with_options(const struct run *run, unsigned *differences)
{
	struct options options;
	struct options_error error;
	json_t *records = NULL;

	if (options_parse(&options, run->argument_count, (char **)(uintptr_t)run->argument, &error))
		records = run_core(run, &options.analyzer, differences);
	else
		complain(error.text, "options");
	options_release(&options);
	return records;
}

/* The summary must come, and last; without it the program's records must be the core's. */
static unsigned compare_runs(const json_t *core, json_t *program)
{
	size_t count = json_array_size(program);
	json_t *last = count == 0 ? NULL : json_array_get(program, count - 1);
	const char *type = json_string_value(json_object_get(last, "event_type"));
	json_t *cored = json_deep_copy(core);
	unsigned differences = 0;

	if (type == NULL || strcmp(type, "summary") != 0) {
		printf("the program's last record is no summary\n");
		differences++;
	} else {
		json_array_remove(program, count - 1);
	}
	differences += match_same("program against core", cored, program, stdout);
	json_decref(cored);
	return differences;
}

/* Both runs and all comparisons; -1 when the test could not be run. */
static int run_both(struct run *run)
{
	unsigned differences = 0;
	json_t *core, *program = NULL, *flows = NULL;
	int result = -1, raised = -1, broken = -1;

	build_arguments(run);
	core = run_core_with_options(run, &differences);
	if (core != NULL && write_capture(run) && run_program(run))
		program = read_output(run);
	if (program != NULL) {
		flows = records_of_type(core, "flow");
		differences += match_flows(run->expected, flows, run->scenario->origin_ns, stdout);
		differences += compare_runs(core, program);
		raised = near_miss_check(run->path, flows, stdout);
		broken = state_chain_check(core, stdout);
		result = raised < 0 || broken < 0                   ? -1
			 : differences == 0 && raised + broken == 0 ? 0
								    : 1;
	} else if (core != NULL) {
		complain("no records", run->output);
	}
	json_decref(core);
	json_decref(program);
	json_decref(flows);
	return result;
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct scenario_error error;
	char name[PATH_TEXT_MAX];
	int result = -1;

	if (argc != 4) {
		fputs("usage: run_scenario PROGRAM DIRECTORY FILE.pkt\n", stderr);
		return 2;
	}
	run.program = argv[1];
	run.path = argv[3];
	base_name(argv[3], name);
	run.scenario = scenario_read(argv[3], &error);
	if (run.scenario == NULL)
		fprintf(stderr, "run_scenario: %s\n", error.text);
	else if (load_expectation(&run, argv[3]) && join(run.capture, argv[2], name, ".pcap") &&
		 join(run.output, argv[2], name, ".ndjson"))
		result = run_both(&run);
	json_decref(run.expected);
	scenario_free(run.scenario);
	return result < 0 ? 2 : result;
}
