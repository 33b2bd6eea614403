#define _POSIX_C_SOURCE 200809L

#include "process/progress.h"

#include <inttypes.h>
#include <time.h>

static const int64_t second_ns = 1000000000;
static const int64_t first_after_ns = 1000000000, then_every_ns = 200000000;

/* The clock is looked at only every so many packets. */
enum { PACKETS_BETWEEN_LOOKS = 256 };

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * second_ns + now.tv_nsec;
}

void progress_start(struct progress *progress, FILE *terminal)
{
	*progress = (struct progress){.terminal = terminal};
	progress->start_ns = monotonic_ns();
	progress->next_ns = progress->start_ns + first_after_ns;
}

bool progress_due_now(const struct progress *progress)
{
	return progress->terminal != NULL && monotonic_ns() >= progress->next_ns;
}

bool progress_due(struct progress *progress, unsigned packets)
{
	if (progress->terminal == NULL)
		return false;
	progress->packets += packets;
	if (progress->packets < PACKETS_BETWEEN_LOOKS)
		return false;
	progress->packets = 0;
	return progress_due_now(progress);
}

/* "1:02:03, " */
static void show_time(FILE *terminal, double elapsed_s)
{
	uint64_t elapsed = (uint64_t)elapsed_s;

	fprintf(terminal, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ", ", elapsed / 3600,
		elapsed / 60 % 60, elapsed % 60);
}

static void show_share(FILE *terminal, const struct progress_state *state, int64_t elapsed_ns)
{
	double share = (double)state->done_bytes / (double)state->whole_bytes;
	double left_s =
		share > 0 ? (double)elapsed_ns / (double)second_ns * (1 - share) / share : 0;
	uint64_t left = left_s > 0 ? (uint64_t)left_s : 0;

	fprintf(terminal, "%3.0f %%, %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " left, ", share * 100,
		left / 3600, left / 60 % 60, left % 60);
}

void progress_show(struct progress *progress, const struct progress_state *state)
{
	int64_t now_ns = monotonic_ns();
	int64_t elapsed_ns = now_ns - progress->start_ns;
	double elapsed_s = (double)elapsed_ns / (double)second_ns;

	fputs("\r\033[K", progress->terminal);
	if (state->live)
		show_time(progress->terminal, elapsed_s);
	else if (state->whole_bytes != 0 && state->done_bytes <= state->whole_bytes)
		show_share(progress->terminal, state, elapsed_ns);
	fprintf(progress->terminal, "%" PRIu64 " packets, %.0f packets/s", state->packets,
		(double)state->packets / elapsed_s);
	if (state->live)
		fprintf(progress->terminal,
			", %" PRIu64 " open, %" PRIu64 " anomalies, %" PRIu64 " dropped",
			state->connections, state->anomalies, state->dropped);
	fflush(progress->terminal);
	progress->shown = true;
	progress->next_ns = now_ns + then_every_ns;
}

void progress_hide(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", progress->terminal);
	fflush(progress->terminal);
	progress->shown = false;
}
