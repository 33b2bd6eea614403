/*
 * Properties of the core over all scenarios: a change to the input that must change only what it
 * must.
 *
 * usage: metamorphic PROPERTY FILE.pkt...
 *
 * - numbers: a constant on all sequence numbers of a side, across 2^32 too, changes only the
 * numbers
 * - times: moving the whole capture in time changes only timestamps
 * - mirror: exchanging the hosts' addresses, so that the tuple's order turns round, changes only
 *   addresses
 * - ipv6: the same over IPv6 changes only addresses
 * - interleave: two connections mixed with each other have the records that each has alone
 * - steps: letting time pass in small steps between the packets changes nothing
 * - double: a capture that holds every frame twice has the same verdicts
 * - drop: a capture that lacks any one packet has no error that the whole one lacks
 * - swap: a capture in which any two neighbours changed places has no error that the right one
 * lacks
 * - order: where nothing is odd, swapping two packets within a round trip changes no verdict
 * - leap: a capture in which any one packet's time lies 30 years ahead or behind has no error that
 *   the right one lacks
 * - prefix: what the beginning of a capture proves, the whole of it does not unsay
 *
 * Exit status: 0 holds for all; 1 does not, and each difference is printed; 2 could not be run.
 */
#define _POSIX_C_SOURCE 200809L

#include "normalize.h"
#include "play.h"
#include "support/json_match.h"
#include "support/scenario.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S      INT64_C(1000000000)
#define ROUND_TRIP_NS (20 * INT64_C(1000000))
#define YEAR_NS       (365 * 86400 * NS_PER_S)

/* A property that tries a change at each packet tries it at no more places than this, evenly
 * spread: each place costs a run over the whole scenario. */
enum { PLACES_MAX = 200, EVENTS_MAX = 50000 };

static const uint8_t a_host[4] = {10, 0, 0, 1}, b_host[4] = {10, 0, 0, 2};
static const uint8_t c_host[4] = {10, 0, 0, 3}, d_host[4] = {10, 0, 0, 4};
static const uint8_t a_host_6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
static const uint8_t b_host_6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};

/* A scenario's name and what it holds. */
struct subject {
	const char *path;
	struct scenario *scenario;
};

static bool fail(const struct subject *subject, const char *why)
{
	printf("%s: %s\n", subject->path, why);
	return false;
}

/* Compares and releases both. */
static bool same(const struct subject *subject, json_t *expected, json_t *got)
{
	unsigned differences = 1;

	if (expected == NULL || got == NULL || json_array_size(expected) == 0)
		fail(subject, "gave no records");
	else
		differences = match_same("records", expected, got, stdout);
	if (differences > 0)
		fail(subject, "the records above differ");
	json_decref(expected);
	json_decref(got);
	return differences == 0;
}

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
		return fail(subject, "no memory");
	add_numbers(changed, a, b);
	got = play_plain(changed);
	scenario_free(changed);
	normalize_without(expected, "flow_id");
	normalize_without(got, "flow_id");
	normalize_without(expected, "nat_twin_of");
	normalize_without(got, "nat_twin_of");
	normalize_numbers(expected, 0, 0);
	normalize_numbers(got, a, b);
	return same(subject, expected, got);
}

/* Also so that each number of the closing phase once becomes the first one after the wrap. */
static bool test_numbers(const struct subject *subject)
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

static bool test_times(const struct subject *subject)
{
	static const int64_t by_ns = 86399 * NS_PER_S + 123456000;
	struct scenario *changed = scenario_copy(subject->scenario);
	json_t *expected = play_plain(subject->scenario), *got;

	if (changed == NULL)
		return fail(subject, "no memory");
	for (size_t i = 0; i < changed->count; i++)
		changed->event[i].segment.ts_ns += by_ns;
	got = play_plain(changed);
	scenario_free(changed);
	normalize_without(expected, "flow_id");
	normalize_without(got, "flow_id");
	normalize_without(expected, "nat_twin_of");
	normalize_without(got, "nat_twin_of");
	normalize_times(got, -by_ns);
	return same(subject, expected, got);
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

static bool test_mirror(const struct subject *subject)
{
	int64_t until_ns = scenario_end_ns(subject->scenario);
	json_t *expected, *got;

	if (both_open(subject->scenario))
		return true;
	expected = play_at(subject->scenario, 4, a_host, b_host, until_ns);
	got = play_at(subject->scenario, 4, b_host, a_host, until_ns);
	normalize_addresses(got, "10.0.0.1", "10.0.0.2");
	normalize_addresses(got, "10.0.0.130", "10.0.0.129"); /* behind a NAT */
	return same(subject, expected, got);
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
	for (size_t i = 0; i < scenario->count && i < PLACES_MAX; i++) {
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

static bool test_ipv6(const struct subject *subject)
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
	return same(subject, expected, got);
}

static bool test_steps(const struct subject *subject)
{
	int64_t until_ns = scenario_end_ns(subject->scenario);

	return same(subject, play_plain(subject->scenario),
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

static bool interleave(const struct subject *subject, const struct subject *other)
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
	good = same(subject, play_at(subject->scenario, 4, a_host, b_host, until_ns), mine);
	return same(other, play_at(other->scenario, 4, c_host, d_host, until_ns), theirs) && good;
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

static bool test_double(const struct subject *subject)
{
	struct scenario *twice = doubled(subject->scenario);
	json_t *once_records, *twice_records;
	bool good;

	if (twice == NULL)
		return fail(subject, "no memory");
	twice_records = play_plain(twice);
	once_records = play(subject->scenario, scenario_end_ns(twice), 0);
	scenario_free(twice);
	good = same(subject, verdict_of(once_records), verdict_of(twice_records));
	json_decref(once_records);
	json_decref(twice_records);
	return good;
}

/* How far apart the places lie at which a change is tried: fewer where each try takes long. */
static size_t stride_of(const struct scenario *scenario)
{
	size_t places = EVENTS_MAX / scenario->count;

	return 1 + scenario->count / (places < PLACES_MAX ? places + 1 : PLACES_MAX);
}

/* Takes event `at` out. */
static void drop_event(struct scenario *scenario, size_t at)
{
	scenario->count--;
	memmove(scenario->event + at, scenario->event + at + 1,
		(scenario->count - at) * sizeof *scenario->event);
}

/* Lets event `at` come 0.1 ms after the one that follows it. */
static void delay_event(struct scenario *scenario, size_t at)
{
	struct scenario_event late = scenario->event[at];

	if (at + 1 == scenario->count)
		return;
	scenario->event[at] = scenario->event[at + 1];
	late.segment.ts_ns = scenario->event[at].segment.ts_ns + 100000;
	scenario->event[at + 1] = late;
}

/* The errors of the scenario, changed at one place; unchanged where `change` is NULL. */
static json_t *errors_when(const struct scenario *scenario, size_t at,
			   void (*change)(struct scenario *scenario, size_t at))
{
	struct scenario *changed = scenario_copy(scenario);
	json_t *records, *errors;

	if (changed == NULL)
		return NULL;
	if (change != NULL)
		change(changed, at);
	records = play(changed, scenario_end_ns(scenario) + NS_PER_S / 1000, 0);
	scenario_free(changed);
	errors = errors_of(records);
	json_decref(records);
	return errors;
}

/* Wherever the change is made, no error may come that the scenario itself has not. */
static bool no_new_errors(const struct subject *subject, const char *what,
			  void (*change)(struct scenario *scenario, size_t at))
{
	size_t count = subject->scenario->count;
	json_t *allowed = errors_when(subject->scenario, 0, NULL);
	bool good = allowed != NULL;

	for (size_t i = 0; i < count && count > 1; i += stride_of(subject->scenario)) {
		json_t *errors = errors_when(subject->scenario, i, change), *set;
		const char *id;

		json_object_foreach(errors, id, set)
		{
			if (json_object_get(allowed, id) != NULL)
				continue;
			printf("%s: frame %zu %s: %s\n", subject->path, i + 1, what, id);
			good = false;
		}
		json_decref(errors);
	}
	json_decref(allowed);
	return good;
}

static bool test_drop(const struct subject *subject)
{
	return no_new_errors(subject, "dropped", drop_event);
}

/* Lets the tap deliver event `at` 0.1 ms after the one that follows it. */
static void swap_events(struct scenario *scenario, size_t at)
{
	struct scenario_event first = scenario->event[at];

	scenario->event[at] = scenario->event[at + 1];
	scenario->event[at].segment.ts_ns = first.segment.ts_ns;
	scenario->event[at + 1] = first;
	scenario->event[at + 1].segment.ts_ns += 100000;
}

/* What is told of the scenario, changed at one place; unchanged where `change` is NULL. */
static json_t *verdict_when(const struct scenario *scenario, size_t at,
			    void (*change)(struct scenario *scenario, size_t at))
{
	struct scenario *changed = scenario_copy(scenario);
	json_t *records, *verdict;

	if (changed == NULL)
		return NULL;
	if (change != NULL)
		change(changed, at);
	records = play(changed, scenario_end_ns(scenario) + NS_PER_S / 1000, 0);
	scenario_free(changed);
	verdict = verdict_of(records);
	json_decref(records);
	return verdict;
}

/* A tap can only swap what passed it within a round trip. */
static bool could_be_swapped(const struct scenario_event *event)
{
	return !event[0].is_tick && !event[1].is_tick &&
	       event[1].segment.ts_ns - event[0].segment.ts_ns <= ROUND_TRIP_NS;
}

/* Where nothing is odd about a close, a tap that swaps two packets of it changes nothing of what is
 * told. */
static bool test_order(const struct subject *subject)
{
	const struct scenario *scenario = subject->scenario;
	json_t *expected = verdict_when(scenario, 0, NULL);
	bool good = expected != NULL, clean = verdict_is_clean(expected);

	for (size_t i = 0; clean && i + 1 < scenario->count; i++) {
		json_t *got;
		char what[64];

		if (!could_be_swapped(&scenario->event[i]))
			continue;
		got = verdict_when(scenario, i, swap_events);
		verdict_forget_infos(got);
		snprintf(what, sizeof what, "frames %zu and %zu swapped", i + 1, i + 2);
		if (match_same(what, expected, got, stdout) > 0)
			good = fail(subject, "the verdict differs");
		json_decref(got);
	}
	json_decref(expected);
	return good;
}

static bool test_swap(const struct subject *subject)
{
	return no_new_errors(subject, "delayed", delay_event);
}

static void jump_ahead(struct scenario *scenario, size_t at)
{
	scenario->event[at].segment.ts_ns += 30 * YEAR_NS;
}

static void jump_back(struct scenario *scenario, size_t at)
{
	scenario->event[at].segment.ts_ns -= 30 * YEAR_NS;
}

static bool test_leap(const struct subject *subject)
{
	bool good = no_new_errors(subject, "30 years ahead", jump_ahead);

	return no_new_errors(subject, "30 years back", jump_back) && good;
}

/* What the first `count` events prove of the endpoints' paths. */
static json_t *proven_by(const struct scenario *scenario, size_t count)
{
	struct scenario *begin = scenario_copy(scenario);
	json_t *records, *steps;

	if (begin == NULL)
		return NULL;
	begin->count = count;
	records = play_plain(begin);
	scenario_free(begin);
	steps = proven_steps_of(records);
	json_decref(records);
	return steps;
}

/* Whether all that a part proves of flows that the whole has as well stands in the whole. */
static bool all_stand(const struct subject *subject, size_t frames, json_t *part,
		      const json_t *whole)
{
	const char *flow, *step;
	json_t *steps, *set;
	bool good = true;

	json_object_foreach(part, flow, steps)
	{
		const json_t *standing = json_object_get(whole, flow);

		json_object_foreach(steps, step, set)
		{
			if (standing == NULL || json_object_get(standing, step) != NULL)
				continue;
			printf("%s: proven after frame %zu, but not by the whole: %s\n",
			       subject->path, frames, step);
			good = false;
		}
	}
	return good;
}

/* A SYN that turned out to begin nothing has a record only where the capture ends with it. */
static bool test_prefix(const struct subject *subject)
{
	size_t count = subject->scenario->count;
	json_t *whole = proven_by(subject->scenario, count);
	bool good = whole != NULL;

	for (size_t i = 1; i < count; i += stride_of(subject->scenario)) {
		json_t *part = proven_by(subject->scenario, i);

		good = all_stand(subject, i, part, whole) && good;
		json_decref(part);
	}
	json_decref(whole);
	return good;
}

/* A property of one scenario, or of one and another. */
struct property {
	const char *name;
	bool (*one)(const struct subject *subject);
	bool (*two)(const struct subject *subject, const struct subject *other);
};

static const struct property properties[] = {
	{"numbers", test_numbers, NULL},  {"times", test_times, NULL},
	{"mirror", test_mirror, NULL},    {"ipv6", test_ipv6, NULL},
	{"interleave", NULL, interleave}, {"steps", test_steps, NULL},
	{"double", test_double, NULL},    {"drop", test_drop, NULL},
	{"swap", test_swap, NULL},        {"prefix", test_prefix, NULL},
	{"leap", test_leap, NULL},        {"order", test_order, NULL},
};

static const struct property *find_property(const char *name)
{
	for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++) {
		if (strcmp(properties[i].name, name) == 0)
			return &properties[i];
	}
	return NULL;
}

/* How many scenarios the property does not hold for. Each is paired with one far from it in the
 * list. */
static int judge(const struct property *property, const struct subject *subject, int count)
{
	int bad = 0;

	for (int i = 0; i < count; i++) {
		const struct subject *other = &subject[(i + count / 2 + 1) % count];
		bool good = property->one != NULL ? property->one(&subject[i])
						  : property->two(&subject[i], other);

		bad += !good;
	}
	printf("%s: %d scenarios, %d of them bad\n", property->name, count, bad);
	return bad;
}

static bool read_all(struct subject *subject, char **path, int count)
{
	struct scenario_error error;

	for (int i = 0; i < count; i++) {
		subject[i].path = path[i];
		subject[i].scenario = scenario_read(path[i], &error);
		if (subject[i].scenario == NULL) {
			fprintf(stderr, "metamorphic: %s\n", error.text);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	const struct property *property = argc > 2 ? find_property(argv[1]) : NULL;
	int count = argc - 2, status = 2;
	struct subject *subject;

	if (property == NULL) {
		fputs("usage: metamorphic PROPERTY FILE.pkt...\n", stderr);
		return 2;
	}
	subject = calloc((size_t)count, sizeof *subject);
	if (subject != NULL && read_all(subject, argv + 2, count))
		status = judge(property, subject, count) == 0 ? 0 : 1;
	for (int i = 0; subject != NULL && i < count; i++)
		scenario_free(subject[i].scenario);
	free(subject);
	return status;
}
