/* Properties that change a capture at one place, tried at many: metamorphic.c says what each is. */
#include "normalize.h"
#include "play.h"
#include "property.h"
#include "support/json_match.h"
#include "support/scenario.h"

#include <stdio.h>
#include <string.h>

#define ROUND_TRIP_NS (20 * INT64_C(1000000))
#define YEAR_NS       (365 * 86400 * NS_PER_S)

/* A property that tries a change at each packet tries it at no more places than this, evenly
 * spread: each place costs a run over the whole scenario. */
enum { PLACES_MAX = 200, EVENTS_MAX = 50000 };

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

bool property_drop(const struct subject *subject)
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

/* Compares a verdict with the expected one, and releases it. */
static bool same_verdict(const struct subject *subject, json_t *expected, const char *what,
			 json_t *got)
{
	bool good = match_same(what, expected, got, stdout) == 0 ||
		    subject_fail(subject, "the verdict differs");

	json_decref(got);
	return good;
}

/* Where nothing is odd about a close, a tap that swaps two packets of it changes nothing of what is
 * told, but for the reasons of the closer: what is shown behind a FIN is not its last word. */
bool property_order(const struct subject *subject)
{
	const struct scenario *scenario = subject->scenario;
	json_t *expected = verdict_when(scenario, 0, NULL);
	bool good = expected != NULL, clean = verdict_is_clean(expected);

	normalize_without(expected, "causes");
	for (size_t i = 0; clean && i + 1 < scenario->count; i++) {
		json_t *got;
		char what[64];

		if (!could_be_swapped(&scenario->event[i]))
			continue;
		got = verdict_when(scenario, i, swap_events);
		verdict_forget_infos(got);
		normalize_without(got, "causes");
		snprintf(what, sizeof what, "frames %zu and %zu swapped", i + 1, i + 2);
		good = same_verdict(subject, expected, what, got) && good;
	}
	json_decref(expected);
	return good;
}

bool property_swap(const struct subject *subject)
{
	return no_new_errors(subject, "delayed", delay_event);
}

/* From event `at` on the packets lie in the next file, where frames are counted anew. */
static void begin_file(struct scenario *scenario, size_t at)
{
	for (size_t i = at; i < scenario->count; i++)
		scenario->event[i].segment.number = i - at + 1;
}

/* Every packet lies in a file of its own: all bear the same number. */
static void scatter(struct scenario *scenario, size_t at)
{
	for (size_t i = at; i < scenario->count; i++)
		scenario->event[i].segment.number = 1;
}

bool property_files(const struct subject *subject)
{
	json_t *expected = verdict_when(subject->scenario, 0, NULL);
	bool good = expected != NULL;

	for (size_t i = 1; i < subject->scenario->count; i += stride_of(subject->scenario)) {
		char what[64];

		snprintf(what, sizeof what, "cut before frame %zu", i + 1);
		good = same_verdict(subject, expected, what,
				    verdict_when(subject->scenario, i, begin_file)) &&
		       good;
	}
	good = same_verdict(subject, expected, "a file for each frame",
			    verdict_when(subject->scenario, 0, scatter)) &&
	       good;
	json_decref(expected);
	return good;
}

static void jump_ahead(struct scenario *scenario, size_t at)
{
	scenario->event[at].segment.ts_ns += 30 * YEAR_NS;
}

static void jump_back(struct scenario *scenario, size_t at)
{
	scenario->event[at].segment.ts_ns -= 30 * YEAR_NS;
}

bool property_leap(const struct subject *subject)
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
bool property_prefix(const struct subject *subject)
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
