#include "sink/text_services.h"

#include "sink/text_phrase.h"
#include "sink/text_table.h"
#include "sink/text_timeline.h"

enum { BARS_COLUMNS_MAX = SERIES_STEPS, SERVICES_COLUMNS_WIDE = 80, TIMELINES_FROM = 10 };

static void put_time_waits(struct text_out *out, const struct tally_view *view)
{
	static const char *const holders[] = {"held by the client", "held by the server"};
	struct text_table table;
	struct phrase words;

	text_table_begin(&table, "rw");
	for (unsigned side = 0; side < 2; side++) {
		struct phrase *cell;

		if (view->time_waits_by_side[side] == 0)
			continue;
		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], view->time_waits_by_side[side]);
		phrase_set(&cell[1], holders[side]);
	}
	if (view->time_waits_peak > 0) {
		struct phrase *cell = text_table_row(&table, TEXT_PLAIN);

		phrase_number(&cell[0], view->time_waits_peak);
		phrase_set(&cell[1], "at once, at most: ");
		phrase_append(&cell[1], phrase_date(&words, view->time_waits_peak_at_ns));
		phrase_append(&cell[1], " ");
		phrase_append(&cell[1], phrase_clock(&words, view->time_waits_peak_at_ns));
	}
	text_table_put(out, "TIME-WAIT", &table);
}

/* "12 of 28,232 ports in use at most, none left within 50 s"; "" where the holder's ports are not
 * what runs out. */
static void say_capacity(struct phrase *cell, const struct tally_occupancy *occupancy)
{
	struct phrase words;

	if (!occupancy->has_capacity)
		return;
	phrase_number(cell, occupancy->in_use_peak);
	phrase_append(cell, " of ");
	phrase_append(cell, phrase_number(&words, occupancy->capacity));
	phrase_append(cell, " ports in use at most");
	if (occupancy->forecast.present && occupancy->forecast.seconds_to_capacity == 0) {
		phrase_append(cell, ", none left");
	} else if (occupancy->forecast.present) {
		phrase_append(cell, ", none left within ");
		phrase_append(cell, phrase_number(&words, occupancy->forecast.seconds_to_capacity));
		phrase_append(cell, " s");
	}
}

static void put_occupancy(struct text_out *out, const struct tally_view *view)
{
	struct text_table table;
	struct phrase *cell;

	text_table_begin(&table, "rllw");
	for (unsigned i = 0; i < view->occupancy_count; i++) {
		const struct tally_occupancy *occupancy = &view->occupancy[i];

		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], occupancy->peak);
		phrase_set(&cell[1], phrase_who(occupancy->holder, ORIENTATION_HANDSHAKE));
		phrase_service(&cell[2], occupancy->addr, occupancy->server_port,
			       occupancy->ip_version);
		say_capacity(&cell[3], occupancy);
	}
	if (view->occupancy_left_out > 0) {
		cell = text_table_row(&table, TEXT_FAINT);
		phrase_number(&cell[0], view->occupancy_left_out);
		phrase_set(&cell[1], "TIME-WAITs not counted here: too many services");
	}
	text_table_put(out, "TIME-WAIT held at once, by service: at most, by whom, client > server",
		       &table);
}

static void add_timeline(struct text_table *table, uint64_t peak, const struct series *series,
			 const struct timeline_scale *scale, enum text_charset charset,
			 const char *label)
{
	struct phrase *cell;

	if (series->count == 0)
		return;
	cell = text_table_row(table, TEXT_PLAIN);
	phrase_number(&cell[0], peak);
	timeline_bars(&cell[1], series, scale, charset);
	phrase_set(&cell[2], label);
}

/* A few of them, or one step, say no more than the peak did. */
static void put_timelines(struct text_out *out, const struct tally_view *view)
{
	const struct series *all = &view->time_waits_timeline;
	unsigned room = out->columns / 2;
	struct timeline_scale scale =
		timeline_scale_of(all, room < BARS_COLUMNS_MAX ? room : BARS_COLUMNS_MAX);
	struct phrase heading, words;
	struct text_table table;

	if (scale.columns < 2 || view->time_waits_peak < TIMELINES_FROM)
		return;
	text_table_begin(&table, "rlw");
	add_timeline(&table, view->time_waits_peak, all, &scale, out->charset, "all");
	for (unsigned i = 0; i < view->occupancy_count && view->occupancy_count > 1; i++) {
		const struct tally_occupancy *occupancy = &view->occupancy[i];
		struct phrase label;

		phrase_set(&label, phrase_who(occupancy->holder, ORIENTATION_HANDSHAKE));
		phrase_append(&label, " ");
		phrase_append(&label,
			      phrase_service(&words, occupancy->addr, occupancy->server_port,
					     occupancy->ip_version));
		add_timeline(&table, occupancy->peak, &occupancy->timeline, &scale, out->charset,
			     label.text);
	}
	phrase_set(&heading, "TIME-WAIT over time, from ");
	phrase_append(&heading, phrase_clock(&words, scale.start_s * 1000000000));
	phrase_append(&heading, " on, a column each ");
	phrase_append(&heading,
		      phrase_duration(&words, (int64_t)scale.step_s * 1000000000, out->charset));
	text_table_put(out, heading.text, &table);
}

void text_time_waits(struct text_out *out, const struct tally_view *view)
{
	put_time_waits(out, view);
	put_occupancy(out, view);
	put_timelines(out, view);
}

/* "31 %" of the connections of which it is known; "-" where it is of none. */
static void say_server_first(struct phrase *cell, const struct tally_service *service)
{
	uint64_t known = service->client_first + service->server_first + service->both_first;

	phrase_set(cell, "-");
	if (known > 0)
		phrase_share(cell, service->server_first, known);
}

/* "30 % (3)": so many of a hundred connections that it was asked to close got stuck. */
static void say_leak(struct phrase *cell, const struct tally_service *service)
{
	struct phrase words;

	phrase_set(cell, "-");
	if (service->asked_to_close == 0)
		return;
	phrase_share(cell, service->stuck, service->asked_to_close);
	if (service->stuck == 0)
		return;
	phrase_append(cell, " (");
	phrase_append(cell, phrase_number(&words, service->stuck));
	phrase_append(cell, ")");
}

static void put_services(struct text_out *out, const struct tally_view *view)
{
	static const char *const heads[] = {"connections", "server first", "RSTs",
					    "TIME-WAITs",  "leak",         "service"};
	static const char *const short_heads[] = {"conns",      "first", "RSTs",
						  "TIME-WAITs", "leak",  "service"};
	const char *const *shown = out->columns < SERVICES_COLUMNS_WIDE ? short_heads : heads;
	struct text_table table;
	struct phrase *cell;

	if (view->service_count == 0 || view->flows < 2)
		return;
	text_table_begin(&table, "rrrrrl");
	cell = text_table_row(&table, TEXT_FAINT);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		phrase_set(&cell[i], shown[i]);
	for (unsigned i = 0; i < view->service_count; i++) {
		const struct tally_service *service = &view->service[i];

		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], service->connections);
		say_server_first(&cell[1], service);
		phrase_number(&cell[2], service->resets);
		phrase_number(&cell[3], service->time_waits[REPORT_SERVER]);
		say_leak(&cell[4], service);
		phrase_port(&cell[5], service->addr, service->port, service->ip_version);
	}
	if (view->services_left_out > 0)
		phrase_set(&text_table_row(&table, TEXT_FAINT)[5], "(others: too many to count)");
	text_table_put(out, "Services: who closes first, RSTs, TIME-WAITs held, CLOSE-WAITs stuck",
		       &table);
}

static void add_host(struct text_table *table, const struct tally_host *host)
{
	const uint64_t counts[] = {host->closes_begun, host->time_waits_held, host->resets_sent,
				   host->close_waits};
	struct phrase *cell;

	if (counts[0] + counts[1] + counts[2] + counts[3] == 0)
		return;
	cell = text_table_row(table, TEXT_PLAIN);
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		phrase_number(&cell[i], counts[i]);
	phrase_address(&cell[4], host->addr, host->ip_version);
}

void text_hosts(struct text_out *out, const struct tally_view *view)
{
	static const char *const heads[] = {"closes", "TIME-WAITs", "RSTs", "CLOSE-WAITs", "host"};
	struct text_table table;
	struct phrase *cell;

	if (view->host_count == 0)
		return;
	text_table_begin(&table, "rrrrl");
	cell = text_table_row(&table, TEXT_FAINT);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		phrase_set(&cell[i], heads[i]);
	for (unsigned i = 0; i < view->host_count; i++)
		add_host(&table, &view->host[i]);
	if (table.row_count == 1)
		return;
	if (view->hosts_left_out > 0)
		phrase_set(&text_table_row(&table, TEXT_FAINT)[4], "(others: too many to count)");
	text_table_put(out, "Hosts: closes begun, TIME-WAITs held, RSTs sent, CLOSE-WAITs", &table);
}

/* Hosts that left connections in CLOSE-WAIT: their applications may have forgotten to close. */
static void put_close_waits(struct text_out *out, const struct tally_view *view)
{
	static const char *const heads[] = {"open", "of", "longest", "host"};
	struct text_table table;
	struct phrase *cell;

	text_table_begin(&table, "rrrl");
	cell = text_table_row(&table, TEXT_FAINT);
	for (unsigned i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		phrase_set(&cell[i], heads[i]);
	for (unsigned i = 0; i < view->host_count; i++) {
		const struct tally_host *host = &view->host[i];

		if (host->close_waits_open == 0)
			continue;
		cell = text_table_row(&table, TEXT_PLAIN);
		phrase_number(&cell[0], host->close_waits_open);
		phrase_number(&cell[1], host->close_waits);
		phrase_duration(&cell[2], host->close_wait_max_ns, out->charset);
		phrase_address(&cell[3], host->addr, host->ip_version);
	}
	if (table.row_count > 1)
		text_table_put(out, "CLOSE-WAIT not seen to end: candidates for a leak", &table);
}

void text_services(struct text_out *out, const struct tally_view *view)
{
	put_services(out, view);
	put_close_waits(out, view);
}
