#define _POSIX_C_SOURCE 200809L

#include "run/rereading.h"

#include "decode/reassembly.h"
#include "process/status.h"
#include "run/inputs.h"
#include "run/picks.h"
#include "run/selection.h"
#include "source/packet_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rereading {
	const struct options *options;
	struct sink *sink;
	struct picks *picks;
	bool lost_pick;              /* for want of memory */
	struct packet_file *packets; /* NULL: none are wanted, or the file is closed */
	off_t standard_input_begin;
	struct inputs *inputs;
	struct selection *selection;
	struct decode_counters counters;
	struct reassembly reassembly;
	uint64_t written, left_out;
};

bool rereading_is_wanted(const struct options *options, const struct sink *sink)
{
	return options->write != NULL || sink->segment != NULL;
}

static bool is_file(const char *name)
{
	struct stat status;
	int found = strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &status) : stat(name, &status);

	return found != 0 || S_ISREG(status.st_mode); /* opening tells what is not there */
}

bool rereading_is_possible(const struct options *options)
{
	for (unsigned i = 0; i < options->source_count; i++)
		if (!is_file(options->source[i]))
			return false;
	return true;
}

static bool can_be_read_twice(const struct options *options, const struct talk *talk)
{
	const char *what = options->write != NULL ? "--write" : "--format ladder";

	for (unsigned i = 0; i < options->source_count; i++) {
		const char *name = options->source[i];

		if (is_file(name))
			continue;
		talk_error(talk,
			   "%s: cannot be read twice, as %s needs it to be (save it to a file "
			   "first)",
			   strcmp(name, "-") == 0 ? "standard input" : name, what);
		return false;
	}
	return true;
}

static bool open_packets(struct rereading *rereading, const struct talk *talk)
{
	const char *path = rereading->options->write;

	if (path == NULL)
		return true;
	rereading->packets = packet_file_open(path);
	if (rereading->packets == NULL)
		talk_error(talk, "%s: cannot be opened to write: %s (choose another --write)", path,
			   strerror(errno));
	return rereading->packets != NULL;
}

struct rereading *rereading_create(const struct options *options, struct sink *sink,
				   const struct talk *talk, int *status)
{
	struct rereading *rereading;

	*status = STATUS_USAGE;
	if (!can_be_read_twice(options, talk))
		return NULL;
	*status = STATUS_FAILED;
	rereading = calloc(1, sizeof(*rereading));
	if (rereading != NULL)
		rereading->picks = picks_create(options->source_count, options->analyzer.flow_key);
	if (rereading == NULL || rereading->picks == NULL) {
		talk_error(talk, "not enough memory to start");
		free(rereading);
		return NULL;
	}
	rereading->options = options;
	rereading->sink = sink;
	rereading->standard_input_begin = lseek(STDIN_FILENO, 0, SEEK_CUR);
	if (!open_packets(rereading, talk)) {
		rereading_destroy(rereading);
		return NULL;
	}
	*status = STATUS_DONE;
	return rereading;
}

void rereading_destroy(struct rereading *rereading)
{
	if (rereading == NULL)
		return;
	if (rereading->packets != NULL)
		packet_file_close(rereading->packets);
	if (rereading->inputs != NULL)
		inputs_close(rereading->inputs);
	if (rereading->selection != NULL)
		selection_destroy(rereading->selection);
	picks_destroy(rereading->picks);
	free(rereading);
}

void rereading_pick(struct rereading *rereading, const struct flow_report *report)
{
	const struct sink *sink = rereading->sink;

	if (rereading->packets == NULL && !sink->wants(sink, report))
		return;
	rereading->lost_pick = !picks_add(rereading->picks, report) || rereading->lost_pick;
}

static bool begin_again(struct rereading *rereading)
{
	const struct options *options = rereading->options;
	enum merge_order order = options->strict_order ? MERGE_AS_GIVEN : MERGE_BY_TIME;
	struct progress nowhere = {0};
	const struct talk silence = {.quiet = 2, .progress = &nowhere};

	for (unsigned i = 0; i < options->source_count; i++)
		if (strcmp(options->source[i], "-") == 0)
			lseek(STDIN_FILENO, rereading->standard_input_begin, SEEK_SET);
	rereading->selection = selection_create(options, &silence);
	rereading->inputs =
		inputs_open(options->source, options->source_count, order, GROWTH_ENDED, &silence);
	return rereading->selection != NULL && rereading->inputs != NULL;
}

static int fail_packets(const struct rereading *rereading, const struct talk *talk)
{
	talk_error(talk, "%s: cannot be written: %s (its last packet may be cut)",
		   rereading->options->write, strerror(errno != 0 ? errno : EIO));
	return STATUS_FAILED;
}

/* Hands on a segment, if it belongs to a picked connection. */
static int draw(struct rereading *rereading, const struct segment *segment, const struct talk *talk)
{
	struct sink *sink = rereading->sink;
	uint64_t flow_id = sink->segment != NULL ? picks_find(rereading->picks, segment) : 0;

	if (flow_id == 0 || sink->segment(sink, flow_id, segment))
		return STATUS_DONE;
	talk_error(talk, "not enough memory to draw connection %" PRIu64, flow_id);
	return STATUS_FAILED;
}

/* Writes a frame, if it holds a segment, or a part of one, of a picked connection. */
static int write_frame(struct rereading *rereading, const struct frame *frame,
		       const struct segment *segment, const struct talk *talk)
{
	if (rereading->packets == NULL || picks_find(rereading->picks, segment) == 0)
		return STATUS_DONE;
	switch (packet_file_put(rereading->packets, frame)) {
	case PACKET_FILE_WRITTEN:
		rereading->written++;
		return STATUS_DONE;
	case PACKET_FILE_LEFT_OUT:
		rereading->left_out++;
		return STATUS_DONE;
	case PACKET_FILE_FAILED:
		break;
	}
	return fail_packets(rereading, talk);
}

/* What has waited in vain for the rest of its packet. */
static int draw_overdue(struct rereading *rereading, int64_t now_ns, const struct talk *talk)
{
	struct segment segment;
	int status = STATUS_DONE;

	while (status == STATUS_DONE &&
	       decode_overdue(&rereading->reassembly, now_ns, &segment, &rereading->counters))
		status = draw(rereading, &segment, talk);
	return status;
}

static int take_frame(struct rereading *rereading, const struct frame *frame,
		      const struct talk *talk)
{
	struct segment segment;
	int status = draw_overdue(rereading, frame->ts_ns, talk);

	if (status != STATUS_DONE || selection_match(rereading->selection, frame, talk) != 1)
		return status;
	switch (decode_reassembling(&rereading->reassembly, frame, DECODE_HEADERS_ONLY, &segment,
				    &rereading->counters)) {
	case DECODE_TCP:
		status = draw(rereading, &segment, talk);
		break;
	case DECODE_FRAGMENT:
		if ((segment.marks & SEGMENT_FRAGMENT) == 0)
			return STATUS_DONE;
		break;
	default:
		return STATUS_DONE;
	}
	return status == STATUS_DONE ? write_frame(rereading, frame, &segment, talk) : status;
}

static void show_progress(const struct rereading *rereading, struct progress *progress)
{
	struct progress_state state = {.packets = selection_offered(rereading->selection)};

	if (!progress_due(progress, 1))
		return;
	inputs_progress(rereading->inputs, &state);
	progress_show(progress, &state);
}

static int read_again(struct rereading *rereading, struct progress *progress,
		      const struct talk *talk)
{
	const uint64_t count = rereading->options->count;
	enum source_status next = SOURCE_FRAME;
	int status = STATUS_DONE;
	struct frame frame;

	progress_start(progress, progress->terminal);
	while (status == STATUS_DONE && next != SOURCE_END) {
		next = inputs_next(rereading->inputs, &frame);
		if (next != SOURCE_FRAME)
			continue;
		if (picks_end_before(rereading->picks, frame.number) ||
		    (count != 0 && selection_passed(rereading->selection) == count))
			break;
		status = take_frame(rereading, &frame, talk);
		show_progress(rereading, progress);
	}
	progress_hide(progress);
	return status == STATUS_DONE ? draw_overdue(rereading, INT64_MAX, talk) : status;
}

static int close_packets(struct rereading *rereading, const struct talk *talk)
{
	struct packet_file *packets = rereading->packets;

	rereading->packets = NULL;
	if (packets == NULL)
		return STATUS_DONE;
	if (!packet_file_close(packets))
		return fail_packets(rereading, talk);
	talk_note(talk, "%s: %" PRIu64 " packets written", rereading->options->write,
		  rereading->written);
	if (rereading->left_out > 0)
		talk_warning(talk,
			     "%s: %" PRIu64 " packets are left out, since they are of another link "
			     "type than the first one and a pcap file has only one",
			     rereading->options->write, rereading->left_out);
	return STATUS_DONE;
}

int rereading_run(struct rereading *rereading, struct progress *progress, const struct talk *talk)
{
	int status = STATUS_DONE;

	if (rereading->lost_pick ||
	    !(picks_are_empty(rereading->picks) || begin_again(rereading))) {
		talk_error(talk, "not enough memory to read the captures a second time");
		return STATUS_FAILED;
	}
	if (!picks_are_empty(rereading->picks))
		status = read_again(rereading, progress, talk);
	return status == STATUS_DONE ? close_packets(rereading, talk) : status;
}
