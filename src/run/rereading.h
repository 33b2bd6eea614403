/*
 * The second reading of the captures, once it is known which connections are reported: their
 * packets are written to a file, and their segments given to a sink that draws them.
 *
 * A first reading thus keeps nothing of any packet. The price is that what cannot be read twice, a
 * pipe, has no second reading.
 */
#ifndef TCPBYE_REREADING_H
#define TCPBYE_REREADING_H

#include "options/options.h"
#include "process/progress.h"
#include "process/talk.h"
#include "sink/sink.h"

struct rereading;

/* True if every capture can be read twice; those that are not there count as such, since opening
 * them tells. */
bool rereading_is_possible(const struct options *options);

/* True if the options, or the sink, ask for a second reading. */
bool rereading_is_wanted(const struct options *options, const struct sink *sink);

/*
 * To be called before the captures are opened. NULL, having said why, where a capture cannot be
 * read twice, the file of packets cannot be opened, or memory is short; `*status` is then the exit
 * status. Options and sink stay the caller's.
 */
struct rereading *rereading_create(const struct options *options, struct sink *sink,
				   const struct talk *talk, int *status);
void rereading_destroy(struct rereading *rereading);

/* Takes note of a reported connection, after the sink has had it. */
void rereading_pick(struct rereading *rereading, const struct flow_report *report);

/*
 * Reads again, and closes the file of packets. Says what went wrong and returns the exit status
 * that this calls for. What is wrong with the captures has been said by the first reading.
 */
int rereading_run(struct rereading *rereading, struct progress *progress, const struct talk *talk);

#endif
