/*
 * What the parts of a run share: run.c, and run_live.c for what is captured live. Nothing else
 * includes this.
 */
#ifndef TCPBYE_RUN_STATE_H
#define TCPBYE_RUN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timeline.h"
#include "heartbeat.h"
#include "inputs.h"
#include "metrics.h"
#include "metrics_server.h"
#include "notify.h"
#include "options/options.h"
#include "output.h"
#include "pipeline/pipeline.h"
#include "progress.h"
#include "selection.h"
#include "sink/sink.h"
#include "sink/tally.h"
#include "talk.h"
#include "wires.h"

struct reassembly; /* decode/reassembly.h */

struct rereading; /* rereading.h */

struct run {
	const struct options *options;
	struct progress progress;
	struct talk talk;
	struct selection *selection;
	struct inputs *inputs; /* NULL in a live run */
	struct wires *wires;   /* NULL in any other */
	struct heartbeat heartbeat;
	struct notify notify;
	struct metrics *metrics;               /* NULL: nobody wants them */
	struct metrics_server *metrics_server; /* NULL: they are not served */
	const char *ends_by; /* live: what stopped_by is going to be, from drain_ns on */
	int64_t drain_ns;    /* live: what was captured by then is still looked at; 0: no end yet */
	uint64_t drain_frames;  /* live: looked at so far */
	int64_t drain_frame_ns; /* live: when that was last more than before, since the start */
	int64_t passed_ns;      /* live: everything up to here has been looked at */
	uint64_t stats_made;
	uint64_t drops_told;   /* live: records that the output had dropped when that was told */
	int64_t drops_told_ns; /* since the start */
	struct output *output;
	struct sink *sink;
	struct rereading *rereading; /* NULL: one reading is enough */
	struct tally *tally;
	struct pipeline *pipeline;
	struct timeline timeline; /* not in a live run: the kernel's clock is believed */
	struct decode_counters decoder;
	struct reassembly *reassembly;
	bool has_time;
	uint64_t reported;         /* connections */
	int64_t first_ns, last_ns; /* of the frames that passed, if any did */
	const char *stopped_by;    /* NULL: goes on */
	int status;
	bool output_failed;
	bool metrics_failed;          /* the last time that they were written */
	struct analyzer_stats at_end; /* when the last frame had been taken */
};

/* Ends the run with this exit status, unless a graver one is called for. */
void run_fail(struct run *run, int status);

/* Looks what became of what was written. */
void run_after_writing(struct run *run, bool written);

/* Lets what was written leave. */
void run_flush(struct run *run);

void run_take_frame(struct run *run, const struct frame *frame);

/* Judges what has waited in vain until `now_ns` for the rest of its packet. */
void run_take_overdue(struct run *run, int64_t now_ns);

struct capture_counters run_count_capture(const struct run *run);

/* Does what SIGHUP and SIGUSR1 have asked for; true if a stats record was as well. */
bool run_serve_requests(struct run *run);

#endif
