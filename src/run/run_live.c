#include "run/run_live.h"

#include "process/status.h"
#include "process/stop.h"
#include "run/run_state.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

enum stats_moment { STATS_ON_THE_WAY, STATS_AT_THE_END };

/* When nothing has come for so long, everything has come: the clock need not say so. */
static const int64_t drain_silence_ns = 2 * INT64_C(1000000000);

/* Lost records are told at once, but not again and again. */
static const int64_t silence_ns = INT64_C(10000000000);

/* What is hashed is chosen by whoever sends packets, who must not know the key. */
bool run_live_configure(struct run *run, struct analyzer_config *config)
{
	config->idle = IDLE_LEAVES;
	if (getrandom(&config->hash_key, sizeof(config->hash_key), 0) ==
	    (ssize_t)sizeof(config->hash_key))
		return true;
	talk_error(&run->talk, "no random numbers can be had: %s", strerror(errno));
	return false;
}

static bool start_output_thread(struct run *run)
{
	bool document = options_want_document(run->options);

	if (output_start_thread(run->output, document ? OUTPUT_KEEPS_ALL : OUTPUT_MAY_DROP))
		return true;
	talk_error(&run->talk, "the output's thread cannot be started: %s", strerror(errno));
	return false;
}

static struct output_counters count_output(const struct run *run)
{
	struct output_counts counts;

	output_count(run->output, &counts);
	return (struct output_counters){
		.records = counts.lines,
		.bytes = counts.bytes,
		.errors = counts.errors,
		.dropped = counts.dropped,
	};
}

static void fill_stats(struct run *run, struct stats_report *report)
{
	*report = (struct stats_report){
		.ts_ns = run->passed_ns,
		.uptime_s = (uint64_t)(heartbeat_elapsed_ns(&run->heartbeat) / 1000000000),
		.sequence = run->stats_made,
		.capture = run_count_capture(run),
		.decoder = run->decoder,
		.tally = tally_counters(run->tally),
		.output = count_output(run),
	};
	pipeline_flush(run->pipeline);
	pipeline_stats(run->pipeline, &report->analyzer);
	report->analyzer.time_waits_peak = tally_time_waits_peak(run->tally);
}

static void write_stats(struct run *run, enum stats_moment moment)
{
	struct stats_report report;

	run_flush(run); /* what is counted has been handed to the output */
	fill_stats(run, &report);
	report.final = moment == STATS_AT_THE_END;
	run->stats_made++;
	run_after_writing(run, run->sink->stats(run->sink, &report));
}

/* The page of metrics, as they are now. */
static bool write_page(void *context, FILE *file)
{
	struct run *run = context;
	struct output_counts counts;
	struct stats_report stats;
	struct metrics_state state = {.version = TCPBYE_VERSION, .stats = &stats};

	output_count(run->output, &counts);
	fill_stats(run, &stats);
	state.queue_bytes = counts.waiting_bytes;
	state.queue_room_bytes = counts.room_bytes;
	return metrics_write(run->metrics, &state, file);
}

/* Says once why they cannot be written: monitoring sees them grow old. */
static void write_metrics(struct run *run)
{
	bool written;

	if (run->options->metrics_file == NULL)
		return;
	written = metrics_write_file(run->options->metrics_file, write_page, run);
	if (!written && !run->metrics_failed)
		talk_error(&run->talk,
			   "%s: the metrics cannot be written: %s (may the user whom tcpbye runs "
			   "as write in that directory?)",
			   run->options->metrics_file, strerror(errno));
	run->metrics_failed = !written;
}

/* Counts for whoever wants the metrics, and listens for them. */
static bool prepare_metrics(struct run *run)
{
	char error[METRICS_SERVER_ERROR_MAX] = "not enough memory for metrics";

	if (run->options->metrics_file == NULL && run->options->listen == NULL)
		return true;
	run->metrics = metrics_create();
	if (run->metrics != NULL && run->options->listen == NULL)
		return true;
	if (run->metrics != NULL)
		run->metrics_server =
			metrics_server_open(run->options->listen, write_page, run, error);
	if (run->metrics_server != NULL)
		return true;
	talk_error(&run->talk, "%s", error);
	return false;
}

static const char *reader(const struct run *run)
{
	return run->options->output != NULL ? run->options->output : "standard output";
}

/* Says what the output's thread has met with. */
static void tell_output(struct run *run)
{
	int64_t now_ns = heartbeat_elapsed_ns(&run->heartbeat);
	uint64_t dropped =
		output_error(run->output) == 0 ? count_output(run).dropped : run->drops_told;
	int trouble = output_trouble(run->output);

	if (trouble != 0)
		talk_error(&run->talk,
			   "%s: cannot be opened again: %s (the old file is written on; may the "
			   "user whom tcpbye runs as write there?)",
			   reader(run), strerror(trouble));
	if (dropped == run->drops_told ||
	    (run->drops_told > 0 && now_ns - run->drops_told_ns < silence_ns))
		return;
	talk_warning(&run->talk,
		     "%s: is not read fast enough: %" PRIu64 " records have been dropped, %" PRIu64
		     " in all",
		     reader(run), dropped - run->drops_told, dropped);
	run->drops_told = dropped;
	run->drops_told_ns = now_ns;
}

/* What goes on on the wires. */
static void show_life(struct run *run)
{
	struct progress_state state = {
		.packets = selection_offered(run->selection),
		.live = true,
		.anomalies = tally_counters(run->tally)->anomalies,
	};
	struct analyzer_stats analyzer;

	if (!progress_due_now(&run->progress))
		return;
	pipeline_flush(run->pipeline);
	pipeline_stats(run->pipeline, &analyzer);
	state.connections = analyzer.flows_active;
	state.dropped = run_count_capture(run).kernel_drops;
	progress_show(&run->progress, &state);
}

/* So that even a crash loses little. Records that could not be written must not be forgotten. */
static void save_state(struct run *run)
{
	struct checkpoint_content content = run_content(run);

	if (run->checkpoint == NULL || run->output_failed)
		return;
	pipeline_flush(run->pipeline);
	checkpoint_save_soon(run->checkpoint, &content, &run->talk);
}

/* What is to be done by the clock, and asked for by signals. */
static void attend(struct run *run)
{
	unsigned due = heartbeat_due(&run->heartbeat);

	if (run->drain_ns == 0 && (stop_requested() || (due & BEAT_END) != 0)) {
		run->ends_by = stop_requested() ? "signal" : "duration";
		run->drain_ns = heartbeat_now_ns();
	}
	if (run_serve_requests(run) || (due & BEAT_STATS) != 0)
		write_stats(run, STATS_ON_THE_WAY);
	if ((due & BEAT_METRICS) != 0)
		write_metrics(run);
	if ((due & BEAT_ALIVE) != 0)
		notify_alive(&run->notify);
	if ((due & BEAT_FLUSH) != 0) {
		run_flush(run);
		tell_output(run);
		if (run->metrics_server != NULL)
			metrics_server_attend(run->metrics_server);
	}
	show_life(run);
	if ((due & BEAT_STATE) != 0)
		save_state(run);
}

/* True once all has been looked at that had been captured when the end was called for. */
static bool is_drained(struct run *run, int64_t now_ns)
{
	uint64_t frames = selection_offered(run->selection);
	int64_t elapsed_ns = heartbeat_elapsed_ns(&run->heartbeat);

	if (frames != run->drain_frames) {
		run->drain_frames = frames;
		run->drain_frame_ns = elapsed_ns;
	}
	return now_ns >= run->drain_ns || elapsed_ns - run->drain_frame_ns > drain_silence_ns;
}

static void pass_time(struct run *run, int64_t now_ns)
{
	run_take_overdue(run, now_ns);
	pipeline_advance(run->pipeline, now_ns);
	pipeline_flush(run->pipeline);
	if (now_ns > run->passed_ns)
		run->passed_ns = now_ns;
	if (run->drain_ns != 0 && run->stopped_by == NULL && is_drained(run, now_ns))
		run->stopped_by = run->ends_by;
}

int run_live_open(struct run *run)
{
	int status;

	run->wires = wires_open(run->options, selection_text(run->selection), &run->talk, &status);
	if (run->wires == NULL)
		return status;
	if (!prepare_metrics(run))
		return STATUS_FAILED;
	notify_open(&run->notify);
	if (run->options->line_buffered)
		setvbuf(output_stream(run->output), NULL, _IOLBF, BUFSIZ);
	return run_drop_privileges(run) && start_output_thread(run) ? STATUS_DONE : STATUS_FAILED;
}

void run_live_watch(struct run *run)
{
	struct heartbeat_config config = {
		.stats_interval_ns = run->options->stats_interval_ns,
		.alive_interval_ns = run->notify.interval_ns,
		.duration_ns = run->options->duration_ns,
	};
	struct frame frame;

	if (run->options->output == NULL)
		stop_at_hangup();
	heartbeat_start(&run->heartbeat, &config);
	notify_ready(&run->notify);
	wires_introduce(run->wires, &run->talk);
	while (run->stopped_by == NULL) {
		switch (wires_next(run->wires, &frame, &run->talk)) {
		case WIRES_FRAME:
			run_take_frame(run, &frame);
			break;
		case WIRES_TIME:
			attend(run);
			pass_time(run, frame.ts_ns);
			break;
		case WIRES_LOSS:
			pipeline_note_loss(run->pipeline, frame.ts_ns);
			break;
		case WIRES_FAILED:
			run_fail(run, STATUS_FAILED);
			break;
		}
	}
	notify_stopping(&run->notify);
	output_settle(run->output);
}

void run_live_conclude(struct run *run)
{
	if (!run->output_failed)
		write_stats(run, STATS_AT_THE_END);
	write_metrics(run);
	notify_close(&run->notify);
	if (count_output(run).dropped > 0)
		run->status = status_of_both(run->status, STATUS_FAILED);
}

void run_live_tell_lost(struct run *run, const struct output_counts *counts)
{
	if (counts->dropped == 0)
		return;
	run->status = status_of_both(run->status, STATUS_FAILED);
	talk_error(&run->talk, "%s: %" PRIu64 " of %" PRIu64 " records were not read in time",
		   reader(run), counts->dropped, counts->lines);
}
