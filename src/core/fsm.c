#include "core/fsm.h"

#include <stddef.h>

static const struct fsm_row rows[STATE_COUNT][FSM_COUNT] = {
#define TRANSITION(FROM, EVENT, TO, section, cause)                                                \
	[STATE_##FROM][FSM_##EVENT] = {STATE_##FROM, FSM_##EVENT, STATE_##TO, section, cause},
#include "core/transitions.def"
};

const struct fsm_row *fsm_row(enum state from, enum fsm_event event)
{
	const struct fsm_row *row = &rows[from][event];

	return row->cause != NULL ? row : NULL;
}

enum state fsm_retract(enum state presumed)
{
	switch (presumed) {
	case STATE_FIN_WAIT_2:
		return STATE_FIN_WAIT_1;
	case STATE_TIME_WAIT:
		return STATE_CLOSING;
	case STATE_CLOSED:
		return STATE_LAST_ACK;
	default:
		return STATE_NULL;
	}
}
