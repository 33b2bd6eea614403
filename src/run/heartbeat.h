/*
 * What is due by the clock while a live run goes on, however many or few packets there are.
 */
#ifndef TCPBYE_HEARTBEAT_H
#define TCPBYE_HEARTBEAT_H

#include <stdint.h>

/* What may be due (bits). */
enum {
	BEAT_FLUSH = 0x01, /* what was written is to leave now */
	BEAT_STATS = 0x02, /* a stats record */
	BEAT_END = 0x04,   /* the run has lasted as long as it should */
	BEAT_METRICS = 0x08,
	BEAT_ALIVE = 0x10, /* a service manager wants to hear */
	BEAT_STATE = 0x20, /* the state is to be saved */
};

struct heartbeat {
	int64_t start_ns, end_ns; /* of the monotonic clock; end_ns 0: none */
	int64_t flush_ns, stats_ns, metrics_ns, alive_ns, state_ns; /* when next */
	int64_t stats_interval_ns, alive_interval_ns;
};

struct heartbeat_config {
	int64_t stats_interval_ns;
	int64_t alive_interval_ns; /* 0: nobody wants to hear */
	int64_t duration_ns;       /* 0: without end */
};

void heartbeat_start(struct heartbeat *heartbeat, const struct heartbeat_config *config);

/* What is due now; what is repeated is due again an interval later. */
unsigned heartbeat_due(struct heartbeat *heartbeat);

int64_t heartbeat_elapsed_ns(const struct heartbeat *heartbeat);

/* The time of day, in nanoseconds since 1970 UTC. */
int64_t heartbeat_now_ns(void);

#endif
