#include "sink/text_command.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_SOURCES_MAX = 3 };

/* True where a shell takes the name as it stands. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._/+@%:=,-";

	return name[0] != '\0' && name[0] != '-' && name[strspn(name, plain)] == '\0';
}

void text_append_sources(char *command, size_t size, const struct run_report *run)
{
	size_t used = strlen(command);
	bool nameable = run->source_count > 0 && run->source_count <= NAMED_SOURCES_MAX &&
			!run->has_wall_time; /* interfaces are no captures */

	for (unsigned i = 0; i < run->source_count && nameable; i++)
		nameable = is_plain(run->source[i].name);
	if (!nameable) {
		snprintf(command + used, size - used, " FILE...");
		return;
	}
	for (unsigned i = 0; i < run->source_count && used < size; i++)
		used += (size_t)snprintf(command + used, size - used, " %s", run->source[i].name);
}
