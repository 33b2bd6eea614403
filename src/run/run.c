#define _POSIX_C_SOURCE 200809L

#include "run/run.h"

#include "decode/plain.h"
#include "decode/reassembly.h"
#include "process/requests.h"
#include "process/status.h"
#include "process/stop.h"
#include "run/captures.h"
#include "run/express_frames.h"
#include "run/rereading.h"
#include "run/run_live.h"
#include "run/run_state.h"

#include <stdlib.h>
#include <unistd.h>

/* Signals and progress are looked at in between. */
enum { FRAMES_AT_ONCE = 64 };

void run_fail(struct run *run, int status)
{
	run->status = status_of_both(run->status, status);
	run->stopped_by = "error";
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

/* What the timeline takes before this segment is not to overwrite it. */
static void judge_time(struct run *run, const struct segment *segment)
{
	struct segment apart = *segment;

	timeline_segment(&run->timeline, &apart);
}

static void take_segment(struct run *run, const struct segment *segment)
{
	if (run->wires != NULL || timeline_take(&run->timeline, segment->ts_ns))
		on_segment(run, segment);
	else
		judge_time(run, segment);
}

static void take_time(struct run *run, int64_t ts_ns, uint64_t number)
{
	if (run->wires != NULL)
		on_time(run, ts_ns, number);
	else
		timeline_time(&run->timeline, ts_ns, number);
}

/* Sources are counted on where earlier runs have left off. */
static enum decode_verdict decode(struct run *run, const struct frame *frame,
				  struct segment *segment)
{
	struct frame numbered;

	if (run->names.before != 0) {
		numbered = *frame;
		numbered.source = (uint16_t)(frame->source + run->names.before);
		frame = &numbered;
	}
	return decode_reassembling(run->reassembly, frame, run->depth, segment, &run->decoder);
}

static void look_into(struct run *run, const struct frame *frame)
{
	struct segment *segment = pipeline_next(run->pipeline);
	enum decode_verdict verdict = decode(run, frame, segment);

	if (verdict == DECODE_TCP) {
		take_segment(run, segment);
		return;
	}
	if (verdict == DECODE_NOT_TCP && run->inputs != NULL &&
	    !decode_knows_linktype(frame->linktype))
		inputs_count_unread(run->inputs, frame);
	take_time(run, frame->ts_ns, frame->number);
}

/* Judges what has waited in vain for the rest of its packet. */
void run_take_overdue(struct run *run, int64_t now_ns)
{
	struct segment segment;

	while (decode_overdue(run->reassembly, now_ns, &segment, &run->decoder))
		take_segment(run, &segment);
}

/* The way is open, and nothing that comes before the decoder concerns single frames. */
static bool may_go_express(const struct run *run)
{
	return run->express != NULL && run->express->is_open && run->timeline.started &&
	       run->timeline.waiting == 0 && !reassembly_holds(run->reassembly);
}

/* Takes as many frames, from the first on, as may go the express way; returns how many. None of
 * them is earlier than the one before it in its connection, nor than the first of all. */
static unsigned go_express(struct run *run, const struct frame *frames, unsigned count)
{
	struct express_trip trip = {
		.depth = run->depth,
		.before = (uint16_t)run->names.before,
		.now_ns = run->timeline.now_ns,
		.last_ns = run->last_ns,
	};
	unsigned taken = express_frames(run->express, &trip, frames, count);

	run->timeline.now_ns = trip.now_ns;
	run->last_ns = trip.last_ns;
	selection_pass(run->selection, taken);
	plain_count(&run->decoder, taken, trip.wire_bytes);
	return taken;
}

static void stop_at_count(struct run *run)
{
	if (run->stopped_by == NULL && selection_passed(run->selection) == run->options->count)
		run->stopped_by = "count";
}

/* Time passes with every frame, also with those that the filter keeps away. */
void run_take_frame(struct run *run, const struct frame *frame)
{
	if (reassembly_holds(run->reassembly))
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
	stop_at_count(run);
}

/* How far the captures are read. */
static void show_progress(struct run *run, unsigned packets)
{
	struct progress_state state = {.packets = selection_offered(run->selection)};

	if (!progress_due(&run->progress, packets))
		return;
	inputs_progress(run->inputs, &state);
	progress_show(&run->progress, &state);
}

/* So that what was found can be read while nothing comes in. */
static void tell_all(struct run *run)
{
	pipeline_flush(run->pipeline);
	run_flush(run);
}

/* How many more frames may be read before -c ends the run: it is not to read one too many. */
static unsigned frames_wanted(const struct run *run)
{
	uint64_t count = run->options->count;
	uint64_t left = count - selection_passed(run->selection);

	return count == 0 || left > FRAMES_AT_ONCE ? FRAMES_AT_ONCE : (unsigned)left;
}

/* The frame that was read, and those that lie in memory behind it; returns how many. */
static unsigned take_frames(struct run *run, struct frame frames[FRAMES_AT_ONCE])
{
	unsigned count = 1 + inputs_more(run->inputs, frames + 1, frames_wanted(run) - 1);
	unsigned taken = 0;

	while (taken < count && run->stopped_by == NULL) {
		if (may_go_express(run))
			taken += go_express(run, &frames[taken], count - taken);
		if (taken < count)
			run_take_frame(run, &frames[taken++]);
		else
			stop_at_count(run);
	}
	return count;
}

static void read_frames(struct run *run)
{
	struct frame frames[FRAMES_AT_ONCE];

	while (run->stopped_by == NULL) {
		enum source_status status = inputs_next(run->inputs, &frames[0]);
		unsigned packets = 1;

		if (requests_waiting())
			run_serve_requests(run);
		if (stop_requested())
			run->stopped_by = "signal";
		else if (status == SOURCE_FRAME)
			packets = take_frames(run, frames);
		else if (status == SOURCE_END)
			run->stopped_by = "end_of_input";
		else
			tell_all(run);
		show_progress(run, packets);
		heap_pages_follow(&run->heap_pages);
	}
}

bool run_serve_requests(struct run *run)
{
	bool counts = requests_counts();

	if (requests_reopening())
		output_reopen(run->output);
	if (counts)
		run_tell_counts(run);
	return counts;
}

static void release(struct run *run)
{
	if (run->pipeline != NULL)
		pipeline_destroy(run->pipeline);
	free(run->reassembly);
	rereading_destroy(run->rereading);
	if (run->sink != NULL)
		run->sink->destroy(run->sink);
	checkpoint_close(run->checkpoint);
	if (run->output != NULL)
		run_close_output(run);
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

/* What is looked at of every frame. */
static unsigned depth_of(const struct options *options)
{
	unsigned depth = DECODE_HEADERS_ONLY;

	if (options->analyzer.checksum != CHECKSUM_NONE)
		depth |= DECODE_VERIFY_CHECKSUMS;
	if (!options->no_payload)
		depth |= DECODE_LOOK_AT_PAYLOAD;
	return depth;
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
		.depth = depth_of(options),
		.timeline.output = {&run, on_segment, on_time},
	};

	heap_pages_follow(&run.heap_pages);
	progress_start(&run.progress, progress_terminal(options));
	run.talk = (struct talk){
		.quiet = options->quiet, .verbose = options->verbose, .progress = &run.progress};
	run.status = find_captures(&captures, &found, &run.talk);
	if (run.status == STATUS_DONE)
		run.status = run_prepare(&run);
	if (run.status == STATUS_DONE) {
		stop_listen();
		requests_listen();
		if (run.wires != NULL)
			run_live_watch(&run);
		else
			read_frames(&run);
		run_conclude(&run);
	}
	release(&run);
	captures_free(&captures);
	return run.status;
}
