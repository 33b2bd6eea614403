#include "core/time_wait.h"

#include "core/envelope.h"
#include "core/raise.h"

void time_wait_tell(struct analyzer *analyzer, const struct time_wait_report *report)
{
	if (report->begins) {
		analyzer->time_waits_active++;
		if (analyzer->time_waits_active > analyzer->time_waits_peak)
			analyzer->time_waits_peak = analyzer->time_waits_active;
	} else {
		analyzer->time_waits_active--;
	}
	if (analyzer->sink.time_wait != NULL)
		analyzer->sink.time_wait(analyzer->sink.context, report);
}

static void tell(struct analyzer *analyzer, const struct flow *flow, unsigned holder, bool begins,
		 int64_t ts_ns)
{
	struct time_wait_report report = {.holder = envelope_who(flow, holder), .begins = begins};

	envelope_fill(flow, ts_ns, flow->last_number, &report.envelope);
	time_wait_tell(analyzer, &report);
}

void time_wait_begin(struct analyzer *analyzer, struct flow *flow, unsigned holder, enum tw_via via,
		     struct moment moment)
{
	struct time_wait *wait = &flow->time_wait[holder];

	*wait = (struct time_wait){
		.held = true,
		.active = true,
		.via = (uint8_t)via,
		.start_ns = moment.ts_ns,
		.restart_ns = moment.ts_ns,
	};
	tell(analyzer, flow, holder, true, moment.ts_ns);
}

void time_wait_void(struct analyzer *analyzer, struct flow *flow, unsigned holder)
{
	struct time_wait *wait = &flow->time_wait[holder];

	if (wait->active)
		tell(analyzer, flow, holder, false, analyzer->now_ns);
	*wait = (struct time_wait){0};
}

void time_wait_ask(struct flow *flow, unsigned holder, const struct trace *by)
{
	struct time_wait *wait = &flow->time_wait[holder];

	if (wait->active)
		wait->asked = *by;
}

void time_wait_restart(struct flow *flow, unsigned holder, int64_t ts_ns)
{
	flow->time_wait[holder].restart_ns = ts_ns;
	flow->time_wait[holder].restarts++;
}

void time_wait_answer(struct analyzer *analyzer, struct flow *flow, unsigned holder,
		      const struct trace *by)
{
	struct time_wait *wait = &flow->time_wait[holder];

	if (!wait->active || wait->asked.number == 0)
		return;
	wait->alive_ns = by->ts_ns;
	if (analyzer->config.profile == PROFILE_LINUX || (wait->asked.flags & TCP_FIN) != 0)
		time_wait_restart(flow, holder, by->ts_ns);
	if ((wait->asked.flags & TCP_FIN) != 0) {
		anomaly_note(analyzer, flow, ANOMALY_TIME_WAIT_RESTARTED, holder, &wait->asked);
	}
	wait->asked = (struct trace){0};
}

void time_wait_end(struct analyzer *analyzer, struct flow *flow, unsigned holder,
		   enum tw_end ended_by, int64_t ts_ns)
{
	struct time_wait *wait = &flow->time_wait[holder];

	if (!wait->active)
		return;
	wait->active = false;
	wait->ended_by = (uint8_t)ended_by;
	wait->end_ns = ts_ns;
	tell(analyzer, flow, holder, false, ts_ns);
	if (ended_by == TW_END_TIMER)
		path_move(analyzer, flow, holder, FSM_TIMEOUT_2MSL, CERTAINTY_TIMER,
			  (struct moment){ts_ns, 0});
}

void time_wait_revive(struct analyzer *analyzer, struct flow *flow, unsigned holder,
		      const struct trace *by)
{
	struct time_wait *wait = &flow->time_wait[holder];

	if (!wait->held || wait->active || wait->ended_by != TW_END_ASSASSINATED)
		return;
	wait->active = true;
	wait->alive_ns = by->ts_ns;
	tell(analyzer, flow, holder, true, by->ts_ns);
}

int64_t time_wait_deadline_ns(const struct analyzer *analyzer, const struct time_wait *time_wait)
{
	return time_wait->restart_ns + analyzer->config.time_wait_ns;
}

bool time_wait_any(const struct flow *flow)
{
	return flow->time_wait[0].active || flow->time_wait[1].active;
}
