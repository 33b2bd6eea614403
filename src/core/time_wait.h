/*
 * TIME-WAIT, per holder: start, restarts, proofs of life and of absence, end (RFC 9293, 3.6.1; RFC
 * 1337; RFC 6191).
 */
#ifndef TCPBYE_CORE_TIME_WAIT_H
#define TCPBYE_CORE_TIME_WAIT_H

#include "core/path.h"

/* Counts it and tells of it. */
void time_wait_tell(struct analyzer *analyzer, const struct time_wait_report *report);

void time_wait_begin(struct analyzer *analyzer, struct flow *flow, unsigned holder, enum tw_via via,
		     struct moment moment);

/* The step into TIME-WAIT was taken back: there was none. */
void time_wait_void(struct analyzer *analyzer, struct flow *flow, unsigned holder);

/* The peer repeated its FIN, or sent other stale segments that ask for an answer. */
void time_wait_ask(struct flow *flow, unsigned holder, const struct trace *by);

/* The timer starts again. */
void time_wait_restart(struct flow *flow, unsigned holder, int64_t ts_ns);

/* The holder answered: it lives; if a FIN was repeated, its timer starts again (RFC
 * 9293, 3.10.7.4). */
void time_wait_answer(struct analyzer *analyzer, struct flow *flow, unsigned holder,
		      const struct trace *by);

void time_wait_end(struct analyzer *analyzer, struct flow *flow, unsigned holder,
		   enum tw_end ended_by, int64_t ts_ns);

/* When the holder's timer runs out. */
/* A TIME-WAIT that was thought to be assassinated answers: it goes on. */
void time_wait_revive(struct analyzer *analyzer, struct flow *flow, unsigned holder,
		      const struct trace *by);

int64_t time_wait_deadline_ns(const struct analyzer *analyzer, const struct time_wait *time_wait);

bool time_wait_any(const struct flow *flow);

#endif
