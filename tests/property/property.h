/*
 * What the properties have in common: a scenario to try them on, and how it is said that one does
 * not hold.
 */
#ifndef TCPBYE_TESTS_PROPERTY_PROPERTY_H
#define TCPBYE_TESTS_PROPERTY_PROPERTY_H

#include "support/scenario.h"

#include <jansson.h>
#include <stdbool.h>

#define NS_PER_S INT64_C(1000000000)

/* A scenario's name and what it holds. */
struct subject {
	const char *path;
	struct scenario *scenario;
};

/* Says why a property does not hold; returns false. */
bool subject_fail(const struct subject *subject, const char *why);

/* True if both are the same records, and at least one; else says what differs. Releases both. */
bool subject_same(const struct subject *subject, json_t *expected, json_t *got);

/* Changes to the whole capture (whole.c): each true if the property holds, else says why not. */
bool property_numbers(const struct subject *subject);
bool property_times(const struct subject *subject);
bool property_mirror(const struct subject *subject);
bool property_ipv6(const struct subject *subject);
bool property_interleave(const struct subject *subject, const struct subject *other);
bool property_steps(const struct subject *subject);
bool property_double(const struct subject *subject);
bool property_scratch(const struct subject *subject);

/* Changes at one place, tried at many (places.c). */
bool property_drop(const struct subject *subject);
bool property_swap(const struct subject *subject);
bool property_order(const struct subject *subject);
bool property_files(const struct subject *subject);
bool property_leap(const struct subject *subject);
bool property_prefix(const struct subject *subject);

#endif
