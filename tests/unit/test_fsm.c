/*
 * The transition table against the shortest true explanation of TCP's close: three facts about an
 * endpoint (own FIN none, sent or acknowledged; peer's FIN received or not; which came first) name
 * its state.
 */
#include <criterion/criterion.h>

#include "core/fsm.h"

enum own_fin { OWN_NONE, OWN_SENT, OWN_ACKED };

struct facts {
	enum own_fin own;
	bool peer_fin;
	bool own_first; /* own FIN was sent before the peer's was received */
};

static enum state state_of(struct facts facts)
{
	static const enum state table[3][2][2] = {
		[OWN_NONE] = {{STATE_ESTABLISHED, STATE_ESTABLISHED},
			      {STATE_CLOSE_WAIT, STATE_CLOSE_WAIT}},
		[OWN_SENT] = {{STATE_FIN_WAIT_1, STATE_FIN_WAIT_1},
			      {STATE_LAST_ACK, STATE_CLOSING}},
		[OWN_ACKED] = {{STATE_FIN_WAIT_2, STATE_FIN_WAIT_2},
			       {STATE_CLOSED, STATE_TIME_WAIT}},
	};

	return table[facts.own][facts.peer_fin][facts.own_first];
}

/* What an event does to the facts; false where it cannot happen. */
static bool apply(struct facts *facts, enum fsm_event event)
{
	bool over = facts->own == OWN_ACKED && facts->peer_fin;

	switch (event) {
	case FSM_SEND_FIN:
		if (facts->own != OWN_NONE)
			return false;
		facts->own = OWN_SENT;
		facts->own_first = !facts->peer_fin;
		return true;
	case FSM_RECV_ACK_OF_FIN:
		if (facts->own != OWN_SENT)
			return false;
		facts->own = OWN_ACKED;
		return true;
	case FSM_RECV_FIN:
		if (facts->peer_fin || over)
			return false;
		facts->peer_fin = true;
		return true;
	default:
		return false;
	}
}

static const enum fsm_event alphabet[] = {FSM_SEND_FIN, FSM_RECV_ACK_OF_FIN, FSM_RECV_FIN};

static unsigned walk(enum state state, struct facts facts, unsigned depth)
{
	unsigned words = 1;

	cr_assert_eq(state, state_of(facts), "table says %s, facts say %s", state_word(state),
		     state_word(state_of(facts)));
	if (depth == 0)
		return words;
	for (unsigned i = 0; i < 3; i++) {
		const struct fsm_row *row = fsm_row(state, alphabet[i]);
		struct facts next = facts;
		bool happens = apply(&next, alphabet[i]);

		cr_assert_eq(happens, row != NULL, "%s: event %u", state_word(state), alphabet[i]);
		words += walk(row != NULL ? row->to : state, happens ? next : facts, depth - 1);
	}
	return words;
}

Test(fsm, every_word_of_close_events_up_to_length_nine_ends_where_the_facts_say)
{
	unsigned words = walk(STATE_ESTABLISHED, (struct facts){OWN_NONE, false, false}, 9);

	cr_assert_eq(words, 29524); /* (3^10 - 1) / 2 */
}

Test(fsm, no_state_has_two_rows_for_one_event)
{
	static const struct {
		enum state from;
		enum fsm_event event;
	} rows[] = {
#define TRANSITION(FROM, EVENT, TO, section, cause) {STATE_##FROM, FSM_##EVENT},
#include "core/transitions.def"
	};
	size_t count = sizeof rows / sizeof rows[0];

	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++)
			cr_assert(rows[i].from != rows[j].from || rows[i].event != rows[j].event);
	}
}

Test(fsm, a_reset_closes_every_synchronized_state)
{
	for (unsigned state = STATE_SYN_SENT; state < STATE_COUNT; state++) {
		cr_assert_eq(fsm_row(state, FSM_RECV_RST)->to, STATE_CLOSED);
		cr_assert_eq(fsm_row(state, FSM_SEND_RST)->to, STATE_CLOSED);
	}
	cr_assert_null(fsm_row(STATE_CLOSED, FSM_RECV_RST));
	cr_assert_null(fsm_row(STATE_LISTEN, FSM_RECV_RST));
}

Test(fsm, three_ways_lead_into_time_wait)
{
	cr_assert_eq(fsm_row(STATE_FIN_WAIT_2, FSM_RECV_FIN)->to, STATE_TIME_WAIT);
	cr_assert_eq(fsm_row(STATE_CLOSING, FSM_RECV_ACK_OF_FIN)->to, STATE_TIME_WAIT);
	cr_assert_eq(fsm_row(fsm_row(STATE_FIN_WAIT_1, FSM_RECV_ACK_OF_FIN)->to, FSM_RECV_FIN)->to,
		     STATE_TIME_WAIT);
	cr_assert_eq(fsm_row(STATE_TIME_WAIT, FSM_TIMEOUT_2MSL)->to, STATE_CLOSED);
}

Test(fsm, a_repeated_fin_takes_back_what_only_the_ack_of_it_had_moved)
{
	for (unsigned state = 0; state < STATE_COUNT; state++) {
		enum state back = fsm_retract(state);

		if (back == STATE_NULL)
			continue;
		cr_assert_eq(fsm_row(back, FSM_RECV_ACK_OF_FIN)->to, state);
	}
	cr_assert_eq(fsm_retract(STATE_FIN_WAIT_2), STATE_FIN_WAIT_1);
	cr_assert_eq(fsm_retract(STATE_TIME_WAIT), STATE_CLOSING);
	cr_assert_eq(fsm_retract(STATE_CLOSED), STATE_LAST_ACK);
	cr_assert_eq(fsm_retract(STATE_ESTABLISHED), STATE_NULL);
}

Test(fsm, every_row_names_its_section)
{
	for (unsigned state = 0; state < STATE_COUNT; state++) {
		for (unsigned event = 0; event < FSM_COUNT; event++) {
			const struct fsm_row *row = fsm_row(state, event);

			if (row != NULL)
				cr_assert(row->section[0] == '3' && row->cause[0] != '\0');
		}
	}
}
