/*
 * Connections seen on both sides of a NAT: when two are taken for one, and what that leaves of the
 * counts.
 */
#include <criterion/criterion.h>

#include "sink/tally.h"
#include "sink/twins.h"

static const int64_t ms = 1000000;

/* The connection with this number between 10.0.0.host and 192.0.2.1, seen with this TTL. */
static struct report_envelope envelope(uint64_t flow_id, uint8_t host, uint8_t ttl, int64_t ts_ns)
{
	return (struct report_envelope){
		.flow_id = flow_id,
		.ip_version = 4,
		.addr = {{10, 0, 0, host}, {192, 0, 2, 1}},
		.port = {40000, 80},
		.birth = {.seen = true, .ttl = {ttl, ttl}, .iss = {1000, 5000}, .ts_ns = ts_ns},
	};
}

/* Whose twin the second is, after the first was met. */
static uint64_t twin_of(struct report_envelope first, struct report_envelope second)
{
	struct twins *twins = twins_create();
	uint64_t found;

	cr_assert_not_null(twins);
	twins_meet(twins, &first);
	cr_assert_eq(twins_find(twins, &first), 0);
	twins_meet(twins, &second);
	found = twins_find(twins, &second);
	cr_assert_eq(twins_find(twins, &first), 0);
	twins_destroy(twins);
	return found;
}

Test(twins, are_forwarded_with_the_same_numbers_at_the_same_time)
{
	struct report_envelope first = envelope(1, 1, 64, 100 * ms), other;

	cr_assert_eq(twin_of(first, envelope(2, 7, 63, 149 * ms)), 1);
	cr_assert_eq(twin_of(first, envelope(2, 7, 65, 51 * ms)), 1);
	cr_assert_eq(twin_of(first, envelope(2, 7, 63, 151 * ms)), 0, "too late");
	cr_assert_eq(twin_of(first, envelope(2, 1, 63, 100 * ms)), 0, "nothing was translated");
	cr_assert_eq(twin_of(first, envelope(2, 7, 64, 100 * ms)), 0, "nothing was forwarded");
	other = envelope(2, 7, 63, 100 * ms);
	other.birth.iss[1]++;
	cr_assert_eq(twin_of(first, other), 0, "another number");
	other = envelope(2, 7, 63, 100 * ms);
	other.birth.seen = false;
	cr_assert_eq(twin_of(first, other), 0, "no handshake");
}

Test(twins, across_ip_versions)
{
	struct report_envelope six = envelope(2, 1, 63, 100 * ms);

	six.ip_version = 6;
	cr_assert_eq(twin_of(envelope(1, 1, 64, 100 * ms), six), 1);
}

Test(twins, are_all_those_of_the_first)
{
	struct twins *twins = twins_create();

	for (uint8_t i = 0; i < 5; i++) {
		struct report_envelope one = envelope(1U + i, i, (uint8_t)(64 - i), 100 * ms);

		twins_meet(twins, &one);
		cr_assert_eq(twins_find(twins, &one), i == 0 ? 0 : 1);
	}
	twins_destroy(twins);
}

static struct flow_report report(uint64_t flow_id, uint8_t host, uint8_t ttl,
				 enum severity severity)
{
	struct flow_report made = {
		.envelope = envelope(flow_id, host, ttl, 0),
		.teardown = TEARDOWN_FOUR_WAY,
		.reason = REASON_CLOSED,
		.closer = WHO_CLIENT,
		.anomaly_count = 1,
	};

	made.anomaly[0].severity = severity;
	return made;
}

Test(twins, count_once_but_their_gravest_anomaly_is_not_lost)
{
	struct tally *tally = tally_create();
	struct flow_report first = report(1, 1, 64, SEVERITY_NOTICE);
	struct flow_report second = report(2, 7, 63, SEVERITY_ERROR);
	struct tally_view view;

	tally_flow(tally, &first);
	tally_flow(tally, &second);
	tally_view(tally, &view);
	cr_assert_eq(view.flows, 1);
	cr_assert_eq(view.nat_twins, 1);
	cr_assert_eq(view.by_teardown[TEARDOWN_FOUR_WAY], 1);
	cr_assert_eq(view.anomalies, 1);
	cr_assert_eq(tally_worst_severity(tally), SEVERITY_ERROR);
	tally_destroy(tally);
}
