/*
 * The path of an endpoint: every step of its state machine with time, frame, certainty, and whether
 * later evidence took it back.
 */
#ifndef TCPBYE_CORE_PATH_H
#define TCPBYE_CORE_PATH_H

#include "core/context.h"

/* When and by which frame a step happened. */
struct moment {
	int64_t ts_ns;
	uint64_t number; /* 0: a timer */
};

static inline struct moment moment_of(const struct trace *trace)
{
	return (struct moment){trace->ts_ns, trace->number};
}

/* Moves an endpoint along the transition table. False where the event moves nothing from its state.
 */
bool path_move(struct analyzer *analyzer, struct flow *flow, unsigned side, enum fsm_event event,
	       enum certainty certainty, struct moment moment);

/* Puts an endpoint into a state without a row: where a capture began in the middle, or a step was
 * taken back. */
void path_place(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		enum certainty certainty, struct moment moment, const char *cause);

/* Tells of the endpoint's step from a state to the one that it is in now. */
void path_tell(struct analyzer *analyzer, const struct flow *flow, unsigned side, enum state from,
	       enum certainty certainty, struct moment moment, const char *cause);

/* The presumed last receipts of an endpoint are proven by what it sent. */
void path_confirm(struct analyzer *analyzer, struct flow *flow, unsigned side);

/* Takes back the endpoint's last step that stands: its state becomes the one before, and that is
 * told as a transition of its own, by the connection's latest packet. */
void path_refute(struct analyzer *analyzer, struct flow *flow, unsigned side);

/* Moves the endpoint's last standing step `state` to another moment. */
void path_restamp(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		  struct moment moment);

/* The endpoint's inferred step into `state` is now observed. */
void path_observe(struct analyzer *analyzer, struct flow *flow, unsigned side, enum state state,
		  struct moment moment);

/* Writes the steps of both endpoints to the report, [REPORT_CLIENT] first, oldest first. */
void path_report(const struct analyzer *analyzer, const struct flow *flow,
		 struct report_endpoint endpoint[2]);

void path_release(struct analyzer *analyzer, struct flow *flow);

#endif
