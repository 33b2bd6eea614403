#define _GNU_SOURCE /* sched_getaffinity() */

#include "decode/decode.h"
#include "decode/reassembly.h"
#include "process/status.h"
#include "run/choice.h"
#include "run/present.h"
#include "run/rereading.h"
#include "run/run_live.h"
#include "run/run_state.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Long enough for connections under way to have found the express way. */
enum { LOOK_AFTER_SEGMENTS = 65536 };

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

static void expect(void *context, const struct tuple *tuple, enum prefetch_round round)
{
	const struct run *run = context;

	tally_expect(run->tally, tuple, round);
}

static void on_port(void *context, const struct port_report *report)
{
	struct run *run = context;

	tally_port(run->tally, report);
}

/* As many as there are processors for. */
static unsigned threads_at_most(void)
{
	cpu_set_t processors;
	int count;

	if (sched_getaffinity(0, sizeof(processors), &processors) != 0)
		return 1;
	count = CPU_COUNT(&processors);
	return count < PIPELINE_THREADS_MAX ? (unsigned)count : PIPELINE_THREADS_MAX;
}

/* As was said, or else as is found to be of use; live, one: what is found is told sooner. */
static struct pipeline *pipeline_of(const struct run *run, const struct memory *memory,
				    const struct report_sink *sink)
{
	unsigned said = run->options->threads;
	struct pipeline *pipeline =
		pipeline_create(&run->config, said != 0 ? said : 1, memory, sink);

	if (pipeline != NULL && said == 0 && run->options->interface_count == 0)
		pipeline_may_grow(pipeline, threads_at_most(), LOOK_AFTER_SEGMENTS);
	return pipeline;
}

int run_configure(struct run *run)
{
	const struct options *options = run->options;
	int status = STATUS_DONE;

	run->names = (struct source_names){0, options->source_count, options->source};
	run->config = options->analyzer;
	run->config.hash_key = file_hash_key;
	run->config.idle = options->follow ? IDLE_LEAVES : IDLE_WAITS;
	if (options->interface_count > 0 && !run_live_configure(run, &run->config))
		return STATUS_FAILED;
	if (options->state == NULL)
		return STATUS_DONE;
	run->checkpoint = checkpoint_open(options, &run->config, selection_text(run->selection),
					  &run->talk, &status);
	return run->checkpoint != NULL ? STATUS_DONE : status;
}

/* True where captures are read whose frames are asked nothing one by one but what their headers
 * say. */
static bool asks_headers_alone(const struct run *run)
{
	return run->options->interface_count == 0 && !selection_has_filter(run->selection) &&
	       (run->depth & (DECODE_VERIFY_CHECKSUMS | DECODE_LONG_WAY)) == 0;
}

static bool create_pipeline(struct run *run)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	struct report_sink callbacks = {
		.context = run,
		.flow = on_flow,
		.anomaly = run->options->events & EVENT_ANOMALY ? on_anomaly : NULL,
		.transition = run->options->events & EVENT_STATE ? on_transition : NULL,
		.time_wait = on_time_wait,
		.port = on_port,
		.expect = expect,
	};

	run->tally = tally_create();
	run->pipeline = pipeline_of(run, &memory, &callbacks);
	run->reassembly = calloc(1, sizeof(*run->reassembly));
	if (run->tally == NULL || run->pipeline == NULL || run->reassembly == NULL)
		return false;
	if (asks_headers_alone(run))
		run->express = pipeline_open_express(run->pipeline);
	tally_assume(run->tally, run->config.time_wait_ns, (unsigned)run->options->port_capacity);
	if (run->options->interface_count > 0) /* else the same capture takes the same time */
		tally_guard(run->tally, &run->config.hash_key);
	tally_tell(run->tally, callbacks.anomaly, run);
	return true;
}

struct checkpoint_content run_content(struct run *run)
{
	return (struct checkpoint_content){
		.pipeline = run->pipeline,
		.reassembly = run->reassembly,
		.tally = run->tally,
		.timeline = &run->timeline,
		.decoder = &run->decoder,
		.has_time = &run->has_time,
		.first_ns = &run->first_ns,
		.last_ns = &run->last_ns,
		.names = &run->names,
	};
}

static int take_up(struct run *run)
{
	struct checkpoint_content content = run_content(run);
	int status = STATUS_DONE;

	if (run->checkpoint == NULL)
		return STATUS_DONE;
	if (!checkpoint_take_up(run->checkpoint, &content, &run->talk, &status))
		return status;
	run->names = *checkpoint_names(run->checkpoint);
	return STATUS_DONE;
}

int run_create_analysis(struct run *run)
{
	int status = STATUS_FAILED;

	if (create_pipeline(run)) {
		status = take_up(run);
		if (status != STATUS_DONE)
			return status;
		run->sink = present_create(run->options, &run->names, run->output,
					   tally_twins(run->tally));
		status = STATUS_FAILED;
	}
	if (run->sink != NULL)
		return STATUS_DONE;
	talk_error(&run->talk, "not enough memory to start (lower --max-flows, or raise --memcap)");
	return status;
}
