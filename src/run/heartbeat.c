#define _POSIX_C_SOURCE 200809L

#include "run/heartbeat.h"

#include <stdbool.h>
#include <time.h>

static const int64_t flush_interval_ns = 20 * INT64_C(1000000);

static const int64_t metrics_interval_ns = 10 * INT64_C(1000000000);

static const int64_t state_interval_ns = 60 * INT64_C(1000000000);

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void heartbeat_start(struct heartbeat *heartbeat, const struct heartbeat_config *config)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	*heartbeat = (struct heartbeat){
		.start_ns = now_ns,
		.end_ns = config->duration_ns > 0 ? now_ns + config->duration_ns : 0,
		.flush_ns = now_ns,
		.stats_ns = now_ns + config->stats_interval_ns,
		.stats_interval_ns = config->stats_interval_ns,
		.metrics_ns = now_ns,
		.state_ns = now_ns + state_interval_ns,
		.alive_ns = now_ns,
		.alive_interval_ns = config->alive_interval_ns,
	};
}

/* Beats that were missed are not made up for. */
static bool is_due(int64_t *next_ns, int64_t interval_ns, int64_t now_ns)
{
	if (now_ns < *next_ns)
		return false;
	*next_ns += interval_ns;
	if (*next_ns <= now_ns)
		*next_ns = now_ns + interval_ns;
	return true;
}

unsigned heartbeat_due(struct heartbeat *heartbeat)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
	unsigned due = 0;

	if (is_due(&heartbeat->flush_ns, flush_interval_ns, now_ns))
		due |= BEAT_FLUSH;
	if (is_due(&heartbeat->stats_ns, heartbeat->stats_interval_ns, now_ns))
		due |= BEAT_STATS;
	if (is_due(&heartbeat->metrics_ns, metrics_interval_ns, now_ns))
		due |= BEAT_METRICS;
	if (is_due(&heartbeat->state_ns, state_interval_ns, now_ns))
		due |= BEAT_STATE;
	if (heartbeat->alive_interval_ns > 0 &&
	    is_due(&heartbeat->alive_ns, heartbeat->alive_interval_ns, now_ns))
		due |= BEAT_ALIVE;
	if (heartbeat->end_ns != 0 && now_ns >= heartbeat->end_ns)
		due |= BEAT_END;
	return due;
}

int64_t heartbeat_elapsed_ns(const struct heartbeat *heartbeat)
{
	return clock_ns(CLOCK_MONOTONIC) - heartbeat->start_ns;
}

int64_t heartbeat_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
