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
 * - files: where a capture goes on in another file, which counts its frames anew, and where each
 *   frame lies in a file of its own, no verdict changes
 * - leap: a capture in which any one packet's time lies 30 years ahead or behind has no error that
 *   the right one lacks
 * - scratch: what lay in the memory that reports are made in shows in none of them
 * - prefix: what the beginning of a capture proves, the whole of it does not unsay
 *
 * Exit status: 0 holds for all; 1 does not, and each difference is printed; 2 could not be run.
 */
#include "property.h"
#include "support/json_match.h"
#include "support/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool subject_fail(const struct subject *subject, const char *why)
{
	printf("%s: %s\n", subject->path, why);
	return false;
}

/* Compares and releases both. */
bool subject_same(const struct subject *subject, json_t *expected, json_t *got)
{
	unsigned differences = 1;

	if (expected == NULL || got == NULL || json_array_size(expected) == 0)
		subject_fail(subject, "gave no records");
	else
		differences = match_same("records", expected, got, stdout);
	if (differences > 0)
		subject_fail(subject, "the records above differ");
	json_decref(expected);
	json_decref(got);
	return differences == 0;
}

/* A property of one scenario, or of one and another. */
struct property {
	const char *name;
	bool (*one)(const struct subject *subject);
	bool (*two)(const struct subject *subject, const struct subject *other);
};

static const struct property properties[] = {
	{"numbers", property_numbers, NULL},
	{"times", property_times, NULL},
	{"mirror", property_mirror, NULL},
	{"ipv6", property_ipv6, NULL},
	{"interleave", NULL, property_interleave},
	{"steps", property_steps, NULL},
	{"double", property_double, NULL},
	{"drop", property_drop, NULL},
	{"swap", property_swap, NULL},
	{"prefix", property_prefix, NULL},
	{"leap", property_leap, NULL},
	{"files", property_files, NULL},
	{"order", property_order, NULL},
	{"scratch", property_scratch, NULL},
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
