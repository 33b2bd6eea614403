/*
 * What a run leaves for the next one: open connections and all that is known of them, fragments
 * that wait for the rest of their packets, and what the summary has counted. A run that begins with
 * it reports what it would have if it had read what came before as well.
 *
 * It is refused where it was saved under settings by which connections would have been judged in
 * another way, or by a program that keeps other things; and where any of it is not right, nothing
 * of it takes effect.
 */
#ifndef TCPBYE_CHECKPOINT_H
#define TCPBYE_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/analyzer.h"
#include "core/timeline.h"
#include "decode/decode.h"
#include "options/options.h"
#include "process/talk.h"

struct checkpoint;
struct pipeline;   /* pipeline/pipeline.h */
struct reassembly; /* decode/reassembly.h */
struct tally;      /* sink/tally.h */

/* Names by index: sources of earlier runs, NULL where nothing is left of them, and behind them the
 * run's own: numbered as if one run had read them all. */
struct source_names {
	unsigned before; /* of earlier runs */
	unsigned count;
	const char **name;
};

/* Whether a run saw all there was. */
enum checkpoint_end {
	CHECKPOINT_WHOLE,  /* what follows goes on where it ended */
	CHECKPOINT_BROKEN, /* frames may lie between it and what follows */
};

/* What is kept. */
struct checkpoint_content {
	struct pipeline *pipeline;
	struct reassembly *reassembly;
	struct tally *tally;
	struct timeline *timeline;
	struct decode_counters *decoder;
	bool *has_time;
	int64_t *first_ns, *last_ns;
	const struct source_names *names;
};

/*
 * Opens the state that --state names and compares its settings with these. The configuration is
 * given the key of its hashes. NULL, after an error was told, with the exit status.
 */
struct checkpoint *checkpoint_open(const struct options *options, struct analyzer_config *config,
				   const char *filter, const struct talk *talk, int *status);
void checkpoint_close(struct checkpoint *checkpoint);

/* Takes up what there is; true where there is nothing, too. False, after an error was told, with
 * the exit status: the content is of no use then. */
bool checkpoint_take_up(struct checkpoint *checkpoint, const struct checkpoint_content *content,
			const struct talk *talk, int *status);

/* The names, once what there is has been taken up. */
const struct source_names *checkpoint_names(const struct checkpoint *checkpoint);

/* Saves it and waits for the disk; false after an error was told. */
bool checkpoint_save(struct checkpoint *checkpoint, const struct checkpoint_content *content,
		     enum checkpoint_end end, const struct talk *talk);

/* Saves it and does not wait; leaves it out where the disk still has to do with the last time. What
 * goes wrong is told once. */
void checkpoint_save_soon(struct checkpoint *checkpoint, const struct checkpoint_content *content,
			  const struct talk *talk);

#endif
