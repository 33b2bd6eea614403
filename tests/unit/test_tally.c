/*
 * What the summary's counters say, and that their memory is bounded.
 */
#include "sink/tally.h"

#include "sink/histogram.h"
#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const int64_t second_ns = 1000000000;

static struct tally *tally;
static struct tally_view view;
static struct flow_report flow;

static void set_up(void)
{
	tally = tally_create();
	cr_assert_not_null(tally);
	fixture_four_way(&flow);
}

static void tear_down(void)
{
	tally_destroy(tally);
}

TestSuite(tally, .init = set_up, .fini = tear_down);

Test(tally, begins_with_nothing)
{
	static const struct tally_view nothing = {.port_capacity = 28232};
	tally_view(tally, &view);
	cr_assert_eq(memcmp(&view, &nothing, sizeof view), 0);
	cr_assert_eq(tally_worst_severity(tally), SEVERITY_NULL);
}

static void expect(const struct report_envelope *envelope)
{
	struct tuple tuple = {.ip_version = envelope->ip_version};

	tuple_set_ends(&tuple, envelope->addr[0], envelope->port[0], envelope->addr[1],
		       envelope->port[1]);
	tally_expect(tally, &tuple, PREFETCH_FIRST);
	tally_expect(tally, &tuple, PREFETCH_SECOND);
}

Test(tally, counts_the_same_whether_it_expects_or_not)
{
	static struct tally_view expected;
	struct port_report port = {.envelope = flow.envelope, .taken = true};

	tally_port(tally, &port);
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	tally_destroy(tally);
	tally = tally_create();
	cr_assert_not_null(tally);
	expect(&flow.envelope);
	tally_port(tally, &port);
	expect(&flow.envelope);
	tally_flow(tally, &flow);
	expect(&flow.envelope);
	tally_view(tally, &expected);
	cr_assert_eq(memcmp(&expected, &view, sizeof view), 0);
}

Test(tally, counts_ends_reasons_and_closers)
{
	tally_flow(tally, &flow);
	tally_flow(tally, &flow);
	fixture_minimal(&flow);
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(view.flows, 3);
	cr_assert_eq(view.by_teardown[TEARDOWN_FOUR_WAY], 2);
	cr_assert_eq(view.by_teardown[TEARDOWN_NONE], 1);
	cr_assert_eq(view.by_reason[REASON_CLOSED], 2);
	cr_assert_eq(view.by_reason[REASON_CAPTURE_END], 1);
	cr_assert_eq(view.closed_by[WHO_CLIENT], 2);
	cr_assert_eq(view.closed_by[WHO_NULL], 1);
	cr_assert_eq(view.time_waits, 2);
	cr_assert_eq(view.time_waits_by_side[REPORT_CLIENT], 2);
	cr_assert_eq(view.resets, 0);
}

Test(tally, counts_resets_by_form_and_sender)
{
	fixture_everything(&flow);
	tally_flow(tally, &flow);
	flow.reset.by = WHO_NULL;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(view.resets, 2);
	cr_assert_eq(view.resets_by_form[RESET_FORM_REPLY], 2);
	cr_assert_eq(view.reset_by[WHO_SERVER], 1);
	cr_assert_eq(view.reset_by[WHO_NULL], 1);
}

Test(tally, a_time_wait_proven_absent_is_none)
{
	fixture_everything(&flow);
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(view.time_waits, 1);
	cr_assert_eq(view.time_waits_by_side[REPORT_SERVER], 0);
}

Test(tally, counts_anomalies_by_id_and_severity)
{
	fixture_everything(&flow);
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(view.anomalies, REPORT_ANOMALIES_MAX);
	cr_assert_eq(view.by_anomaly[ANOMALY_HALF_CLOSE], 1);
	uint64_t sum = 0;
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		sum += view.by_severity[i];
	cr_assert_eq(sum, REPORT_ANOMALIES_MAX);
	cr_assert_eq(tally_worst_severity(tally), SEVERITY_ERROR);
}

Test(tally, the_worst_severity_is_the_gravest_seen)
{
	flow.anomaly_count = 1;
	flow.anomaly[0].severity = SEVERITY_NOTICE;
	tally_flow(tally, &flow);
	flow.anomaly[0].severity = SEVERITY_INFO;
	tally_flow(tally, &flow);
	cr_assert_eq(tally_worst_severity(tally), SEVERITY_NOTICE);
}

Test(tally, close_durations_are_within_one_percent)
{
	for (unsigned i = 1; i <= 1000; i++) {
		flow.teardown_end_ns = flow.teardown_start_ns + (int64_t)i * 1000003;
		tally_flow(tally, &flow);
	}
	tally_view(tally, &view);
	cr_assert_eq(view.close.count, 1000);
	cr_assert_eq(view.close.min_ns, 1000003);
	cr_assert_eq(view.close.max_ns, 1000003000);
	cr_assert_float_eq((double)view.close.p50_ns, 500e6, 5e6);
	cr_assert_float_eq((double)view.close.p90_ns, 900e6, 9e6);
	cr_assert_float_eq((double)view.close.p99_ns, 990e6, 9.9e6);
}

Test(tally, a_close_without_both_ends_has_no_duration)
{
	flow.has_teardown_end = false;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(view.close.count, 0);
}

static void use_port(uint16_t client_port, int64_t ts_ns, bool taken)
{
	struct port_report report;
	fixture_port(&report, client_port, ts_ns);
	report.taken = taken;
	tally_port(tally, &report);
}

/* A connection that ends as soon as it begins, or the end of its TIME-WAIT. */
static void hold(uint16_t client_port, int64_t ts_ns, bool begins)
{
	struct time_wait_report report;
	use_port(client_port, ts_ns, begins);
	fixture_time_wait(&report, client_port, ts_ns);
	report.begins = begins;
	tally_time_wait(tally, &report);
}

Test(tally, peaks_count_what_is_held_at_once)
{
	hold(1, 10 * second_ns, true);
	hold(2, 20 * second_ns, true);
	hold(1, 70 * second_ns, false);
	hold(3, 75 * second_ns, true);
	hold(2, 80 * second_ns, false);
	hold(1, 85 * second_ns, true);
	tally_view(tally, &view);
	cr_assert_eq(view.time_waits_peak, 2);
	cr_assert_eq(view.time_waits_peak_at_ns, 20 * second_ns);
	cr_assert_eq(view.occupancy_count, 1);
	cr_assert_eq(view.occupancy[0].peak, 2);
	cr_assert_eq(view.occupancy[0].peak_at_ns, 20 * second_ns);
	cr_assert_eq(view.occupancy[0].holder, WHO_CLIENT);
	cr_assert_eq(view.occupancy[0].server_port, 80);
	cr_assert(view.occupancy[0].has_ports_seen);
	cr_assert_eq(view.occupancy[0].ports_seen, 3);
	cr_assert_eq(view.occupancy[0].capacity, 28232);
	cr_assert_not(view.occupancy[0].forecast.present);
}

Test(tally, each_holder_is_a_row_of_its_own)
{
	struct time_wait_report report;
	hold(1, 0, true);
	hold(2, 0, true);
	fixture_time_wait(&report, 3, 0);
	report.holder = WHO_SERVER;
	tally_time_wait(tally, &report);
	tally_view(tally, &view);
	cr_assert_eq(view.time_waits_peak, 3);
	cr_assert_eq(view.occupancy_count, 2);
	cr_assert_eq(view.occupancy[0].holder, WHO_CLIENT);
	cr_assert_eq(view.occupancy[1].holder, WHO_SERVER);
	cr_assert_not(view.occupancy[1].has_capacity);
}

Test(tally, an_end_without_a_beginning_does_no_harm)
{
	hold(1, 0, false);
	hold(1, 1, true);
	tally_view(tally, &view);
	cr_assert_eq(view.time_waits_peak, 1);
	cr_assert_eq(view.occupancy[0].peak, 1);
}

/* `rate` connections a second for `seconds`, none of which ends. */
static void pile_up(unsigned rate, unsigned seconds)
{
	for (unsigned i = 0; i < rate * seconds; i++)
		hold((uint16_t)(i % 60000), (int64_t)i * (second_ns / rate), true);
	tally_view(tally, &view);
}

Test(tally, ports_that_run_out_are_forecast)
{
	pile_up(600, 20);
	struct tally_forecast forecast = view.occupancy[0].forecast;
	cr_assert(forecast.present);
	cr_assert_eq(forecast.rate_per_s, 600);
	int64_t full_s = forecast.at_ns / second_ns + (int64_t)forecast.seconds_to_capacity;
	cr_assert(full_s >= 46 && full_s <= 49, "full at %ld s", (long)full_s);
}

Test(tally, nothing_is_forecast_before_ten_seconds_of_rate)
{
	pile_up(600, 10);
	cr_assert_not(view.occupancy[0].forecast.present);
}

Test(tally, nothing_is_forecast_when_the_steady_state_fits)
{
	pile_up(20, 60);
	cr_assert_eq(view.occupancy[0].peak, 1200);
	cr_assert_not(view.occupancy[0].forecast.present);
}

Test(tally, forecasts_rest_on_the_assumed_length_and_ports)
{
	tally_assume(tally, 60 * second_ns, 1000);
	pile_up(20, 30);
	cr_assert_eq(view.occupancy[0].capacity, 1000);
	cr_assert(view.occupancy[0].forecast.present);
}

Test(tally, rates_forget_what_is_older_than_ten_seconds)
{
	tally_assume(tally, 60 * second_ns, 1000);
	for (unsigned i = 0; i < 900; i++)
		hold((uint16_t)i, (int64_t)i * 1000000, true);
	hold(1000, 60 * second_ns, true);
	tally_view(tally, &view);
	cr_assert_not(view.occupancy[0].forecast.present);
}

Test(tally, the_ten_highest_peaks_come_first)
{
	for (uint16_t service = 1; service <= 20; service++) {
		for (uint16_t port = 0; port < service; port++) {
			struct time_wait_report report;
			fixture_time_wait(&report, port, 0);
			report.envelope.port[REPORT_SERVER] = service;
			tally_time_wait(tally, &report);
		}
	}
	tally_view(tally, &view);
	cr_assert_eq(view.occupancy_count, TALLY_TOP);
	for (unsigned i = 0; i < TALLY_TOP; i++)
		cr_assert_eq(view.occupancy[i].peak, 20 - i);
}

Test(tally, services_beyond_the_bound_are_counted_as_left_out)
{
	struct time_wait_report report;
	for (unsigned i = 0; i < TALLY_KEYS_MAX + 5; i++) {
		fixture_time_wait(&report, 1, 0);
		report.envelope.addr[REPORT_CLIENT][1] = (uint8_t)(i >> 16);
		report.envelope.addr[REPORT_CLIENT][2] = (uint8_t)(i >> 8);
		report.envelope.addr[REPORT_CLIENT][3] = (uint8_t)i;
		tally_time_wait(tally, &report);
	}
	tally_view(tally, &view);
	cr_assert_eq(view.occupancy_left_out, 5);
	cr_assert_eq(view.time_waits_peak, TALLY_KEYS_MAX + 5);
}

static const struct tally_host *host(uint8_t last_byte)
{
	for (unsigned i = 0; i < view.host_count; i++) {
		if (view.host[i].addr[3] == last_byte)
			return &view.host[i];
	}
	cr_assert_fail("no host 10.0.0.%u", last_byte);
	return NULL;
}

Test(tally, hosts_answer_for_what_they_did)
{
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(view.host_count, 2);
	cr_assert_eq(host(1)->closes_begun, 1);
	cr_assert_eq(host(1)->time_waits_held, 1);
	cr_assert_eq(host(2)->closes_begun, 0);
	cr_assert_eq(host(2)->close_waits, 1);
	cr_assert_eq(host(2)->close_waits_open, 0);
	cr_assert_eq(host(2)->close_wait_max_ns, 15000000);
}

Test(tally, a_simultaneous_close_is_begun_by_both)
{
	flow.closer = WHO_BOTH;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(host(1)->closes_begun, 1);
	cr_assert_eq(host(2)->closes_begun, 1);
}

Test(tally, a_third_partys_reset_is_no_hosts)
{
	flow.reset.present = true;
	flow.reset.by = WHO_THIRD_PARTY;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(host(1)->resets_sent + host(2)->resets_sent, 0);
	cr_assert_eq(view.reset_by[WHO_THIRD_PARTY], 1);
}

Test(tally, an_open_close_wait_counts_to_the_last_packet)
{
	struct report_endpoint *server = &flow.endpoint[REPORT_SERVER];
	server->path_count = 4;
	flow.end_ns = server->path[3].ts_ns + 7 * second_ns;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(host(2)->close_waits_open, 1);
	cr_assert_eq(host(2)->close_wait_max_ns, 7 * second_ns);
}

Test(tally, a_refuted_step_ends_no_close_wait)
{
	struct report_endpoint *server = &flow.endpoint[REPORT_SERVER];
	server->path[4].refuted = true;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(host(2)->close_wait_max_ns, 25000000);
}

Test(tally, proofs_of_a_hosts_time_wait_are_narrowed)
{
	flow.time_wait[0].ended_by = TW_END_ABSENT;
	flow.time_wait[0].evidence_min_ns = 5;
	flow.time_wait[0].has_evidence_max = true;
	flow.time_wait[0].evidence_max_ns = 90;
	tally_flow(tally, &flow);
	flow.time_wait[0].evidence_min_ns = 3;
	flow.time_wait[0].evidence_max_ns = 60;
	tally_flow(tally, &flow);
	flow.time_wait[0].has_evidence_max = false;
	flow.time_wait[0].evidence_max_ns = 0;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(host(1)->time_wait_min_ns, 5);
	cr_assert(host(1)->has_time_wait_max);
	cr_assert_eq(host(1)->time_wait_max_ns, 60);
}

Test(tally, a_time_wait_that_ended_early_bounds_no_length)
{
	flow.time_wait[0].ended_by = TW_END_ASSASSINATED;
	flow.time_wait[0].has_evidence_max = true;
	flow.time_wait[0].evidence_max_ns = 5 * second_ns;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_not(host(1)->has_time_wait_max);
	cr_assert_eq(host(1)->profile_count, 0);
}

Test(tally, proofs_name_the_systems_that_they_fit)
{
	flow.time_wait[0].evidence_min_ns = 45 * second_ns;
	tally_flow(tally, &flow);
	flow.time_wait[0].evidence_min_ns = 0;
	flow.time_wait[0].ended_by = TW_END_ABSENT;
	flow.time_wait[0].has_evidence_max = true;
	flow.time_wait[0].evidence_max_ns = 100 * second_ns;
	tally_flow(tally, &flow);
	tally_view(tally, &view);
	cr_assert_eq(host(1)->profile_count, 3);
	cr_assert_eq(host(1)->profile[0], PROFILE_LINUX);
	cr_assert_eq(host(1)->profile[1], PROFILE_FREEBSD);
	cr_assert_eq(host(1)->profile[2], PROFILE_SOLARIS);
}

Test(tally, hosts_beyond_the_bound_are_counted_as_left_out)
{
	for (unsigned i = 0; i < TALLY_KEYS_MAX; i++) {
		flow.envelope.addr[REPORT_CLIENT][1] = (uint8_t)(1 + (i >> 16));
		flow.envelope.addr[REPORT_CLIENT][2] = (uint8_t)(i >> 8);
		flow.envelope.addr[REPORT_CLIENT][3] = (uint8_t)i;
		tally_flow(tally, &flow);
	}
	tally_view(tally, &view);
	cr_assert_eq(view.hosts_left_out, 1);
	cr_assert_eq(view.host_count, TALLY_TOP);
	cr_assert_eq(view.flows, TALLY_KEYS_MAX);
}

Test(histogram, every_value_lies_within_its_bound)
{
	struct histogram *histogram = malloc(sizeof *histogram);
	for (unsigned bit = 0; bit < 64; bit++) {
		for (unsigned offset = 0; offset < 3; offset++) {
			uint64_t value = ((uint64_t)1 << bit) + offset * ((uint64_t)1 << bit) / 3;
			memset(histogram, 0, sizeof *histogram);
			histogram_add(histogram, 0);
			histogram_add(histogram, value);
			histogram_add(histogram, UINT64_MAX);
			uint64_t got = histogram_percentile(histogram, 50);
			uint64_t error = got > value ? got - value : value - got;
			cr_assert_leq(error, value / 250, "%lu became %lu", value, got);
		}
	}
	free(histogram);
}

Test(histogram, percentiles_are_of_the_nearest_rank)
{
	struct histogram *histogram = calloc(1, sizeof *histogram);
	cr_assert_eq(histogram_percentile(histogram, 50), 0);
	for (unsigned i = 1; i <= 100; i++)
		histogram_add(histogram, i);
	cr_assert_eq(histogram_percentile(histogram, 1), 1);
	cr_assert_eq(histogram_percentile(histogram, 50), 50);
	cr_assert_eq(histogram_percentile(histogram, 99), 99);
	cr_assert_eq(histogram_percentile(histogram, 100), 100);
	free(histogram);
}
