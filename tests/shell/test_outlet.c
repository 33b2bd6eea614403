/*
 * Files and pipes at the end of the program: whole lines, whatever happens.
 */
#define _GNU_SOURCE /* pipe2(), F_SETPIPE_SZ */

#include "output/outlet.h"

#include "shell/directory.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

static void set_up(void)
{
	enter_directory();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

TestSuite(outlet, .init = set_up, .fini = leave_directory);

static void put(struct outlet *outlet, const char *lines)
{
	cr_assert_eq(outlet_write(outlet, lines, strlen(lines)), strlen(lines));
}

Test(outlet, empties_a_file_or_adds_to_it)
{
	struct outlet *outlet;

	write_file("out", "old\n", 4);
	outlet = outlet_open("out", OUTLET_APPENDS);
	cr_assert(outlet_is_file(outlet));
	put(outlet, "new\n");
	cr_assert(outlet_close(outlet));
	read_file("out");
	cr_assert_str_eq(content, "old\nnew\n");
	outlet = outlet_open("out", OUTLET_EMPTIES);
	put(outlet, "newer\n");
	cr_assert(outlet_close(outlet));
	read_file("out");
	cr_assert_str_eq(content, "newer\n");
}

Test(outlet, adds_lines_behind_half_a_line)
{
	struct outlet *outlet;

	write_file("out", "whole\nha", 8);
	outlet = outlet_open("out", OUTLET_APPENDS);
	put(outlet, "new\n");
	cr_assert(outlet_close(outlet));
	read_file("out");
	cr_assert_str_eq(content, "whole\nha\nnew\n");
}

Test(outlet, cannot_open_what_is_not_there)
{
	cr_assert_null(outlet_open("nowhere/out", OUTLET_EMPTIES));
	cr_assert_eq(errno, ENOENT);
}

Test(outlet, reopens_by_name)
{
	struct outlet *outlet = outlet_open("out", OUTLET_EMPTIES);

	put(outlet, "one\n");
	cr_assert_eq(rename("out", "out.1"), 0);
	cr_assert(outlet_reopen(outlet));
	put(outlet, "two\n");
	cr_assert(outlet_close(outlet));
	read_file("out.1");
	cr_assert_str_eq(content, "one\n");
	read_file("out");
	cr_assert_str_eq(content, "two\n");
}

Test(outlet, makes_a_removed_file_anew)
{
	struct outlet *outlet = outlet_open("out", OUTLET_EMPTIES);

	put(outlet, "one\n");
	cr_assert_eq(unlink("out"), 0);
	put(outlet, "two\n");
	cr_assert(outlet_close(outlet));
	read_file("out");
	cr_assert_str_eq(content, "two\n");
}

Test(outlet, takes_half_a_line_back_where_there_is_no_more_room)
{
	struct rlimit limit = {.rlim_cur = 10, .rlim_max = RLIM_INFINITY};
	struct outlet *outlet = outlet_open("out", OUTLET_EMPTIES);

	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_eq(outlet_write(outlet, "1234\n6789\nabc\n", 14), 10);
	cr_assert_eq(errno, EFBIG);
	cr_assert_eq(outlet_write(outlet, "def\n", 4), 0);
	outlet_close(outlet);
	read_file("out");
	cr_assert_str_eq(content, "1234\n6789\n");
}

static void *give_up(void *outlet)
{
	usleep(50000);
	outlet_give_up(outlet);
	return NULL;
}

/* Standard output becomes a pipe that nobody reads. */
Test(outlet, stops_waiting_for_a_reader_when_told_to)
{
	static char line[2048];
	struct outlet *outlet;
	pthread_t thread;
	int ends[2], before = dup(STDOUT_FILENO);
	size_t written = 0, more;

	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	outlet = outlet_open(NULL, OUTLET_EMPTIES);
	cr_assert_not_null(outlet);
	cr_assert_not(outlet_is_file(outlet));
	cr_assert_eq(pthread_create(&thread, NULL, give_up, outlet), 0);
	while ((more = outlet_write(outlet, line, sizeof line)) == sizeof line)
		written += more;
	cr_assert_eq(errno, ETIMEDOUT);
	cr_assert_eq(more, 0);
	pthread_join(thread, NULL);
	cr_assert_gt(written, 0);
	cr_assert_eq(written % sizeof line, 0, "half a line is in the pipe");
	outlet_close(outlet);
	dup2(before, STDOUT_FILENO);
	close(before);
	close(ends[0]);
	close(ends[1]);
}

Test(outlet, tells_that_its_reader_has_gone)
{
	struct outlet *outlet;
	int ends[2], before = dup(STDOUT_FILENO);

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	outlet = outlet_open(NULL, OUTLET_EMPTIES);
	cr_assert_eq(outlet_write(outlet, "line\n", 5), 0);
	cr_assert_eq(errno, EPIPE);
	outlet_close(outlet);
	dup2(before, STDOUT_FILENO);
	close(before);
}
