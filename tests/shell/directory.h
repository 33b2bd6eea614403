/*
 * A directory of its own for a test, and what lies in it.
 */
#ifndef TCPBYE_TESTS_SHELL_DIRECTORY_H
#define TCPBYE_TESTS_SHELL_DIRECTORY_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTENT_MAX_BYTES = 65536 };

static char directory[64];
static char content[CONTENT_MAX_BYTES];

/* Goes into a new directory. */
static inline void enter_directory(void)
{
	strcpy(directory, "/tmp/tcpbye-test-XXXXXX");
	cr_assert_not_null(mkdtemp(directory));
	cr_assert_eq(chdir(directory), 0);
}

static inline void leave_directory(void)
{
	char command[128];

	cr_assert_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	cr_assert_eq(system(command), 0);
}

/* The file's bytes, and how many they are, up to CONTENT_MAX_BYTES - 1; a NUL follows. */
static inline size_t read_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	size_t count;

	cr_assert_not_null(file, "%s is not there", name);
	count = fread(content, 1, sizeof content - 1, file);
	content[count] = '\0';
	fclose(file);
	return count;
}

static inline void write_file(const char *name, const void *bytes, size_t count)
{
	FILE *file = fopen(name, "wb");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, count, file), count);
	cr_assert_eq(fclose(file), 0);
}

#endif
