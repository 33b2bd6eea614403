#define _POSIX_C_SOURCE 200809L

#include "run/captures.h"

#include "process/status.h"
#include "source/source.h"

#include <dirent.h>
#include <glob.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CAPTURES_MAX = UINT16_MAX, FIRST_ROOM = 16 };

/* Takes over the name, which may be NULL for want of memory. */
static int add(struct captures *captures, char *name, const struct talk *talk)
{
	if (captures->count == CAPTURES_MAX) {
		talk_error(talk, "too many captures (at most %d)", CAPTURES_MAX);
		free(name);
		return STATUS_USAGE;
	}
	if (name != NULL && captures->count == captures->room) {
		unsigned room = captures->room > 0 ? captures->room * 2 : FIRST_ROOM;
		char **larger = realloc(captures->name, room * sizeof(*larger));

		if (larger != NULL) {
			captures->name = larger;
			captures->room = room;
		}
	}
	if (name == NULL || captures->count == captures->room) {
		talk_error(talk, "not enough memory to list the captures");
		free(name);
		return STATUS_FAILED;
	}
	captures->name[captures->count++] = name;
	return STATUS_DONE;
}

static char *join(const char *directory, const char *file)
{
	size_t length = strlen(directory);
	const char *between = length > 0 && directory[length - 1] == '/' ? "" : "/";
	size_t size = length + strlen(between) + strlen(file) + 1;
	char *name = malloc(size);

	if (name != NULL)
		snprintf(name, size, "%s%s%s", directory, between, file);
	return name;
}

static bool is_regular(const char *name)
{
	struct stat status;

	return stat(name, &status) == 0 && S_ISREG(status.st_mode);
}

/* Adds the file if it is a capture, or if it cannot be told, so that opening it tells why. */
static int add_file(struct captures *captures, char *name, const struct talk *talk)
{
	struct source_error error = {""};

	if (name != NULL && !is_regular(name)) {
		free(name);
		return STATUS_DONE;
	}
	if (name != NULL && !source_may_be_capture(name, &error)) {
		talk_note(talk, "%s (passed over)", error.text);
		free(name);
		return STATUS_DONE;
	}
	return add(captures, name, talk);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_directory(struct captures *captures, const char *directory, const struct talk *talk)
{
	struct dirent **entry = NULL;
	int entries = scandir(directory, &entry, NULL, by_name);
	unsigned before = captures->count;
	int status = STATUS_DONE;

	for (int i = 0; i < entries; i++) {
		if (status == STATUS_DONE)
			status = add_file(captures, join(directory, entry[i]->d_name), talk);
		free(entry[i]);
	}
	free(entry);
	if (status == STATUS_DONE && captures->count == before)
		status = add(captures, strdup(directory), talk);
	return status;
}

static bool is_directory(const char *name)
{
	struct stat status;

	return strcmp(name, "-") != 0 && stat(name, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_there(const char *name)
{
	struct stat status;

	return strcmp(name, "-") == 0 || lstat(name, &status) == 0;
}

static int add_given(struct captures *captures, const char *name, const struct talk *talk)
{
	return is_directory(name) ? add_directory(captures, name, talk)
				  : add(captures, strdup(name), talk);
}

static int add_pattern(struct captures *captures, const char *pattern, const struct talk *talk)
{
	int status = STATUS_DONE;
	glob_t found;

	switch (glob(pattern, 0, NULL, &found)) {
	case 0:
		break;
	case GLOB_NOSPACE:
		return add(captures, NULL, talk);
	default:
		return add(captures, strdup(pattern), talk);
	}
	for (size_t i = 0; i < found.gl_pathc && status == STATUS_DONE; i++)
		status = add_given(captures, found.gl_pathv[i], talk);
	globfree(&found);
	return status;
}

int captures_find(struct captures *captures, const char *const *given, unsigned count,
		  const struct talk *talk)
{
	int status = STATUS_DONE;

	*captures = (struct captures){0};
	for (unsigned i = 0; i < count && status == STATUS_DONE; i++)
		status = is_there(given[i]) ? add_given(captures, given[i], talk)
					    : add_pattern(captures, given[i], talk);
	return status;
}

void captures_free(struct captures *captures)
{
	for (unsigned i = 0; i < captures->count; i++)
		free(captures->name[i]);
	free(captures->name);
}
