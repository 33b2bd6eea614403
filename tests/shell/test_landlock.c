/*
 * What can still be opened by a process that confined itself. Each test confines a child.
 */
#define _GNU_SOURCE

#include "privilege/landlock.h"

#include "shell/directory.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

TestSuite(landlock, .init = enter_directory, .fini = leave_directory);

/* 0, or what the child could not do or should not have been able to. */
static int in_child(int (*act)(void), const struct landlock_rule *rules, unsigned count)
{
	pid_t child = fork();
	int status;

	cr_assert_neq(child, -1);
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !landlock_confine(rules, count))
			_exit(100);
		_exit(act());
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool is_refused(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

static bool is_allowed(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int opens_nothing(void)
{
	if (!is_refused("/etc/passwd", O_RDONLY))
		return 1;
	if (!is_refused("made", O_WRONLY | O_CREAT))
		return 2;
	return is_refused("/", O_RDONLY | O_DIRECTORY) ? 0 : 3;
}

static int writes_here(void)
{
	if (!is_allowed("made", O_RDWR | O_CREAT | O_APPEND))
		return 1;
	if (!is_refused("/tmp/tcpbye-not-here", O_WRONLY | O_CREAT))
		return 2;
	if (unlink("made") == 0 || errno != EACCES)
		return 3;
	return is_refused("/etc/passwd", O_RDONLY) ? 0 : 4;
}

static int replaces_here(void)
{
	if (!is_allowed("made.new", O_WRONLY | O_CREAT | O_TRUNC))
		return 1;
	if (rename("made.new", "made") != 0)
		return 2;
	return is_refused("/etc/passwd", O_RDONLY) ? 0 : 3;
}

static int reads_here(void)
{
	if (!is_allowed("made", O_RDONLY))
		return 1;
	return is_refused("made", O_WRONLY) ? 0 : 2;
}

static void check(int (*act)(void), const char *where, enum landlock_use use)
{
	struct landlock_rule rule = {where, use};

	if (landlock_version() == 0)
		cr_skip_test("this kernel has no Landlock");
	cr_assert_eq(in_child(act, &rule, 1), 0);
}

Test(landlock, refuses_all_without_a_rule)
{
	check(opens_nothing, NULL, LANDLOCK_WRITES);
}

Test(landlock, passes_over_a_directory_that_is_not_there)
{
	check(opens_nothing, "/nowhere", LANDLOCK_REPLACES);
}

Test(landlock, lets_files_be_written)
{
	check(writes_here, directory, LANDLOCK_WRITES);
}

Test(landlock, lets_files_be_replaced)
{
	check(replaces_here, directory, LANDLOCK_REPLACES);
}

Test(landlock, lets_files_be_read)
{
	write_file("made", "x", 1);
	check(reads_here, directory, LANDLOCK_READS);
}
