/*
 * What the parts of a run share: run.c, from the first frame to the last; run_prepare.c, before it;
 * run_analysis.c, what is made of frames and where that goes; run_conclude.c, after the last frame;
 * and run_live.c for what is captured live. Nothing else includes this.
 */
#ifndef TCPBYE_RUN_STATE_H
#define TCPBYE_RUN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timeline.h"
#include "monitor/metrics.h"
#include "monitor/metrics_server.h"
#include "monitor/notify.h"
#include "options/options.h"
#include "output/output.h"
#include "pipeline/pipeline.h"
#include "process/heap_pages.h"
#include "process/progress.h"
#include "process/talk.h"
#include "run/checkpoint.h"
#include "run/heartbeat.h"
#include "run/inputs.h"
#include "run/selection.h"
#include "run/wires.h"
#include "sink/sink.h"
#include "sink/tally.h"

struct reassembly; /* decode/reassembly.h */

struct rereading; /* rereading.h */

struct run {
	const struct options *options;
	unsigned depth; /* of decoding: DECODE_* */
	struct progress progress;
	struct heap_pages heap_pages;
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
	struct analyzer_config config;
	struct checkpoint *checkpoint; /* NULL: nothing is kept for the next run */
	struct source_names names;     /* borrowed */
	struct sink *sink;
	struct rereading *rereading; /* NULL: one reading is enough */
	struct tally *tally;
	struct pipeline *pipeline;
	struct express *express;  /* NULL: none is open */
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

/* Everything that must be there before the first frame; the exit status where something is not. */
int run_prepare(struct run *run);

/* The rules that connections are judged by, and what an earlier run has left, as far as that is to
 * be opened early; an exit status, what is wrong having been told. */
int run_configure(struct run *run);

/* Gives up what is not needed any more; what is opened later, as the output after SIGHUP, is opened
 * with the rights that are left. False, having said why, when that cannot be. */
bool run_drop_privileges(struct run *run);

/* The analyzers and the sink, with what an earlier run has left; the same. */
int run_create_analysis(struct run *run);

/* What the next run is to go on with. */
struct checkpoint_content run_content(struct run *run);

/* Everything after the last frame: open connections, what is to be said of the captures, the
 * summary. */
void run_conclude(struct run *run);

/* The last that is written; says how much was lost. */
void run_close_output(struct run *run);

/* What the output is called when something is said of it. */
const char *run_output_label(const struct run *run);

/* Says once why the output cannot be written; a reader that has gone needs no words. */
void run_fail_output(struct run *run, int error);

/* Tells the counts as tcpdump does. */
void run_tell_counts(const struct run *run);

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
