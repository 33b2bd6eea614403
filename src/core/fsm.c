#include "core/fsm.h"

#include <stddef.h>

static const struct fsm_row rows[] = {
#define TRANSITION(FROM, EVENT, TO, section, cause)                                                \
	{STATE_##FROM, FSM_##EVENT, STATE_##TO, section, cause},
#include "core/transitions.def"
};

const struct fsm_row *fsm_row(enum state from, enum fsm_event event)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].from == from && rows[i].event == event)
			return &rows[i];
	}
	return NULL;
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
