/*
 * What the summary says of services and hosts as a whole: ports in use, who holds TIME-WAIT, what
 * leaks, who resets instead of closing, and the anomalies that cross a threshold.
 */
#include "sink/series.h"
#include "sink/tally.h"
#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static const int64_t second_ns = 1000000000;

static struct tally *tally;
static struct tally_view view;
static struct flow_report flow;
static struct anomaly_report told[16];
static unsigned told_count;

static void on_told(void *context, const struct anomaly_report *report)
{
	(void)context;
	cr_assert_lt(told_count, sizeof told / sizeof told[0]);
	told[told_count++] = *report;
}

static void set_up(void)
{
	tally = tally_create();
	cr_assert_not_null(tally);
	tally_tell(tally, on_told, NULL);
	fixture_four_way(&flow);
	flow.anomaly_count = 0;
	told_count = 0;
}

static void tear_down(void)
{
	tally_destroy(tally);
}

TestSuite(services, .init = set_up, .fini = tear_down);
TestSuite(hosts, .init = set_up, .fini = tear_down);

static void use_port(unsigned client_port, int64_t ts_ns, bool taken)
{
	struct port_report report;

	fixture_port(&report, (uint16_t)client_port, ts_ns);
	report.taken = taken;
	tally_port(tally, &report);
}

static void hold(unsigned client_port, int64_t ts_ns, enum who holder, bool begins)
{
	struct time_wait_report report;

	fixture_time_wait(&report, (uint16_t)client_port, ts_ns);
	report.holder = holder;
	report.begins = begins;
	tally_time_wait(tally, &report);
}

Test(services, a_port_is_in_use_until_time_wait_is_over)
{
	use_port(1, 0, true);
	use_port(2, 1 * second_ns, true);
	hold(1, 2 * second_ns, WHO_CLIENT, true);
	use_port(2, 3 * second_ns, false);
	use_port(3, 4 * second_ns, true);
	use_port(4, 5 * second_ns, true);
	hold(1, 62 * second_ns, WHO_CLIENT, false);
	use_port(1, 62 * second_ns, false);
	tally_view(tally, &view);
	cr_assert_eq(view.occupancy_count, 1);
	cr_assert_eq(view.occupancy[0].peak, 1);
	cr_assert_eq(view.occupancy[0].in_use_peak, 3);
	cr_assert_eq(view.occupancy[0].in_use_peak_at_ns, 5 * second_ns);
	cr_assert_eq(view.occupancy[0].ports_seen, 4);
	cr_assert_eq(told_count, 0);
}

Test(services, every_port_is_counted_once)
{
	hold(1, 0, WHO_CLIENT, true);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned port = 1; port <= UINT16_MAX; port++) {
			use_port((uint16_t)port, second_ns * port, true);
			use_port((uint16_t)port, second_ns * port, false);
		}
	}
	tally_view(tally, &view);
	cr_assert(view.occupancy[0].has_ports_seen);
	cr_assert_eq(view.occupancy[0].ports_seen, UINT16_MAX);
}

/* 600 connections a second, each closed at once by `closer`: 36,000 ports of a client that closes.
 */
static void storm(enum who closer, unsigned seconds)
{
	for (unsigned i = 0; i < 600 * seconds; i++) {
		int64_t ts_ns = (int64_t)i * (second_ns / 600);

		use_port(i, ts_ns, true);
		hold(i, ts_ns, closer, true);
		if (closer == WHO_SERVER)
			use_port(i, ts_ns, false);
	}
	tally_view(tally, &view);
}

Test(services, ports_are_told_to_run_out_as_soon_as_the_rate_is_known)
{
	tally_assume(tally, 60 * second_ns, 28232);
	storm(WHO_CLIENT, 12);
	cr_assert_eq(told_count, 2);
	cr_assert_eq(told[0].anomaly.id, ANOMALY_TIME_WAIT_PILEUP);
	cr_assert_eq(told[0].anomaly.severity, SEVERITY_WARNING);
	cr_assert_eq(told[0].anomaly.count, 1001);
	cr_assert_eq(told[1].anomaly.id, ANOMALY_PORT_EXHAUSTION_RISK);
	cr_assert_eq(told[1].anomaly.severity, SEVERITY_ERROR);
	cr_assert_eq(told[1].anomaly.side, WHO_CLIENT);
	cr_assert_eq(told[1].envelope.ts_ns / second_ns, 10);
	cr_assert_eq(told[1].anomaly.observed.duration_ns, 38 * second_ns);
	cr_assert_eq(view.alarm_count, 2);
	cr_assert_eq(view.by_anomaly[ANOMALY_PORT_EXHAUSTION_RISK], 1);
	cr_assert_eq(view.anomalies, 2);
	cr_assert_eq(tally_worst_severity(tally), SEVERITY_ERROR);
}

Test(services, time_waits_of_the_server_use_up_no_ports)
{
	storm(WHO_SERVER, 12);
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].anomaly.id, ANOMALY_TIME_WAIT_PILEUP);
	cr_assert_eq(told[0].anomaly.side, WHO_SERVER);
	cr_assert_not(view.occupancy[0].forecast.present);
}

Test(services, twenty_a_second_pile_up_and_no_more)
{
	for (unsigned i = 0; i < 2000; i++) {
		int64_t ts_ns = (int64_t)i * (second_ns / 20);

		if (i >= 1000) {
			hold(i - 1000, ts_ns, WHO_CLIENT, false);
			use_port(i - 1000, ts_ns, false);
		}
		use_port(i, ts_ns, true);
		hold(i, ts_ns, WHO_CLIENT, true);
	}
	tally_view(tally, &view);
	cr_assert_eq(view.occupancy[0].peak, 1000);
	cr_assert_not(view.occupancy[0].forecast.present);
	cr_assert_eq(told_count, 0);
	use_port(3000, 100 * second_ns, true);
	hold(3000, 100 * second_ns, WHO_CLIENT, true);
	cr_assert_eq(told_count, 1);
}

Test(services, connections_that_live_use_up_ports_too)
{
	tally_assume(tally, 60 * second_ns, 500);
	for (unsigned i = 0; i < 499; i++)
		use_port(i, 0, true);
	cr_assert_eq(told_count, 0);
	use_port(499, 0, true);
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].anomaly.id, ANOMALY_PORT_EXHAUSTION_RISK);
	cr_assert_eq(told[0].anomaly.count, 500);
	tally_view(tally, &view);
	cr_assert_eq(view.occupancy_count, 1);
	cr_assert_eq(view.occupancy[0].peak, 0);
	cr_assert_eq(view.occupancy[0].capacity, 500);
}

static void close_by(enum who closer, unsigned count)
{
	flow.closer = closer;
	flow.time_wait[0].side = closer;
	for (unsigned i = 0; i < count; i++)
		tally_flow(tally, &flow);
	tally_view(tally, &view);
}

Test(services, a_server_that_closes_first_is_told_once)
{
	close_by(WHO_CLIENT, 49);
	close_by(WHO_SERVER, 50);
	cr_assert_eq(told_count, 0);
	close_by(WHO_SERVER, 60);
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].anomaly.id, ANOMALY_SERVER_SIDE_TIME_WAIT);
	cr_assert_eq(told[0].anomaly.severity, SEVERITY_NOTICE);
	cr_assert_eq(view.service_count, 1);
	cr_assert_eq(view.service[0].port, 80);
	cr_assert_eq(view.service[0].connections, 159);
	cr_assert_eq(view.service[0].client_first, 49);
	cr_assert_eq(view.service[0].server_first, 110);
	cr_assert_eq(view.service[0].time_waits[REPORT_SERVER], 110);
}

Test(services, a_server_that_closes_half_of_them_first_is_not)
{
	close_by(WHO_CLIENT, 100);
	close_by(WHO_SERVER, 100);
	cr_assert_eq(told_count, 0);
}

Test(services, ten_stuck_connections_are_a_leak)
{
	flow.anomaly_count = 1;
	flow.anomaly[0] = (struct report_anomaly){.id = ANOMALY_CLOSE_WAIT_STUCK,
						  .severity = SEVERITY_WARNING,
						  .side = WHO_SERVER,
						  .count = 1};
	close_by(WHO_CLIENT, 9);
	cr_assert_eq(told_count, 0);
	close_by(WHO_CLIENT, 2);
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].anomaly.id, ANOMALY_CLOSE_WAIT_STUCK);
	cr_assert_eq(told[0].anomaly.severity, SEVERITY_ERROR);
	cr_assert_eq(told[0].anomaly.count, 10);
	cr_assert_eq(view.service[0].stuck, 11);
	cr_assert_eq(view.service[0].asked_to_close, 11);
}

Test(services, a_clients_own_leak_is_not_the_services)
{
	flow.anomaly_count = 1;
	flow.anomaly[0] = (struct report_anomaly){.id = ANOMALY_CLOSE_WAIT_STUCK,
						  .severity = SEVERITY_NOTICE,
						  .side = WHO_CLIENT,
						  .count = 1};
	close_by(WHO_SERVER, 20);
	cr_assert_eq(told_count, 0);
	cr_assert_eq(view.service[0].stuck, 0);
}

/* An abort of the server's after a complete exchange. */
static void abort_instead(void)
{
	flow.teardown = TEARDOWN_RST_ABORT;
	flow.reset = (struct report_reset){.present = true, .by = WHO_SERVER, .number = 6};
	flow.explanation_count = 1;
	flow.explanation[0] = (struct report_explanation){.cause = CAUSE_TIME_WAIT_AVOIDANCE};
}

static void take(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		tally_flow(tally, &flow);
}

Test(hosts, ten_resets_instead_of_a_fin_are_a_habit)
{
	abort_instead();
	take(9);
	cr_assert_eq(told_count, 0);
	take(3);
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].anomaly.id, ANOMALY_RST_INSTEAD_OF_FIN);
	cr_assert_eq(told[0].anomaly.severity, SEVERITY_NOTICE);
	cr_assert_eq(told[0].anomaly.side, WHO_SERVER);
	cr_assert_eq(told[0].anomaly.count, 10);
	cr_assert_eq(told[0].anomaly.frame[0], 6);
	tally_view(tally, &view);
	cr_assert_eq(view.by_anomaly[ANOMALY_RST_INSTEAD_OF_FIN], 1);
}

/* Every connection counts once, and another host's count for nothing. */
Test(hosts, resets_of_several_hosts_are_no_habit_of_one)
{
	abort_instead();
	take(9);
	flow.reset.by = WHO_CLIENT;
	take(9);
	flow.envelope.addr[REPORT_SERVER][3]++;
	flow.reset.by = WHO_SERVER;
	take(9);
	cr_assert_eq(told_count, 0);
}

Test(hosts, resets_that_something_else_explains_are_no_habit)
{
	static const enum anomaly_id middle[] = {ANOMALY_RST_AFTER_IDLE,
						 ANOMALY_RST_BOTH_DIRECTIONS};
	static const enum cause other[] = {CAUSE_USER_TIMEOUT, CAUSE_INJECTED_RESET};

	abort_instead();
	flow.anomaly_count = 1;
	for (unsigned i = 0; i < sizeof middle / sizeof middle[0]; i++) {
		flow.anomaly[0] = (struct report_anomaly){.id = middle[i], .count = 1};
		take(20);
	}
	flow.anomaly_count = 0;
	flow.explanation_count = 2;
	for (unsigned i = 0; i < sizeof other / sizeof other[0]; i++) {
		flow.explanation[1] = (struct report_explanation){.cause = other[i]};
		take(20);
	}
	flow.explanation_count = 1;
	flow.teardown = TEARDOWN_FIN_THEN_RST;
	take(20);
	flow.teardown = TEARDOWN_RST_ABORT;
	flow.quality.capture_loss = true;
	take(20);
	flow.quality.capture_loss = false;
	flow.explanation[0].cause = CAUSE_SO_LINGER_0;
	take(20);
	cr_assert_eq(told_count, 0);
}

Test(timeline, keeps_the_most_of_each_step)
{
	struct series timeline = {0};

	series_tell(&timeline, 1000, 1);
	series_tell(&timeline, 1000, 3);
	series_tell(&timeline, 1000, 2);
	series_tell(&timeline, 1003, 5);
	cr_assert_eq(timeline.start_s, 1000);
	cr_assert_eq(timeline.step_s, 1);
	cr_assert_eq(timeline.count, 4);
	cr_assert_eq(timeline.most[0], 3);
	cr_assert_eq(timeline.most[1], 2);
	cr_assert_eq(timeline.most[2], 2);
	cr_assert_eq(timeline.most[3], 5);
}

/* However long it lasts: the same memory, no peak lost, and steps that cover the whole time. */
Test(timeline, steps_grow_with_time)
{
	for (int64_t last_s = 1; last_s < 1000000; last_s = last_s * 3 + 1) {
		struct series timeline = {0};
		uint32_t most = 0;

		series_tell(&timeline, 0, 1);
		series_tell(&timeline, last_s / 2, 9);
		series_tell(&timeline, last_s / 2, 4);
		series_tell(&timeline, last_s, 5);
		cr_assert_leq(timeline.count, SERIES_STEPS);
		cr_assert_eq((last_s / timeline.step_s) + 1, timeline.count);
		cr_assert(timeline.step_s == 1 || last_s / timeline.step_s >= SERIES_STEPS / 2);
		for (uint32_t i = 0; i < timeline.count; i++)
			most = timeline.most[i] > most ? timeline.most[i] : most;
		cr_assert_eq(most, 9);
		cr_assert_geq(timeline.most[timeline.count - 1], 5);
	}
}
