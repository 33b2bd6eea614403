/*
 * The TCP connection state machine of RFC 9293, 3.3.2, as a table, and the second, smaller table of
 * what an endpoint takes back when it repeats its FIN.
 */
#ifndef TCPBYE_CORE_FSM_H
#define TCPBYE_CORE_FSM_H

#include "core/words.h"

enum fsm_event {
	FSM_SEND_SYN,
	FSM_RECV_SYN,
	FSM_RECV_SYN_ACK,
	FSM_RECV_ACK_OF_SYN,
	FSM_SEND_FIN,
	FSM_RECV_FIN,
	FSM_RECV_ACK_OF_FIN,
	FSM_TIMEOUT_2MSL,
	FSM_SEND_RST,
	FSM_RECV_RST,
	FSM_COUNT
};

struct fsm_row {
	enum state from;
	enum fsm_event event;
	enum state to;
	const char *section; /* of RFC 9293 */
	const char *cause;
};

/* The row that leads out of a state by an event, or NULL where the event moves nothing. */
const struct fsm_row *fsm_row(enum state from, enum fsm_event event);

/*
 * Where an endpoint really is that repeats its FIN after the acknowledgement of it had been
 * presumed received: STATE_NULL where the repetition takes nothing back.
 */
enum state fsm_retract(enum state presumed);

#endif
