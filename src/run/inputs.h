/*
 * The captures of a run: opened together, read as one, each one's fate told at the end.
 *
 * One that cannot be opened, or is damaged, does not stop the others.
 */
#ifndef TCPBYE_INPUTS_H
#define TCPBYE_INPUTS_H

#include <stdint.h>

#include "process/progress.h"
#include "process/talk.h"
#include "source/growth.h"
#include "source/merge.h"
#include "source/source.h"

struct inputs;

/*
 * Opens the captures, which may still grow; says which ones cannot be opened. The names stay the
 * caller's. NULL if memory is short.
 */
struct inputs *inputs_open(const char *const *names, unsigned count, enum merge_order order,
			   enum growth growth, const struct talk *talk);
void inputs_close(struct inputs *inputs);

/* Like merge_next(). */
enum source_status inputs_next(struct inputs *inputs, struct frame *frame);

/* Like merge_more(). */
unsigned inputs_more(struct inputs *inputs, struct frame *frames, unsigned room);

/* Takes note of a frame whose link type nobody here can read. */
void inputs_count_unread(struct inputs *inputs, const struct frame *frame);

/* How much has been read of all captures, leaving the packets alone. */
void inputs_progress(const struct inputs *inputs, struct progress_state *state);

/*
 * Says what is to be said about each capture, once nothing more is read. Returns the exit status
 * that this calls for: 0, 1 (one could not be opened or read), 3 (one is cut or damaged).
 */
int inputs_conclude(struct inputs *inputs, const struct talk *talk);

/* One entry for each name, as far as the capture has been read; lives as long as the inputs. */
const struct source_info *inputs_info(struct inputs *inputs);

#endif
