#define _GNU_SOURCE /* sched_getaffinity() */

#include "choice.h"
#include "decode/reassembly.h"
#include "present.h"
#include "rereading.h"
#include "run_live.h"
#include "run_state.h"
#include "status.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Files are hashed with a key that everybody may know, since the same capture must give the same
 * output. */
static const struct hash_key file_hash_key = {
	{UINT64_C(0x7463706279650a0d), UINT64_C(0x1a2b3c4d5e6f7081)}};

static void *allocate(size_t size_bytes)
{
	return calloc(1, size_bytes);
}

const char *run_output_label(const struct run *run)
{
	return run->options->output != NULL ? run->options->output : "standard output";
}

void run_fail_output(struct run *run, int error)
{
	if (run->output_failed)
		return;
	run->output_failed = true;
	if (error == ETIMEDOUT) { /* what that means has been told */
		run_fail(run, STATUS_FAILED);
		return;
	}
	if (error == EPIPE) {
		run_fail(run, STATUS_NO_READER);
		return;
	}
	talk_error(&run->talk, "%s: cannot be written: %s (what is there ends with a whole line)",
		   run_output_label(run), strerror(error != 0 ? error : EIO));
	run_fail(run, STATUS_FAILED);
}

void run_after_writing(struct run *run, bool written)
{
	if (!written)
		run_fail_output(run,
				output_error(run->output) != 0 ? output_error(run->output) : errno);
}

void run_flush(struct run *run)
{
	if (!run->output_failed)
		run_after_writing(run, fflush(output_stream(run->output)) == 0 &&
					       output_error(run->output) == 0);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct run *run = context;

	tally_flow(run->tally, report);
	if (run->metrics != NULL)
		metrics_flow(run->metrics, report);
	if (run->output_failed || (run->options->events & EVENT_FLOW) == 0 ||
	    !choice_flow(run->options, report))
		return;
	run->reported++;
	progress_hide(&run->progress);
	run_after_writing(run, run->sink->flow(run->sink, report));
	if (run->rereading != NULL)
		rereading_pick(run->rereading, report);
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct run *run = context;

	if (run->output_failed || !choice_anomaly(run->options, report))
		return;
	progress_hide(&run->progress);
	run_after_writing(run, run->sink->anomaly(run->sink, report));
}

static void on_transition(void *context, const struct transition_report *report)
{
	struct run *run = context;

	if (run->output_failed || !choice_transition(run->options, report))
		return;
	progress_hide(&run->progress);
	run_after_writing(run, run->sink->transition(run->sink, report));
}

static void on_time_wait(void *context, const struct time_wait_report *report)
{
	struct run *run = context;

	tally_time_wait(run->tally, report);
}

static void on_port(void *context, const struct port_report *report)
{
	struct run *run = context;

	tally_port(run->tally, report);
}

/* As many as there are processors for it, unless it was said; live, one: what a thread was allowed
 * when it began outlives the privileges that are given up later. */
static unsigned threads(const struct options *options)
{
	cpu_set_t processors;
	int count;

	if (options->threads != 0)
		return options->threads;
	if (options->interface_count > 0)
		return 1;
	if (sched_getaffinity(0, sizeof(processors), &processors) != 0)
		return 1;
	count = CPU_COUNT(&processors);
	return count < PIPELINE_THREADS_MAX ? (unsigned)count : PIPELINE_THREADS_MAX;
}

bool run_create_analysis(struct run *run)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	struct analyzer_config config = run->options->analyzer;
	struct report_sink callbacks = {
		.context = run,
		.flow = on_flow,
		.anomaly = run->options->events & EVENT_ANOMALY ? on_anomaly : NULL,
		.transition = run->options->events & EVENT_STATE ? on_transition : NULL,
		.time_wait = on_time_wait,
		.port = on_port,
	};

	config.hash_key = file_hash_key;
	config.idle = run->options->follow ? IDLE_LEAVES : IDLE_WAITS;
	if (run->options->interface_count > 0 && !run_live_configure(run, &config))
		return false;
	run->tally = tally_create();
	if (run->tally != NULL) {
		tally_assume(run->tally, config.time_wait_ns,
			     (unsigned)run->options->port_capacity);
		tally_tell(run->tally, callbacks.anomaly, run);
		run->sink = present_create(run->options, run->output, tally_twins(run->tally));
	}
	run->pipeline = pipeline_create(&config, threads(run->options), &memory, &callbacks);
	run->reassembly = calloc(1, sizeof(*run->reassembly));
	if (run->reassembly != NULL && run->sink != NULL && run->tally != NULL &&
	    run->pipeline != NULL)
		return true;
	talk_error(&run->talk, "not enough memory to start (lower --max-flows, or raise --memcap)");
	return false;
}
