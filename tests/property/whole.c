/* Properties that change a capture as a whole: metamorphic.c says what each of them is. */
#include "normalize.h"
#include "play.h"
#include "property.h"
#include "support/json_match.h"
#include "support/scenario.h"

#include <stdio.h>
#include <string.h>

/* How far a scenario is looked through for what IPv6 cannot say. */
enum { LOOK_MAX = 200 };

static const uint8_t a_host[4] = {10, 0, 0, 1}, b_host[4] = {10, 0, 0, 2};
static const uint8_t c_host[4] = {10, 0, 0, 3}, d_host[4] = {10, 0, 0, 4};
static const uint8_t a_host_6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
static const uint8_t b_host_6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};

static void add_numbers(struct scenario *scenario, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < scenario->count; i++) {
		struct scenario_event *event = &scenario->event[i];
		uint32_t own = event->sender == SCENARIO_A ? a : b;
		uint32_t peer = event->sender == SCENARIO_A ? b : a;
		bool refusal =
			segment_has(&event->segment, TCP_RST | TCP_ACK) && event->segment.seq == 0;

		if (!refusal)
			event->segment.seq += own;
		if (segment_has(&event->segment, TCP_ACK))
			event->segment.ack += peer;
	}
}

static void forget_ids(json_t *records)
{
	normalize_without(records, "flow_id");
	normalize_without(records, "community_id");
	normalize_without(records, "nat_twin_of");
}

static bool numbers_by(const struct subject *subject, uint32_t a, uint32_t b)
{
	struct scenario *changed = scenario_copy(subject->scenario);
	json_t *expected = play_plain(subject->scenario), *got;

	if (changed == NULL)
		return subject_fail(subject, "no memory");
	add_numbers(changed, a, b);
	got = play_plain(changed);
	scenario_free(changed);
	normalize_without(expected, "flow_id");
	normalize_without(got, "flow_id");
	normalize_without(expected, "nat_twin_of");
	normalize_without(got, "nat_twin_of");
	normalize_numbers(expected, 0, 0);
	normalize_numbers(got, a, b);
	return subject_same(subject, expected, got);
}

/* Also so that each number of the closing phase once becomes the first one after the wrap. */
bool property_numbers(const struct subject *subject)
{
	static const uint32_t shift[][2] = {
		{12345, 0},
		{0, 4000000000U},
		{0U - 1000, 0U - 5000},
		{0U - 1101, 0U - 5201},
		{0U - 1102, 0U - 5202},
		{0x80000000U - 1101, 0x7fffffffU - 5201},
	};
	bool good = true;

	for (size_t i = 0; i < sizeof shift / sizeof shift[0]; i++)
		good = numbers_by(subject, shift[i][0], shift[i][1]) && good;
	return good;
}

bool property_times(const struct subject *subject)
{
	static const int64_t by_ns = 86399 * NS_PER_S + 123456000;
	struct scenario *changed = scenario_copy(subject->scenario);
	json_t *expected = play_plain(subject->scenario), *got;

	if (changed == NULL)
		return subject_fail(subject, "no memory");
	for (size_t i = 0; i < changed->count; i++)
		changed->event[i].segment.ts_ns += by_ns;
	got = play_plain(changed);
	scenario_free(changed);
	normalize_without(expected, "flow_id");
	normalize_without(got, "flow_id");
	normalize_without(expected, "nat_twin_of");
	normalize_without(got, "nat_twin_of");
	normalize_times(got, -by_ns);
	return subject_same(subject, expected, got);
}

static json_t *play_at(const struct scenario *scenario, uint8_t ip_version, const uint8_t *a,
		       const uint8_t *b, int64_t until_ns)
{
	struct scenario *changed = scenario_copy(scenario);
	json_t *records;

	if (changed == NULL)
		return NULL;
	scenario_readdress(changed, ip_version, a, 40000, b, 80);
	records = play(changed, until_ns, 0);
	scenario_free(changed);
	forget_ids(records);
	return records;
}

/* Where both sides opened, the lower address stands as the client: exchanging hosts exchanges
 * roles. */
static bool both_open(const struct scenario *scenario)
{
	bool opened[2] = {false, false};

	for (size_t i = 0; i < scenario->count; i++) {
		const struct segment *segment = &scenario->event[i].segment;

		if ((segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
			opened[segment->from] = true;
	}
	return opened[0] && opened[1];
}

bool property_mirror(const struct subject *subject)
{
	int64_t until_ns = scenario_end_ns(subject->scenario);
	json_t *expected, *got;

	if (both_open(subject->scenario))
		return true;
	expected = play_at(subject->scenario, 4, a_host, b_host, until_ns);
	got = play_at(subject->scenario, 4, b_host, a_host, until_ns);
	normalize_addresses(got, "10.0.0.1", "10.0.0.2");
	normalize_addresses(got, "10.0.0.130", "10.0.0.129"); /* behind a NAT */
	return subject_same(subject, expected, got);
}

static void forget_addresses(json_t *records)
{
	normalize_without(records, "src_ip");
	normalize_without(records, "dest_ip");
	normalize_without(records, "ip_v");
	normalize_without(records, "capture_doubt"); /* without identification less is doubted */
}

/* True for a packet that its sender's packet before it equals in its identification, farther off
 * than a copy that the tap makes. */
static bool is_network_copy(const struct scenario *scenario, size_t at)
{
	const struct scenario_event *event = &scenario->event[at];

	for (size_t i = 0; i < at; i++) {
		const struct scenario_event *before = &scenario->event[i];

		if (!before->is_tick && before->sender == event->sender &&
		    before->segment.ip_id == event->segment.ip_id &&
		    event->segment.ts_ns - before->segment.ts_ns > NS_PER_S / 100)
			return true;
	}
	return false;
}

/* An identification of 0, or that of another packet, says who sent an IPv4 packet; IPv6 has none to
 * say it. */
static bool speaks_by_identification(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->count && i < LOOK_MAX; i++) {
		const struct scenario_event *event = &scenario->event[i];

		if (event->is_tick)
			continue;
		if (is_network_copy(scenario, i) ||
		    (event->segment.ip_id == 0 &&
		     (event->segment.flags & (TCP_SYN | TCP_RST)) == 0))
			return true;
	}
	return false;
}

bool property_ipv6(const struct subject *subject)
{
	int64_t until_ns = scenario_end_ns(subject->scenario);
	json_t *expected, *got;

	if (subject->scenario->network == SCENARIO_IPV4 &&
	    speaks_by_identification(subject->scenario))
		return true;
	expected = play_at(subject->scenario, 4, a_host, b_host, until_ns);
	got = play_at(subject->scenario, 6, a_host_6, b_host_6, until_ns);
	forget_addresses(expected);
	forget_addresses(got);
	return subject_same(subject, expected, got);
}

bool property_steps(const struct subject *subject)
{
	int64_t until_ns = scenario_end_ns(subject->scenario);

	return subject_same(subject, play_plain(subject->scenario),
			    play(subject->scenario, until_ns, NS_PER_S / 137));
}

/* Those records whose src_ip or dest_ip is `address`. */
static json_t *records_of_host(const json_t *records, const char *address)
{
	json_t *chosen = json_array(), *record, *is;
	json_t *wanted = json_string(address);
	size_t i;

	json_array_foreach(records, i, record)
	{
		is = json_object_get(record, "src_ip");
		if (json_equal(is, wanted) ||
		    json_equal(json_object_get(record, "dest_ip"), wanted))
			json_array_append(chosen, record);
	}
	json_decref(wanted);
	return chosen;
}

/* A clock that goes back says something of all connections, also of those beside it. */
static bool goes_back(const struct scenario *scenario)
{
	for (size_t i = 1; i < scenario->count; i++) {
		if (scenario->event[i].segment.ts_ns <
		    scenario->event[i - 1].segment.ts_ns - NS_PER_S)
			return true;
	}
	return false;
}

bool property_interleave(const struct subject *subject, const struct subject *other)
{
	struct scenario *first, *second;
	json_t *both, *mine, *theirs;
	int64_t until_ns;
	bool good;

	if (goes_back(subject->scenario) || goes_back(other->scenario))
		return true;
	first = scenario_copy(subject->scenario);
	second = scenario_copy(other->scenario);
	until_ns = scenario_end_ns(first) > scenario_end_ns(second) ? scenario_end_ns(first)
								    : scenario_end_ns(second);
	scenario_readdress(first, 4, a_host, 40000, b_host, 80);
	scenario_readdress(second, 4, c_host, 40000, d_host, 80);
	both = play_both(first, second);
	scenario_free(first);
	scenario_free(second);
	forget_ids(both);
	mine = records_of_host(both, "10.0.0.2");
	theirs = records_of_host(both, "10.0.0.4");
	json_decref(both);
	good = subject_same(subject, play_at(subject->scenario, 4, a_host, b_host, until_ns), mine);
	return subject_same(other, play_at(other->scenario, 4, c_host, d_host, until_ns), theirs) &&
	       good;
}

/* The scenario with each segment once more, 4 us later: as a mirrored port delivers it. */
static struct scenario *doubled(const struct scenario *scenario)
{
	struct scenario *twice = scenario_copy(scenario);
	struct scenario_event *event = calloc(2 * scenario->count, sizeof *event);

	if (twice == NULL || event == NULL) {
		free(event);
		scenario_free(twice);
		return NULL;
	}
	for (size_t i = 0; i < scenario->count; i++) {
		event[2 * i] = event[2 * i + 1] = scenario->event[i];
		event[2 * i + 1].segment.ts_ns += 4000;
	}
	free(twice->event);
	twice->event = event;
	twice->count = 2 * scenario->count;
	return twice;
}

bool property_double(const struct subject *subject)
{
	struct scenario *twice = doubled(subject->scenario);
	json_t *once_records, *twice_records;
	bool good;

	if (twice == NULL)
		return subject_fail(subject, "no memory");
	twice_records = play_plain(twice);
	once_records = play(subject->scenario, scenario_end_ns(twice), 0);
	scenario_free(twice);
	good = subject_same(subject, verdict_of(once_records), verdict_of(twice_records));
	json_decref(once_records);
	json_decref(twice_records);
	return good;
}

bool property_scratch(const struct subject *subject)
{
	return subject_same(subject, play_spoiled(subject->scenario, 0x00),
			    play_spoiled(subject->scenario, 0xaa));
}
