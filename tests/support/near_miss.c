#define _POSIX_C_SOURCE 200809L

#include "support/near_miss.h"

#include "core/anomaly.h"
#include "core/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_anomaly(const char *name)
{
	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		if (strcmp(anomaly_row(id)->id, name) == 0)
			return true;
	}
	return false;
}

static bool is_cause(const char *name)
{
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		if (strcmp(cause_word(cause), name) == 0)
			return true;
	}
	return false;
}

/* One of the list's objects has that name under the key. */
static bool is_listed(const json_t *list, const char *key, const char *name)
{
	size_t i;
	json_t *entry;

	json_array_foreach(list, i, entry)
	{
		const char *value = json_string_value(json_object_get(entry, key));

		if (value != NULL && strcmp(value, name) == 0)
			return true;
	}
	return false;
}

static bool is_raised(const json_t *flow, const char *name)
{
	return is_listed(json_object_get(flow, "anomalies"), "event", name);
}

static bool is_explained(const json_t *flow, const char *name)
{
	const json_t *teardown = json_object_get(flow, "teardown");

	return is_listed(json_object_get(teardown, "explanations"), "cause", name);
}

static const struct claim {
	const char *marker;
	bool (*is_known)(const char *name);
	bool (*is_told)(const json_t *flow, const char *name);
} claims[] = {
	{"// near miss of:", is_anomaly, is_raised},
	{"// not explained by:", is_cause, is_explained},
};

static bool is_told(const struct claim *claim, const json_t *flows, const char *name)
{
	size_t f;
	json_t *flow;

	json_array_foreach(flows, f, flow)
	{
		if (claim->is_told(flow, name))
			return true;
	}
	return false;
}

/* The names of one line; as near_miss_check(). */
static int check_names(const struct claim *claim, const char *path, char *names,
		       const json_t *flows, FILE *output)
{
	int told = 0;
	char *rest = NULL;

	for (char *name = strtok_r(names, " ,\t\r\n", &rest); name != NULL;
	     name = strtok_r(NULL, " ,\t\r\n", &rest)) {
		if (!claim->is_known(name)) {
			fprintf(stderr, "%s: %s nothing known: %s\n", path, claim->marker, name);
			return -1;
		}
		if (!is_told(claim, flows, name))
			continue;
		fprintf(output, "%s is told, and this is only a near miss of it\n", name);
		told++;
	}
	return told;
}

static int check_line(const char *path, char *line, const json_t *flows, FILE *output)
{
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		size_t length = strlen(claims[i].marker);

		if (strncmp(line, claims[i].marker, length) == 0)
			return check_names(&claims[i], path, line + length, flows, output);
	}
	return 0;
}

int near_miss_check(const char *path, const json_t *flows, FILE *output)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	int told = 0;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	while (told >= 0 && getline(&line, &room, file) >= 0) {
		int more = check_line(path, line, flows, output);

		told = more < 0 ? -1 : told + more;
	}
	free(line);
	fclose(file);
	return told;
}
