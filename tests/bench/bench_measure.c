/*
 * Runs a command and says what it took, as one line of JSON on standard error's place, file
 * descriptor 3.
 *
 *     bench_measure COMMAND [ARGUMENT...] 3>FILE
 *
 * A small program, since the peak memory of a child counts from what its parent had when it was
 * forked. The exit status is 0 where the command was run, whatever became of it.
 */
#define _DEFAULT_SOURCE /* wait4() */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REPORT_FD = 3 };

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(char **command)
{
	close(REPORT_FD);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	double begin_s = monotonic_s();
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 2) {
		fputs("usage: bench_measure COMMAND [ARGUMENT...] 3>FILE\n", stderr);
		return 2;
	}
	child = fork();
	if (child == 0)
		run(argv + 1);
	if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
		perror("bench_measure");
		return 1;
	}
	dprintf(REPORT_FD,
		"{\"wall_s\":%.6f,\"user_s\":%.6f,\"system_s\":%.6f,\"peak_kib\":%ld,"
		"\"status\":%d}\n",
		monotonic_s() - begin_s, seconds_of(usage.ru_utime), seconds_of(usage.ru_stime),
		usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
