#include "process/status.h"
#include "run/rereading.h"
#include "run/run_live.h"
#include "run/run_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct capture_counters run_count_capture(const struct run *run)
{
	struct live_counters counters = {0};

	if (run->wires != NULL)
		wires_count(run->wires, &counters);
	return (struct capture_counters){
		.present = run->wires != NULL,
		.kernel_packets = counters.kernel_packets,
		.kernel_drops = counters.kernel_drops,
		.kernel_ifdrops = counters.kernel_ifdrops,
	};
}

void run_tell_counts(const struct run *run)
{
	struct capture_counters capture = run_count_capture(run);
	uint64_t received =
		capture.present ? capture.kernel_packets : selection_offered(run->selection);

	if (run->talk.quiet > 0)
		return;
	fprintf(stderr,
		"%" PRIu64 " packets captured\n%" PRIu64 " packets received by filter\n%" PRIu64
		" packets dropped by kernel\n",
		selection_passed(run->selection), received, capture.kernel_drops);
	if (capture.kernel_ifdrops > 0)
		fprintf(stderr, "%" PRIu64 " packets dropped by interface\n",
			capture.kernel_ifdrops);
}

static void write_summary(struct run *run)
{
	struct run_report report = {
		.version = TCPBYE_VERSION,
		.source_count = run->options->source_count,
		.source = run->wires != NULL ? wires_info(run->wires) : inputs_info(run->inputs),
		.filter = selection_text(run->selection),
		.has_packets = run->has_time,
		.first_ns = run->first_ns,
		.last_ns = run->last_ns,
		.stopped_by = run->stopped_by,
		.wrong_times = run->timeline.wrong,
		.has_wall_time = run->wires != NULL,
		.capture = run_count_capture(run),
		.decoder = run->decoder,
		.tally = run->tally,
		.exit_status = run->status,
	};

	if (run->wires != NULL)
		report.wall_ns = heartbeat_elapsed_ns(&run->heartbeat);
	pipeline_stats(run->pipeline, &report.analyzer);
	report.analyzer.flows_active = run->at_end.flows_active;
	report.analyzer.memory_bytes = run->at_end.memory_bytes;
	run_after_writing(run, run->sink->summary(run->sink, &report));
}

static int conclude_sources(struct run *run)
{
	return run->wires != NULL ? wires_conclude(run->wires, &run->talk)
				  : inputs_conclude(run->inputs, &run->talk);
}

/* True where frames may be missing between this run and one that goes on with its state. */
static bool is_broken(const struct run *run)
{
	const struct source_info *info = run->inputs != NULL ? inputs_info(run->inputs) : NULL;

	if (info == NULL || run->status != STATUS_DONE ||
	    strcmp(run->stopped_by, "end_of_input") != 0)
		return true;
	for (unsigned i = 0; i < run->options->source_count; i++) {
		if (info[i].error != NULL)
			return true;
	}
	return false;
}

/* Open connections wait for the next run, if they can; true where they do. A run without any
 * capture only tells what is in the state. */
static bool keep_state(struct run *run)
{
	struct checkpoint_content content = run_content(run);

	if (run->checkpoint == NULL || run->options->source_count == 0)
		return false;
	if (run->output_failed) {
		talk_error(&run->talk,
			   "%s: the state stays as it was before, since not all records could be "
			   "written",
			   run->options->state);
		return true;
	}
	if (checkpoint_save(run->checkpoint, &content,
			    is_broken(run) ? CHECKPOINT_BROKEN : CHECKPOINT_WHOLE, &run->talk))
		return true;
	run->status = status_of_both(run->status, STATUS_FAILED);
	return false;
}

/* Whatever waits for something is judged by what is there. */
static void judge_waiting(struct run *run)
{
	run_take_overdue(run, INT64_MAX);
	timeline_finish(&run->timeline);
	pipeline_flush(run->pipeline);
}

static void finish_connections(struct run *run, enum finish_reason reason)
{
	if (run->checkpoint == NULL)
		judge_waiting(run);
	pipeline_flush(run->pipeline);
	pipeline_stats(run->pipeline, &run->at_end);
	if (keep_state(run))
		return;
	if (run->checkpoint != NULL)
		judge_waiting(run);
	if (!run->output_failed)
		pipeline_finish(run->pipeline, reason);
}

void run_conclude(struct run *run)
{
	bool interrupted = strcmp(run->stopped_by, "signal") == 0;
	enum severity worst;

	finish_connections(run, interrupted ? FINISH_SHUTDOWN : FINISH_CAPTURE_END);
	if (!pipeline_is_well(run->pipeline)) {
		talk_error(&run->talk, "records are missing: not enough memory (lower --memcap)");
		run_fail(run, STATUS_FAILED);
	}
	progress_hide(&run->progress);
	if (run->timeline.wrong > 0)
		talk_warning(&run->talk,
			     "of %" PRIu64 " frames the times lie more than a day from those "
			     "around them (they are taken as if they had come with the frame "
			     "before)",
			     run->timeline.wrong);
	run->status = status_of_both(run->status, conclude_sources(run));
	selection_conclude(run->selection, &run->talk);
	if (run->options->flow.by != FLOW_CHOICE_ANY && run->reported == 0)
		talk_warning(&run->talk,
			     "no connection of the captures is the one that --flow names");
	worst = tally_worst_severity(run->tally);
	if (!run->output_failed && run->rereading != NULL)
		run->status = status_of_both(
			run->status, rereading_run(run->rereading, &run->progress, &run->talk));
	if (run->options->fail_on != SEVERITY_NULL && worst != SEVERITY_NULL &&
	    worst >= run->options->fail_on)
		run->status = status_of_both(run->status, STATUS_FOUND);
	if (run->wires != NULL)
		run_live_conclude(run);
	if (!run->output_failed)
		write_summary(run);
	if (interrupted)
		run_tell_counts(run);
}

void run_close_output(struct run *run)
{
	struct output_counts counts;
	bool closed = output_close(run->output, &counts);
	int error = closed ? 0 : errno;

	if (run->wires != NULL && error != EPIPE)
		run_live_tell_lost(run, &counts);
	if (!closed)
		run_fail_output(run, error);
}
