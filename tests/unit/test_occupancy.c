/*
 * What is told of a client and a service is the same whether its first events are noted or counted
 * at once, and whether or not they have been in an archive meanwhile.
 */
#include "sink/occupancy.h"

#include "support/report_fixture.h"
#include "support/stored_bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 9, PORTS = 3, ROUNDS = 3000 };

static const uint16_t client_port[PORTS] = {40000, 40001, 50000};
static const int64_t second_ns = 1000000000;

static struct tally_view counts, view;
static struct alarms alarms = {.counts = &counts};
static struct stored_bytes stored;

static struct use_note draw_note(int64_t now_ns, unsigned chance)
{
	return (struct use_note){
		.now_ns = now_ns,
		.event = (uint8_t)(chance % (SERVER_WAITED + 1)),
		.port = client_port[chance / 16 % PORTS],
	};
}

static void tell(struct occupancy *occupancy, const struct use_note *note)
{
	struct port_report port;
	struct time_wait_report time_wait;

	if (note->event <= PORT_FREED) {
		fixture_port(&port, note->port, note->now_ns);
		port.taken = note->event != PORT_FREED;
		port.opened = note->event == PORT_TAKEN;
		occupancy_take_port(occupancy, &port, &alarms);
		return;
	}
	fixture_time_wait(&time_wait, note->port, note->now_ns);
	time_wait.holder = note->event >= SERVER_WAITS ? WHO_SERVER : WHO_CLIENT;
	time_wait.begins = note->event == CLIENT_WAITS || note->event == SERVER_WAITS;
	occupancy_take_time_wait(occupancy, &time_wait, &alarms);
}

/* Writes all that is counted into an archive, and reads it back. */
static void store_and_load(struct occupancy *occupancy)
{
	struct archive archive = {
		.way = ARCHIVE_WRITES, .context = &stored, .put = stored_bytes_put};

	stored.count = stored.read = 0;
	archive_open(&archive);
	occupancy_archive(&archive, occupancy);
	cr_assert(archive_flush(&archive));
	occupancy_release(occupancy);
	occupancy_init(occupancy);
	archive =
		(struct archive){.way = ARCHIVE_READS, .context = &stored, .get = stored_bytes_get};
	archive_open(&archive);
	occupancy_archive(&archive, occupancy);
	cr_assert(archive_is_well(&archive), "%s", archive.wrong);
}

static void expect_holding(const struct service_use *use, enum who holder)
{
	const struct holding *holding = &use->holding[holder];
	const struct tally_occupancy *row = NULL;

	for (unsigned i = 0; i < view.occupancy_count; i++) {
		if (view.occupancy[i].holder == holder)
			row = &view.occupancy[i];
	}
	cr_assert_eq(row != NULL, holding->peak > 0);
	if (row == NULL)
		return;
	cr_assert_eq(row->peak, holding->peak);
	cr_assert_eq(row->peak_at_ns, holding->peak_at_ns);
	cr_assert_eq(memcmp(&row->timeline, &holding->timeline, sizeof row->timeline), 0);
	cr_assert_eq(row->in_use_peak, use->in_use_peak);
	cr_assert_eq(row->in_use_peak_at_ns, use->in_use_peak_at_ns);
	cr_assert(row->has_ports_seen);
}

static unsigned count_ports(const struct use_note *note, unsigned events)
{
	bool met[PORTS] = {false};
	unsigned count = 0;

	for (unsigned i = 0; i < events; i++) {
		for (unsigned port = 0; port < PORTS; port++)
			met[port] |=
				use_note_takes_port(&note[i]) && note[i].port == client_port[port];
	}
	for (unsigned port = 0; port < PORTS; port++)
		count += met[port];
	return count;
}

/* Draws events and tells them; after `stored_after` of them they go through an archive. */
static void play(unsigned events, unsigned stored_after)
{
	struct occupancy occupancy;
	struct service_use use = {.in_use = 0};
	struct use_note note[EVENTS_MAX];
	int64_t now_ns = 100 * second_ns;

	occupancy_init(&occupancy);
	for (unsigned i = 0; i < events; i++) {
		now_ns += (int64_t)(rand() % 30) * second_ns / 4;
		note[i] = draw_note(now_ns, (unsigned)rand());
		if (i == stored_after)
			store_and_load(&occupancy);
		tell(&occupancy, &note[i]);
		service_use_count(&use, &note[i]);
	}
	occupancy_view(&occupancy, &view);
	expect_holding(&use, WHO_CLIENT);
	expect_holding(&use, WHO_SERVER);
	if (view.occupancy_count > 0)
		cr_assert_eq(view.occupancy[0].ports_seen, count_ports(note, events));
	occupancy_release(&occupancy);
}

Test(occupancy, notes_tell_what_counting_at_once_tells)
{
	srand(1);
	for (unsigned round = 0; round < ROUNDS; round++)
		play(1 + round % EVENTS_MAX, EVENTS_MAX);
}

Test(occupancy, notes_and_counts_come_back_from_an_archive)
{
	srand(2);
	for (unsigned round = 0; round < ROUNDS; round++)
		play(1 + round % EVENTS_MAX, round / EVENTS_MAX % EVENTS_MAX);
}

/* Ports that are only noted take up the room that is meant for all of them. */
Test(occupancy, noted_ports_are_bounded_as_others_are)
{
	struct occupancy occupancy;
	struct use_note note = {.event = PORT_TAKEN};
	uint32_t before;

	occupancy_init(&occupancy);
	before = occupancy.ports.entries_max;
	for (unsigned i = 0; i < 3; i++) {
		note.port = client_port[i];
		tell(&occupancy, &note);
	}
	cr_assert_eq(occupancy.ports.count, 0);
	cr_assert_eq(occupancy.ports.entries_max, before - 2);
	store_and_load(&occupancy);
	cr_assert_eq(occupancy.ports.entries_max, before - 2);
	for (unsigned i = 0; i < 3; i++)
		tell(&occupancy, &note);
	cr_assert_eq(occupancy.ports.count, 2);
	cr_assert_eq(occupancy.ports.entries_max, before);
	occupancy_release(&occupancy);
}

/* With so few ports the first one is near the last: a note is not enough. */
Test(occupancy, alarms_do_not_wait_for_notes)
{
	struct occupancy occupancy;
	struct use_note note = {.event = PORT_TAKEN, .port = 40000};

	counts.anomalies = 0;
	occupancy_init(&occupancy);
	occupancy.port_capacity = 2;
	tell(&occupancy, &note);
	cr_assert_eq(counts.anomalies, 0);
	tell(&occupancy, &note);
	cr_assert_eq(counts.anomalies, 1);
	occupancy_release(&occupancy);
}

static void tell_of(struct occupancy *occupancy, uint32_t client, enum use_event event,
		    uint16_t port)
{
	struct port_report report;

	fixture_port(&report, port, second_ns);
	memcpy(report.envelope.addr[REPORT_CLIENT], &client, sizeof client);
	report.taken = event == PORT_TAKEN;
	occupancy_take_port(occupancy, &report, &alarms);
}

static void foresee(const struct occupancy *occupancy, uint32_t client)
{
	struct port_report report;
	struct tuple tuple = {.ip_version = 4};

	fixture_port(&report, 40000, second_ns);
	memcpy(tuple.addr, report.envelope.addr, sizeof tuple.addr);
	memcpy(tuple.addr[0], &client, sizeof client);
	tuple.port[1] = report.envelope.port[REPORT_SERVER];
	occupancy_prefetch(occupancy, &tuple, 0, PREFETCH_FIRST);
	occupancy_prefetch(occupancy, &tuple, 0, PREFETCH_SECOND);
}

/* Some are only noted, others counted, and of these no two in the same place. */
Test(occupancy, each_of_many_services_is_counted_for_itself)
{
	enum { CLIENTS = 70 };
	struct occupancy occupancy;

	occupancy_init(&occupancy);
	for (uint32_t client = 0; client < CLIENTS; client++) {
		for (uint32_t port = 0; port <= client % 7; port++) {
			foresee(&occupancy, client);
			tell_of(&occupancy, client, PORT_TAKEN, (uint16_t)(40000 + 100 * port));
		}
	}
	store_and_load(&occupancy);
	for (uint32_t client = 0; client < CLIENTS; client++)
		foresee(&occupancy, client);
	for (uint32_t client = 0; client < CLIENTS; client++) {
		for (unsigned i = 0; i < 5; i++)
			tell_of(&occupancy, client, PORT_FREED, 40000);
	}
	cr_assert_eq(occupancy.services.count, CLIENTS);
	for (uint32_t client = 0; client < CLIENTS; client++) {
		const struct service_use *use =
			&occupancy.places[client / OCCUPANCY_USES][client % OCCUPANCY_USES];

		cr_assert_eq(use->number, client);
		cr_assert_eq(use->in_use_peak, client % 7 + 1);
		cr_assert_eq(use->ports_seen, client % 7 + 1);
		cr_assert_eq(use->in_use, client % 7 < 5 ? 0 : client % 7 - 4);
	}
	occupancy_release(&occupancy);
}

/* The ports of one find no room for all of them; those of the one before it are still told. */
Test(occupancy, ports_left_out_are_not_told)
{
	struct occupancy occupancy;

	occupancy_init(&occupancy);
	occupancy.ports.entries_max = 8;
	for (uint32_t client = 0; client < 2; client++) {
		for (uint16_t port = 0; port < 5; port++)
			tell_of(&occupancy, client, PORT_TAKEN, (uint16_t)(40000 + 100 * port));
	}
	for (uint32_t client = 0; client < 2; client++)
		tell_of(&occupancy, client, PORT_TAKEN, 40001);
	cr_assert_not(occupancy.places[0][0].ports_left_out);
	cr_assert_eq(occupancy.places[0][0].ports_seen, 6);
	cr_assert(occupancy.places[0][1].ports_left_out);
	cr_assert_eq(occupancy.places[0][1].in_use, 6);
	cr_assert_eq(occupancy.places[0][1].ports_seen, 3, "none is looked for any more");
	cr_assert_eq(occupancy.ports.count, 8);
	occupancy_release(&occupancy);
}
