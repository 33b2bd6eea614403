#define _POSIX_C_SOURCE 200809L

#include "process/stop.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t requested;

/*
 * A signal that comes just before read() begins would not interrupt it; the alarm does so a second
 * later, again and again, since no handler here restarts system calls.
 */
static void note_signal(int signal_number)
{
	(void)signal_number;
	requested = 1;
	alarm(1);
}

static void handle(int signal_number, int flags)
{
	struct sigaction action, before;

	memset(&action, 0, sizeof(action));
	action.sa_handler = note_signal;
	action.sa_flags = flags;
	sigemptyset(&action.sa_mask);
	if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(signal_number, &action, NULL);
}

void stop_listen(void)
{
	handle(SIGALRM, 0);
	handle(SIGINT, (int)SA_RESETHAND);
	handle(SIGTERM, (int)SA_RESETHAND);
}

void stop_at_hangup(void)
{
	handle(SIGHUP, (int)SA_RESETHAND);
}

bool stop_requested(void)
{
	return requested != 0;
}
