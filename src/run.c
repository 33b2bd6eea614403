#define _GNU_SOURCE /* sched_getaffinity() */

#include "run.h"

#include "captures.h"
#include "choice.h"
#include "decode/reassembly.h"
#include "inputs.h"
#include "present.h"
#include "requests.h"
#include "rereading.h"
#include "run_live.h"
#include "run_state.h"
#include "selection.h"
#include "sink/tally.h"
#include "status.h"
#include "stop.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files are hashed with a key that everybody may know, since the same capture must give the same
 * output. */
static const struct hash_key file_hash_key = {
	{UINT64_C(0x7463706279650a0d), UINT64_C(0x1a2b3c4d5e6f7081)}};

static void *allocate(size_t size_bytes)
{
	return calloc(1, size_bytes);
}

void run_fail(struct run *run, int status)
{
	run->status = status_of_both(run->status, status);
	run->stopped_by = "error";
}

static const char *output_label(const struct options *options)
{
	return options->output != NULL ? options->output : "standard output";
}

/* Says once why the output cannot be written; a reader that has gone needs no words. */
static void fail_output(struct run *run, int error)
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
		   output_label(run->options), strerror(error != 0 ? error : EIO));
	run_fail(run, STATUS_FAILED);
}

void run_after_writing(struct run *run, bool written)
{
	if (!written)
		fail_output(run,
			    output_error(run->output) != 0 ? output_error(run->output) : errno);
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

static void note_time(struct run *run, int64_t ts_ns)
{
	if (!run->has_time || ts_ns < run->first_ns)
		run->first_ns = ts_ns;
	if (!run->has_time || ts_ns > run->last_ns)
		run->last_ns = ts_ns;
	run->has_time = true;
}

static void on_segment(void *context, const struct segment *segment)
{
	struct run *run = context;

	note_time(run, segment->ts_ns);
	pipeline_take(run->pipeline, segment);
}

/* A frame without a segment; number 0: the filter kept it away. */
static void on_time(void *context, int64_t ts_ns, uint64_t number)
{
	struct run *run = context;

	if (number != 0)
		note_time(run, ts_ns);
	pipeline_advance(run->pipeline, ts_ns);
}

static void take_segment(struct run *run, const struct segment *segment)
{
	if (run->wires != NULL)
		on_segment(run, segment);
	else
		timeline_segment(&run->timeline, segment);
}

static void take_time(struct run *run, int64_t ts_ns, uint64_t number)
{
	if (run->wires != NULL)
		on_time(run, ts_ns, number);
	else
		timeline_time(&run->timeline, ts_ns, number);
}

static void look_into(struct run *run, const struct frame *frame)
{
	struct segment segment;
	unsigned depth = DECODE_HEADERS_ONLY;

	if (run->options->analyzer.checksum != CHECKSUM_NONE)
		depth |= DECODE_VERIFY_CHECKSUMS;
	if (!run->options->no_payload)
		depth |= DECODE_LOOK_AT_PAYLOAD;

	if (run->inputs != NULL && !decode_knows_linktype(frame->linktype))
		inputs_count_unread(run->inputs, frame);
	if (decode_reassembling(run->reassembly, frame, depth, &segment, &run->decoder) ==
	    DECODE_TCP)
		take_segment(run, &segment);
	else
		take_time(run, frame->ts_ns, frame->number);
}

/* Judges what has waited in vain for the rest of its packet. */
void run_take_overdue(struct run *run, int64_t now_ns)
{
	struct segment segment;

	while (decode_overdue(run->reassembly, now_ns, &segment, &run->decoder))
		take_segment(run, &segment);
}

/* Time passes with every frame, also with those that the filter keeps away. */
void run_take_frame(struct run *run, const struct frame *frame)
{
	run_take_overdue(run, frame->ts_ns);
	switch (selection_match(run->selection, frame, &run->talk)) {
	case -1:
		run_fail(run, STATUS_USAGE);
		return;
	case 0:
		take_time(run, frame->ts_ns, 0);
		return;
	default:
		look_into(run, frame);
	}
	if (run->stopped_by == NULL && selection_passed(run->selection) == run->options->count)
		run->stopped_by = "count";
}

/* How far the captures are read. */
static void show_progress(struct run *run)
{
	struct progress_state state = {.packets = selection_offered(run->selection)};

	if (!progress_due(&run->progress))
		return;
	inputs_progress(run->inputs, &state);
	progress_show(&run->progress, &state);
}

void run_flush(struct run *run)
{
	if (!run->output_failed)
		run_after_writing(run, fflush(output_stream(run->output)) == 0 &&
					       output_error(run->output) == 0);
}

/* So that what was found can be read while nothing comes in. */
static void tell_all(struct run *run)
{
	pipeline_flush(run->pipeline);
	run_flush(run);
}

static void read_frames(struct run *run)
{
	struct frame frame;

	while (run->stopped_by == NULL) {
		enum source_status status = inputs_next(run->inputs, &frame);

		run_serve_requests(run);
		if (stop_requested())
			run->stopped_by = "signal";
		else if (status == SOURCE_FRAME)
			run_take_frame(run, &frame);
		else if (status == SOURCE_END)
			run->stopped_by = "end_of_input";
		else
			tell_all(run);
		show_progress(run);
	}
}

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

/* As tcpdump does. */
static void tell_counts(const struct run *run)
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

bool run_serve_requests(struct run *run)
{
	bool counts = requests_counts();

	if (requests_reopening())
		output_reopen(run->output);
	if (counts)
		tell_counts(run);
	return counts;
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

/* Everything after the last frame: open connections, what is to be said of the captures, the
 * summary. */
static void conclude(struct run *run)
{
	bool interrupted = strcmp(run->stopped_by, "signal") == 0;
	enum severity worst;

	run_take_overdue(run, INT64_MAX);
	timeline_finish(&run->timeline);
	pipeline_flush(run->pipeline);
	pipeline_stats(run->pipeline, &run->at_end);
	if (!run->output_failed)
		pipeline_finish(run->pipeline, interrupted ? FINISH_SHUTDOWN : FINISH_CAPTURE_END);
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
		tell_counts(run);
}

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
			   output_label(run->options), strerror(errno));
		return false;
	}
	return true;
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

static bool create_analysis(struct run *run)
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

static int prepare_wires(struct run *run)
{
	int status = run_live_open(run);

	if (status != STATUS_DONE)
		return status;
	return create_analysis(run) ? STATUS_DONE : STATUS_FAILED;
}

static int prepare_captures(struct run *run)
{
	if (!create_analysis(run))
		return STATUS_FAILED;
	if (rereading_is_wanted(run->options, run->sink)) {
		int status;

		run->rereading = rereading_create(run->options, run->sink, &run->talk, &status);
		if (run->rereading == NULL)
			return status;
	}
	return open_inputs(run) ? STATUS_DONE : STATUS_FAILED;
}

/* Everything that must be there before the first frame; the exit status where something is not. */
static int prepare(struct run *run)
{
	const struct options *options = run->options;

	if (options->interface_count == 0 && (follows_many(run) || reads_terminal(run) ||
					      overwrites_capture(run, options->output, "output") ||
					      overwrites_capture(run, options->write, "write")))
		return STATUS_USAGE;
	run->selection = selection_create(run->options, &run->talk);
	if (run->selection == NULL)
		return STATUS_USAGE;
	if (!open_output(run))
		return STATUS_FAILED;
	return options->interface_count > 0 ? prepare_wires(run) : prepare_captures(run);
}

static void close_output(struct run *run)
{
	struct output_counts counts;
	bool closed = output_close(run->output, &counts);
	int error = closed ? 0 : errno;

	if (run->wires != NULL && error != EPIPE)
		run_live_tell_lost(run, &counts);
	if (!closed)
		fail_output(run, error);
}

static void release(struct run *run)
{
	if (run->pipeline != NULL)
		pipeline_destroy(run->pipeline);
	free(run->reassembly);
	rereading_destroy(run->rereading);
	if (run->sink != NULL)
		run->sink->destroy(run->sink);
	if (run->output != NULL)
		close_output(run);
	if (run->tally != NULL)
		tally_destroy(run->tally);
	if (run->inputs != NULL)
		inputs_close(run->inputs);
	wires_close(run->wires);
	metrics_server_close(run->metrics_server);
	metrics_destroy(run->metrics);
	if (run->selection != NULL)
		selection_destroy(run->selection);
}

/* Where progress is shown: not where nobody sees it, and not on request of silence; of a live
 * capture to who asks for more words. */
static FILE *progress_terminal(const struct options *options)
{
	bool live = options->interface_count > 0;

	if (live && options->verbose == 0 && options->progress == WHEN_AUTO)
		return NULL;
	if (options->quiet > 0 || options->follow || options->progress == WHEN_NEVER)
		return NULL;
	return options->progress == WHEN_ALWAYS || isatty(STDERR_FILENO) ? stderr : NULL;
}

/* From here on the captures count that were found, not the words that were given. */
static int find_captures(struct captures *captures, struct options *options,
			 const struct talk *talk)
{
	int status;

	*captures = (struct captures){0};
	if (options->interface_count > 0)
		return STATUS_DONE;
	status = captures_find(captures, options->source, options->source_count, talk);

	options->source = (const char **)captures->name;
	options->source_count = captures->count;
	return status;
}

int run_captures(const struct options *options)
{
	struct options found = *options;
	struct captures captures;
	struct run run = {
		.options = &found,
		.timeline.output = {&run, on_segment, on_time},
	};

	progress_start(&run.progress, progress_terminal(options));
	run.talk = (struct talk){
		.quiet = options->quiet, .verbose = options->verbose, .progress = &run.progress};
	run.status = find_captures(&captures, &found, &run.talk);
	if (run.status == STATUS_DONE)
		run.status = prepare(&run);
	if (run.status == STATUS_DONE) {
		stop_listen();
		requests_listen();
		if (run.wires != NULL)
			run_live_watch(&run);
		else
			read_frames(&run);
		conclude(&run);
	}
	release(&run);
	captures_free(&captures);
	return run.status;
}
