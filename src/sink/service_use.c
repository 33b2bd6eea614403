#include "sink/service_use.h"

static const int64_t second_ns = 1000000000;

/* Connections that live now, and the TIME-WAITs that the present rate will come to: below the
 * capacity there is nothing to forecast. */
static bool will_fill(const struct service_use *use, unsigned port_capacity, int64_t time_wait_ns)
{
	uint64_t waiting = use->holding[WHO_CLIENT].held;
	uint64_t live = use->in_use > waiting ? use->in_use - waiting : 0;
	uint64_t waits = port_rates_sum(&use->rates, use->rates.waits);
	uint64_t seconds = (uint64_t)(time_wait_ns / second_ns);

	return live * PORT_RATES_SECONDS + waits * seconds >=
	       (uint64_t)port_capacity * PORT_RATES_SECONDS;
}

void service_use_forecast(struct service_use *use, int64_t now_ns, unsigned port_capacity,
			  int64_t time_wait_ns)
{
	uint64_t room = port_capacity > use->in_use ? port_capacity - use->in_use : 0;
	uint64_t taken, freed, left;

	if (use->rates.second - use->rates.first_second < PORT_RATES_SECONDS)
		return;
	taken = port_rates_sum(&use->rates, use->rates.taken);
	freed = port_rates_sum(&use->rates, use->rates.freed);
	if (taken <= freed || !will_fill(use, port_capacity, time_wait_ns))
		return;
	left = (room * PORT_RATES_SECONDS + taken - freed - 1) / (taken - freed);
	if (use->forecast.present && use->forecast.seconds_to_capacity <= left)
		return;
	use->forecast = (struct tally_forecast){
		.present = true,
		.seconds_to_capacity = left,
		.rate_per_s = taken / PORT_RATES_SECONDS,
		.in_use = use->in_use,
		.at_ns = now_ns,
	};
}

void holding_tell(struct holding *holding, int64_t now_ns, enum holding_change change)
{
	if (change == HOLDING_BEGINS)
		holding->held++;
	else
		holding->held -= holding->held > 0;
	if (holding->held > holding->peak) {
		holding->peak = holding->held;
		holding->peak_at_ns = now_ns;
	}
	series_tell(&holding->timeline, port_rates_second(now_ns), (uint32_t)holding->held);
}

static void take_port(struct service_use *use, const struct use_note *note)
{
	if (!use->rates.begun) {
		use->rates.begun = true;
		use->rates.first_second = use->rates.second;
	}
	use->rates.taken[port_rates_bucket(&use->rates)] += note->event == PORT_TAKEN;
	use->in_use++;
	if (use->in_use > use->in_use_peak) {
		use->in_use_peak = use->in_use;
		use->in_use_peak_at_ns = note->now_ns;
	}
}

void service_use_count(struct service_use *use, const struct use_note *note)
{
	port_rates_pass(&use->rates, port_rates_second(note->now_ns));
	switch ((enum use_event)note->event) {
	case PORT_TAKEN:
	case PORT_IN_USE:
		take_port(use, note);
		break;
	case PORT_FREED:
		use->rates.freed[port_rates_bucket(&use->rates)]++;
		use->in_use -= use->in_use > 0;
		break;
	case CLIENT_WAITS:
		use->rates.waits[port_rates_bucket(&use->rates)]++;
		holding_tell(&use->holding[WHO_CLIENT], note->now_ns, HOLDING_BEGINS);
		break;
	case CLIENT_WAITED:
	case SERVER_WAITS:
	case SERVER_WAITED:
		holding_tell(&use->holding[note->event == CLIENT_WAITED ? WHO_CLIENT : WHO_SERVER],
			     note->now_ns,
			     note->event == SERVER_WAITS ? HOLDING_BEGINS : HOLDING_ENDS);
		break;
	}
}

void holding_archive(struct archive *archive, struct holding *holding)
{
	ARCHIVE(archive, holding->held);
	ARCHIVE(archive, holding->peak);
	ARCHIVE_TIME(archive, holding->peak_at_ns);
	series_archive(archive, &holding->timeline);
	ARCHIVE_FLAG(archive, holding->piled_up);
}

static void forecast_archive(struct archive *archive, struct tally_forecast *forecast)
{
	ARCHIVE_FLAG(archive, forecast->present);
	ARCHIVE_UPTO(archive, forecast->seconds_to_capacity, UINT32_MAX);
	ARCHIVE(archive, forecast->rate_per_s);
	ARCHIVE(archive, forecast->in_use);
	ARCHIVE_TIME(archive, forecast->at_ns);
}

void service_use_archive(struct archive *archive, struct service_use *use)
{
	port_rates_archive(archive, &use->rates);
	holding_archive(archive, &use->holding[WHO_CLIENT]);
	holding_archive(archive, &use->holding[WHO_SERVER]);
	ARCHIVE(archive, use->in_use);
	ARCHIVE(archive, use->in_use_peak);
	ARCHIVE_TIME(archive, use->in_use_peak_at_ns);
	ARCHIVE(archive, use->ports_seen);
	ARCHIVE_FLAG(archive, use->ports_left_out);
	forecast_archive(archive, &use->forecast);
	ARCHIVE_FLAG(archive, use->exhausted);
}
