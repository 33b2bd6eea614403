/*
 * How many TIME-WAITs are held at once, in all and per (client address, server address, server
 * port, holder), and when a client would run out of ports (each TIME-WAIT that it holds towards one
 * service keeps one port busy).
 *
 * Rates are taken over the ten whole seconds before the current one. A forecast is made when a
 * TIME-WAIT begins, once its key is that old, and the most urgent one stands.
 */
#ifndef TCPBYE_SINK_OCCUPANCY_H
#define TCPBYE_SINK_OCCUPANCY_H

#include "sink/keymap.h"
#include "sink/tally.h"

enum { OCCUPANCY_PORTS_MAX = 1 << 22 };

struct occupancy {
	struct keymap services;
	struct keymap ports; /* (service, client port) pairs met */
	uint64_t held, peak;
	int64_t peak_at_ns;
	int64_t now_ns; /* the latest time told */
	int64_t time_wait_ns;
	unsigned port_capacity;
	uint64_t left_out;
};

void occupancy_init(struct occupancy *occupancy);
void occupancy_release(struct occupancy *occupancy);
void occupancy_take(struct occupancy *occupancy, const struct time_wait_report *report);

/* Fills in the view's time_waits_peak, time_waits_peak_at_ns, occupancy, occupancy_count and
 * occupancy_left_out. */
void occupancy_view(const struct occupancy *occupancy, struct tally_view *view);

#endif
