#define _POSIX_C_SOURCE 200809L

#include "support/near_miss.h"

#include "core/anomaly.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char marker[] = "// near miss of:";

static bool is_anomaly(const char *name)
{
	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		if (strcmp(anomaly_row(id)->id, name) == 0)
			return true;
	}
	return false;
}

static bool is_raised(const json_t *flows, const char *name)
{
	size_t f, a;
	json_t *flow, *anomaly;

	json_array_foreach(flows, f, flow)
	{
		json_array_foreach(json_object_get(flow, "anomalies"), a, anomaly)
		{
			const char *event = json_string_value(json_object_get(anomaly, "event"));

			if (event != NULL && strcmp(event, name) == 0)
				return true;
		}
	}
	return false;
}

/* The names of one line; as near_miss_check(). */
static int check_line(const char *path, char *names, const json_t *flows, FILE *output)
{
	int raised = 0;
	char *rest = NULL;

	for (char *name = strtok_r(names, " ,\t\r\n", &rest); name != NULL;
	     name = strtok_r(NULL, " ,\t\r\n", &rest)) {
		if (!is_anomaly(name)) {
			fprintf(stderr, "%s: near miss of what is no anomaly: %s\n", path, name);
			return -1;
		}
		if (!is_raised(flows, name))
			continue;
		fprintf(output, "%s is raised, and this is only a near miss of it\n", name);
		raised++;
	}
	return raised;
}

int near_miss_check(const char *path, const json_t *flows, FILE *output)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	int raised = 0;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	while (raised >= 0 && getline(&line, &room, file) >= 0) {
		int more = 0;

		if (strncmp(line, marker, sizeof marker - 1) == 0)
			more = check_line(path, line + sizeof marker - 1, flows, output);
		raised = more < 0 ? -1 : raised + more;
	}
	free(line);
	fclose(file);
	return raised;
}
