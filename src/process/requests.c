#define _POSIX_C_SOURCE 200809L

#include "process/requests.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t hung_up, counts_wanted;

static void note_signal(int signal_number)
{
	if (signal_number == SIGHUP)
		hung_up = 1;
	else
		counts_wanted = 1;
}

static void handle(int signal_number)
{
	struct sigaction action, before;

	memset(&action, 0, sizeof(action));
	action.sa_handler = note_signal;
	sigemptyset(&action.sa_mask);
	if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(signal_number, &action, NULL);
}

void requests_listen(void)
{
	handle(SIGHUP);
	handle(SIGUSR1);
}

/* Taken back before it is acted on: a signal that comes meanwhile asks for another time. */
static bool take(volatile sig_atomic_t *request)
{
	bool asked = *request != 0;

	if (asked)
		*request = 0;
	return asked;
}

bool requests_waiting(void)
{
	return hung_up != 0 || counts_wanted != 0;
}

bool requests_reopening(void)
{
	return take(&hung_up);
}

bool requests_counts(void)
{
	return take(&counts_wanted);
}
