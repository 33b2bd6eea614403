#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE

#include "normalize.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TIME_TEXT_MAX = 64, NAME_TEXT_MAX = 128 };

static json_t *moved_time(const char *text, int64_t by_ns)
{
	struct tm date = {0};
	char moved[TIME_TEXT_MAX];
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &date);
	int micros, used = 0;
	int64_t ns;
	time_t whole;
	size_t length;

	if (rest == NULL || sscanf(rest, ".%6dZ%n", &micros, &used) != 1 || rest[used] != '\0')
		return NULL;
	ns = ((int64_t)timegm(&date) * 1000000 + micros) * 1000 + by_ns;
	whole = (time_t)(ns / 1000000000);
	gmtime_r(&whole, &date);
	length = strftime(moved, sizeof moved, "%Y-%m-%dT%H:%M:%S", &date);
	snprintf(moved + length, sizeof moved - length, ".%06dZ", (int)(ns / 1000 % 1000000));
	return json_string(moved);
}

void normalize_times(json_t *value, int64_t by_ns)
{
	const char *key;
	json_t *part;
	size_t i;
	void *next;

	json_array_foreach(value, i, part) normalize_times(part, by_ns);
	json_object_foreach_safe(value, next, key, part)
	{
		json_t *moved =
			json_is_string(part) ? moved_time(json_string_value(part), by_ns) : NULL;

		if (moved != NULL)
			json_object_set_new(value, key, moved);
		else
			normalize_times(part, by_ns);
	}
}

void normalize_without(json_t *value, const char *key)
{
	const char *name;
	json_t *part;
	size_t i;

	json_object_del(value, key);
	json_array_foreach(value, i, part) normalize_without(part, key);
	json_object_foreach(value, name, part) normalize_without(part, key);
}

void normalize_addresses(json_t *value, const char *a, const char *b)
{
	static const char *const keys[] = {"src_ip", "dest_ip"};
	json_t *record;
	size_t i;

	json_array_foreach(value, i, record)
	{
		for (size_t k = 0; k < 2; k++) {
			const char *is = json_string_value(json_object_get(record, keys[k]));

			if (is != NULL && strcmp(is, a) == 0)
				json_object_set_new(record, keys[k], json_string(b));
			else if (is != NULL && strcmp(is, b) == 0)
				json_object_set_new(record, keys[k], json_string(a));
		}
	}
}

static void move_number(json_t *object, const char *key, uint32_t by)
{
	json_t *number = json_object_get(object, key);

	if (json_is_integer(number))
		json_object_set_new(object, key,
				    json_integer((uint32_t)json_integer_value(number) - by));
}

static void move_wave(json_t *wave, uint32_t client, uint32_t server)
{
	const char *side = json_string_value(json_object_get(wave, "side"));
	const char *flags = json_string_value(json_object_get(wave, "flags"));
	uint32_t own, peer;

	if (side == NULL)
		return;
	own = strcmp(side, "client") == 0 ? client : server;
	peer = strcmp(side, "client") == 0 ? server : client;
	move_number(wave, "seq", own);
	move_number(wave, "expected_seq", own);
	move_number(wave, "expected_ack", peer);
	if (flags != NULL && strchr(flags, 'A') != NULL)
		move_number(wave, "ack", peer);
}

static void without_evidence(json_t *anomaly)
{
	static const char *const parts[] = {"expected", "observed"};

	for (size_t i = 0; i < 2; i++) {
		json_object_del(json_object_get(anomaly, parts[i]), "seq");
		json_object_del(json_object_get(anomaly, parts[i]), "ack");
	}
}

void normalize_numbers(json_t *records, uint32_t client, uint32_t server)
{
	json_t *record, *part;
	size_t i, k;

	json_array_foreach(records, i, record)
	{
		json_t *teardown = json_object_get(record, "teardown");

		move_number(json_object_get(record, "client"), "iss", client);
		move_number(json_object_get(record, "client"), "fin_seq", client);
		move_number(json_object_get(record, "server"), "iss", server);
		move_number(json_object_get(record, "server"), "fin_seq", server);
		json_array_foreach(json_object_get(teardown, "waves"), k, part)
			move_wave(part, client, server);
		json_array_foreach(json_object_get(record, "anomalies"), k, part)
			without_evidence(part);
		without_evidence(json_object_get(record, "anomaly"));
	}
}

/* The value under `key` of every element, in a new array. */
static json_t *each(const json_t *elements, const char *key)
{
	json_t *values = json_array(), *element;
	size_t i;

	json_array_foreach(elements, i, element)
		json_array_append(values, json_object_get(element, key));
	return values;
}

/* The steps that stand. */
static json_t *steps_of(const json_t *record, const char *side)
{
	json_t *path = json_object_get(json_object_get(record, side), "path");
	json_t *states = json_array(), *step;
	size_t i;

	json_array_foreach(path, i, step)
	{
		if (!json_is_true(json_object_get(step, "refuted")))
			json_array_append(states, json_object_get(step, "state"));
	}
	return states;
}

static json_t *anomalies_of(const json_t *record)
{
	json_t *ids = json_object(), *anomaly;
	size_t i;

	json_array_foreach(json_object_get(record, "anomalies"), i, anomaly)
		json_object_set(ids, json_string_value(json_object_get(anomaly, "event")),
				json_object_get(anomaly, "severity"));
	json_object_del(ids, "frame_duplicate");
	return ids;
}

static json_t *verdict_on(const json_t *record)
{
	json_t *teardown = json_object_get(record, "teardown");
	json_t *reset = json_object_get(teardown, "reset");

	if (json_is_object(reset))
		reset = json_object_get(reset, "by");
	return json_pack("{s:O, s:o, s:O, s:O, s:O, s:O, s:o, s:o, s:o, s:o, s:o}", "reset", reset,
			 "causes", each(json_object_get(teardown, "explanations"), "cause"), "loss",
			 json_object_get(json_object_get(record, "quality"), "capture_loss"),
			 "type", json_object_get(teardown, "type"), "complete",
			 json_object_get(teardown, "complete"), "closer",
			 json_object_get(teardown, "closer"), "waves",
			 each(json_object_get(teardown, "waves"), "status"), "client",
			 steps_of(record, "client"), "server", steps_of(record, "server"),
			 "time_wait", each(json_object_get(record, "time_wait"), "side"),
			 "anomalies", anomalies_of(record));
}

static bool is_flow(const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "event_type"));

	return type != NULL && strcmp(type, "flow") == 0;
}

json_t *verdict_of(const json_t *records)
{
	json_t *verdicts = json_array(), *record;
	size_t i;

	json_array_foreach(records, i, record)
	{
		if (is_flow(record))
			json_array_append_new(verdicts, verdict_on(record));
	}
	return verdicts;
}

void verdict_forget_infos(json_t *verdicts)
{
	json_t *verdict, *anomalies, *severity;
	const char *id;
	size_t i;
	void *next;

	json_array_foreach(verdicts, i, verdict)
	{
		anomalies = json_object_get(verdict, "anomalies");
		json_object_foreach_safe(anomalies, next, id, severity)
		{
			if (strcmp(json_string_value(severity), "info") == 0)
				json_object_del(anomalies, id);
		}
	}
}

bool verdict_is_clean(const json_t *verdicts)
{
	const json_t *verdict;
	size_t i;

	json_array_foreach(verdicts, i, verdict)
	{
		if (json_object_size(json_object_get(verdict, "anomalies")) > 0 ||
		    !json_is_null(json_object_get(verdict, "reset")) ||
		    json_is_true(json_object_get(verdict, "loss")) ||
		    !json_is_true(json_object_get(verdict, "complete")))
			return false;
	}
	return json_array_size(verdicts) > 0;
}

json_t *errors_of(const json_t *records)
{
	json_t *errors = json_object(), *record, *anomaly;
	size_t i, k;

	json_array_foreach(records, i, record)
	{
		if (!is_flow(record))
			continue;
		json_array_foreach(json_object_get(record, "anomalies"), k, anomaly)
		{
			const char *severity =
				json_string_value(json_object_get(anomaly, "severity"));

			if (severity != NULL && strcmp(severity, "error") == 0)
				json_object_set_new(
					errors,
					json_string_value(json_object_get(anomaly, "event")),
					json_true());
		}
	}
	return errors;
}

static bool is_proven(const json_t *step)
{
	const char *certainty = json_string_value(json_object_get(step, "certainty"));

	return certainty != NULL && !json_is_true(json_object_get(step, "refuted")) &&
	       (strcmp(certainty, "observed") == 0 || strcmp(certainty, "confirmed") == 0);
}

static void add_proven(json_t *steps, const json_t *record, const char *side)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(record, side), "path"), i, step)
	{
		char name[NAME_TEXT_MAX];

		snprintf(name, sizeof name, "%s %s by frame %lld", side,
			 json_string_value(json_object_get(step, "state")),
			 (long long)json_integer_value(json_object_get(step, "pcap_cnt")));
		if (is_proven(step))
			json_object_set_new(steps, name, json_true());
	}
}

json_t *proven_steps_of(const json_t *records)
{
	json_t *flows = json_object(), *record;
	size_t i;

	json_array_foreach(records, i, record)
	{
		const json_t *flow = json_object_get(record, "flow");
		json_t *steps = json_object();
		char name[NAME_TEXT_MAX];

		snprintf(name, sizeof name, "%lld",
			 (long long)json_integer_value(json_object_get(flow, "first_pcap_cnt")));
		if (is_flow(record)) {
			add_proven(steps, record, "client");
			add_proven(steps, record, "server");
			json_object_set(flows, name, steps);
		}
		json_decref(steps);
	}
	return flows;
}
