#define _POSIX_C_SOURCE 200809L

#include "support/json_match.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WHERE_MAX = 256, WORD_MAX = 64, TIME_TEXT_MAX = 40 };

struct match {
	int64_t origin_ns;
	const json_t *flows;
	FILE *out;
	unsigned differences;
};

static bool match_value(struct match *match, const char *where, json_t *expected, json_t *got);

static void print_value(FILE *out, json_t *value)
{
	char *text;

	if (value == NULL) {
		fputs("nothing", out);
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	fputs(text == NULL ? "(no memory)" : text, out);
	free(text);
}

static bool differ(struct match *match, const char *where, json_t *expected, json_t *got)
{
	match->differences++;
	fprintf(match->out, "%s: expected ", where);
	print_value(match->out, expected);
	fputs(", got ", match->out);
	print_value(match->out, got);
	fputc('\n', match->out);
	return false;
}

/* Writes "@1.5" as the timestamp that a record would carry. False if it is not of that form. */
static bool time_text(int64_t origin_ns, const char *relative, char text[TIME_TEXT_MAX])
{
	char *end;
	double seconds = strtod(relative + 1, &end);
	int64_t ns = origin_ns + (int64_t)(seconds * 1e6 + 0.5) * 1000;
	time_t whole = (time_t)(ns / 1000000000);
	struct tm date;
	size_t length;

	if (relative[0] != '@' || end == relative + 1 || *end != '\0' ||
	    gmtime_r(&whole, &date) == NULL)
		return false;
	length = strftime(text, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &date);
	snprintf(text + length, TIME_TEXT_MAX - length, ".%06dZ", (int)(ns / 1000 % 1000000));
	return true;
}

static bool match_string(struct match *match, const char *where, json_t *expected, json_t *got)
{
	const char *want = json_string_value(expected), *have = json_string_value(got);
	char text[TIME_TEXT_MAX];

	if (have != NULL && time_text(match->origin_ns, want, text) && strcmp(text, have) == 0)
		return true;
	if (have != NULL && strcmp(want, have) == 0)
		return true;
	return differ(match, where, expected, got);
}

static bool word_is(json_t *object, const char *key, const char *word)
{
	const char *is = json_string_value(json_object_get(object, key));

	return is != NULL && strcmp(is, word) == 0;
}

/* One word of a step: #frame, "refuted", or a certainty. */
static bool step_has(json_t *step, const char *word)
{
	if (word[0] == '#')
		return json_integer_value(json_object_get(step, "pcap_cnt")) == atoll(word + 1);
	if (strcmp(word, "refuted") == 0)
		return json_is_true(json_object_get(step, "refuted"));
	return word_is(step, "certainty", word);
}

/* "fin_wait_2 assumed refuted #9": the state, and whatever else is certain. */
static bool step_matches(const char *expected, json_t *step)
{
	char words[WORD_MAX];
	char *rest = NULL;
	const char *word;
	bool refuted = expected != NULL && strstr(expected, " refuted") != NULL;

	if (expected == NULL)
		return false;
	snprintf(words, sizeof words, "%s", expected);
	word = strtok_r(words, " ", &rest);
	if (word == NULL || !word_is(step, "state", word) ||
	    refuted != json_is_true(json_object_get(step, "refuted")))
		return false;
	while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
		if (!step_has(step, word))
			return false;
	}
	return true;
}

/* The record's path in the short notation, for a message. */
static json_t *path_words(json_t *path)
{
	json_t *words = json_array(), *step;
	size_t i;

	json_array_foreach(path, i, step)
	{
		json_array_append_new(
			words,
			json_sprintf("%s %s%s", json_string_value(json_object_get(step, "state")),
				     json_string_value(json_object_get(step, "certainty")),
				     json_is_true(json_object_get(step, "refuted")) ? " refuted"
										    : ""));
	}
	return words;
}

static bool match_path(struct match *match, const char *where, json_t *expected, json_t *got)
{
	bool same = json_array_size(expected) == json_array_size(got);
	json_t *words;
	size_t i;
	json_t *want;

	json_array_foreach(expected, i, want)
	{
		if (same && !step_matches(json_string_value(want), json_array_get(got, i)))
			same = false;
	}
	if (same)
		return true;
	words = path_words(got);
	differ(match, where, expected, words);
	json_decref(words);
	return false;
}

static bool may_stand_unlisted(json_t *anomaly)
{
	return word_is(anomaly, "severity", "info") || word_is(anomaly, "event", "rst_exact") ||
	       word_is(anomaly, "event", "rst_reply") ||
	       word_is(anomaly, "event", "rst_outstanding_data_lost");
}

/* "warning", "warning server", "notice x3": the severity, and whose and how often where that is
 * said. */
static bool anomaly_fits(json_t *anomaly, const char *id, const char *expected)
{
	char words[WORD_MAX];
	char *rest = NULL;
	const char *word;

	if (expected == NULL || !word_is(anomaly, "event", id))
		return false;
	snprintf(words, sizeof words, "%s", expected);
	word = strtok_r(words, " ", &rest);
	if (word == NULL || !word_is(anomaly, "severity", word))
		return false;
	while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
		bool good = word[0] == 'x'
				    ? json_integer_value(json_object_get(anomaly, "count")) ==
					      atoll(word + 1)
				    : word_is(anomaly, "side", word);

		if (!good)
			return false;
	}
	return true;
}

/* Takes those that fit out of those that are left; there may be one for each side. */
static void expect_anomaly(struct match *match, const char *where, json_t *left, const char *id,
			   json_t *words)
{
	bool found = false;

	for (size_t i = json_array_size(left); i-- > 0;) {
		if (anomaly_fits(json_array_get(left, i), id, json_string_value(words))) {
			json_array_remove(left, i);
			found = true;
		}
	}
	if (found)
		return;
	match->differences++;
	fprintf(match->out, "%s: expected %s (%s), which is not there\n", where, id,
		json_string_value(words));
}

static void refuse_the_rest(struct match *match, const char *where, json_t *left)
{
	json_t *anomaly;
	size_t i;

	json_array_foreach(left, i, anomaly)
	{
		const char *side = json_string_value(json_object_get(anomaly, "side"));

		if (may_stand_unlisted(anomaly))
			continue;
		match->differences++;
		fprintf(match->out, "%s: got %s (%s %s), which is not expected\n", where,
			json_string_value(json_object_get(anomaly, "event")),
			json_string_value(json_object_get(anomaly, "severity")),
			side == NULL ? "-" : side);
	}
}

/* {"id": "severity [side]"} or {"id": [several of these]}: all that there are of notice or above.
 */
static bool match_anomalies(struct match *match, const char *where, json_t *expected, json_t *got)
{
	unsigned before = match->differences;
	json_t *left = json_copy(got);
	const char *id;
	json_t *words;

	json_object_foreach(expected, id, words)
	{
		json_t *one;
		size_t i;

		if (json_is_string(words))
			expect_anomaly(match, where, left, id, words);
		json_array_foreach(words, i, one) expect_anomaly(match, where, left, id, one);
	}
	refuse_the_rest(match, where, left);
	json_decref(left);
	return match->differences == before;
}

/* ["id", "id side"]: these must be there at severity info. */
static bool match_infos(struct match *match, const char *where, json_t *expected, json_t *got)
{
	unsigned before = match->differences;
	json_t *left = json_copy(got), *want;
	size_t i;

	json_array_foreach(expected, i, want)
	{
		char id[WORD_MAX] = "", side[WORD_MAX] = "";
		json_t *words;

		sscanf(json_string_value(want), "%63s %63s", id, side);
		words = json_sprintf("info %s", side);
		expect_anomaly(match, where, left, id, words);
		json_decref(words);
	}
	json_decref(left);
	return match->differences == before;
}

/* ["cause"]: these must be among the explanations. */
static bool match_causes(struct match *match, const char *where, json_t *expected, json_t *got)
{
	unsigned before = match->differences;
	json_t *cause, *explanation;
	size_t i, k;

	json_array_foreach(expected, i, cause)
	{
		bool found = false;

		json_array_foreach(got, k, explanation)
		{
			if (json_equal(json_object_get(explanation, "cause"), cause))
				found = true;
		}
		if (!found)
			differ(match, where, cause, got);
	}
	return match->differences == before;
}

/* The flow_id of the record with the expected number; null: the key must not be there. */
static bool match_twin(struct match *match, const char *where, json_t *expected, json_t *got)
{
	json_t *twin = json_array_get(match->flows, (size_t)json_integer_value(expected));

	if (json_is_null(expected))
		return got == NULL ? true : differ(match, where, expected, got);
	if (got != NULL && json_equal(json_object_get(twin, "flow_id"), got))
		return true;
	return differ(match, where, json_object_get(twin, "flow_id"), got);
}

static bool match_member(struct match *match, const char *where, const char *key, json_t *expected,
			 json_t *object)
{
	json_t *got = json_object_get(object, key);

	if (strcmp(key, "anomalies_info") == 0)
		return match_infos(match, where, expected, json_object_get(object, "anomalies"));
	if (strcmp(key, "causes") == 0)
		return match_causes(match, where, expected,
				    json_object_get(object, "explanations"));
	if (strcmp(key, "nat_twin_of") == 0)
		return match_twin(match, where, expected, got);
	if (got == NULL)
		return differ(match, where, expected, NULL);
	if (strcmp(key, "anomalies") == 0 && json_is_object(expected))
		return match_anomalies(match, where, expected, got);
	if (strcmp(key, "path") == 0 && json_is_string(json_array_get(expected, 0)))
		return match_path(match, where, expected, got);
	return match_value(match, where, expected, got);
}

static bool match_object(struct match *match, const char *where, json_t *expected, json_t *got)
{
	unsigned before = match->differences;
	const char *key;
	json_t *want;

	if (!json_is_object(got))
		return differ(match, where, expected, got);
	json_object_foreach(expected, key, want)
	{
		char below[WHERE_MAX];

		snprintf(below, sizeof below, "%s.%s", where, key);
		match_member(match, below, key, want, got);
	}
	return match->differences == before;
}

static bool match_array(struct match *match, const char *where, json_t *expected, json_t *got)
{
	unsigned before = match->differences;
	json_t *want;
	size_t i;

	if (!json_is_array(got) || json_array_size(expected) != json_array_size(got))
		return differ(match, where, expected, got);
	json_array_foreach(expected, i, want)
	{
		char below[WHERE_MAX];

		snprintf(below, sizeof below, "%s[%zu]", where, i);
		match_value(match, below, want, json_array_get(got, i));
	}
	return match->differences == before;
}

static bool match_value(struct match *match, const char *where, json_t *expected, json_t *got)
{
	if (json_is_object(expected))
		return match_object(match, where, expected, got);
	if (json_is_array(expected))
		return match_array(match, where, expected, got);
	if (json_is_string(expected))
		return match_string(match, where, expected, got);
	if (json_equal(expected, got))
		return true;
	return differ(match, where, expected, got);
}

unsigned match_flows(json_t *expected, json_t *flows, int64_t origin_ns, FILE *out)
{
	struct match match = {.origin_ns = origin_ns, .flows = flows, .out = out};
	json_t *want = json_object_get(expected, "flows");

	if (!json_is_array(want)) {
		fputs("the expectation holds no array \"flows\"\n", out);
		return 1;
	}
	if (json_array_size(want) != json_array_size(flows)) {
		fprintf(out, "flows: expected %zu records, got %zu\n", json_array_size(want),
			json_array_size(flows));
		return 1;
	}
	match_value(&match, "flows", want, flows);
	return match.differences;
}

static json_t *part(json_t *value, const char *key, size_t i)
{
	return key != NULL ? json_object_get(value, key) : json_array_get(value, i);
}

/* Descends into what both have; what only `got` has is found by the sizes. */
unsigned match_same(const char *where, json_t *expected, json_t *got, FILE *out)
{
	struct match match = {.out = out};
	const char *key;
	char below[WHERE_MAX];
	json_t *want;
	size_t i;

	if (json_equal(expected, got))
		return 0;
	if (json_is_object(expected) && json_is_object(got) &&
	    json_object_size(expected) == json_object_size(got)) {
		json_object_foreach(expected, key, want)
		{
			snprintf(below, sizeof below, "%s.%s", where, key);
			match.differences += match_same(below, want, part(got, key, 0), out);
		}
		return match.differences;
	}
	if (json_is_array(expected) && json_is_array(got) &&
	    json_array_size(expected) == json_array_size(got)) {
		json_array_foreach(expected, i, want)
		{
			snprintf(below, sizeof below, "%s[%zu]", where, i);
			match.differences += match_same(below, want, part(got, NULL, i), out);
		}
		return match.differences;
	}
	if (json_is_array(expected) && json_is_array(got)) {
		fprintf(out, "%s: expected %zu elements, got %zu\n", where,
			json_array_size(expected), json_array_size(got));
		return 1;
	}
	differ(&match, where, expected, got);
	return match.differences;
}
