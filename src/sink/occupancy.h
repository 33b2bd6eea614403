/*
 * How many ports a client has in use towards one service, how many TIME-WAITs each side holds
 * there, and when the client's ports run out.
 *
 * A port is in use from the SYN on; where the client closes first, TIME-WAIT keeps it busy for
 * longer than the connection did. TIME-WAITs of the server use up no port of the client.
 *
 * Which ports were met is kept in blocks of neighbours, so that a client that comes back from all
 * of its ports soon takes no more memory than it ever will.
 *
 * Rates are taken over the ten whole seconds before the current one. A forecast is made when a port
 * is taken, once its service is that old, and the most urgent one stands.
 */
#ifndef TCPBYE_SINK_OCCUPANCY_H
#define TCPBYE_SINK_OCCUPANCY_H

#include "sink/alarms.h"
#include "sink/keymap.h"
#include "sink/service_use.h"
#include "sink/tally.h"

enum {
	OCCUPANCY_BLOCKS_MAX = 1 << 18,
	OCCUPANCY_USES = 32, /* places for what is counted that are made at once */
	OCCUPANCY_USES_MADE = TALLY_KEYS_MAX / OCCUPANCY_USES,
};

struct occupancy {
	struct keymap services;
	struct service_use *places[OCCUPANCY_USES_MADE]; /* by the index of the service */
	struct keymap ports; /* of clients, by service, in blocks: which ones were met */
	struct holding all;
	int64_t now_ns; /* the latest time told */
	int64_t time_wait_ns;
	unsigned port_capacity;
	uint64_t left_out;
};

void occupancy_init(struct occupancy *occupancy);
void occupancy_guard(struct occupancy *occupancy,
		     const struct hash_key *secret); /* see keymap_guard() */
void occupancy_release(struct occupancy *occupancy);
/* Has the processor fetch what counting a port or a TIME-WAIT of the connection needs (see
 * keymap_prefetch()). */
void occupancy_prefetch(const struct occupancy *occupancy, const struct tuple *tuple,
			unsigned client, enum prefetch_round round);
void occupancy_take_time_wait(struct occupancy *occupancy, const struct time_wait_report *report,
			      struct alarms *alarms);
void occupancy_take_port(struct occupancy *occupancy, const struct port_report *report,
			 struct alarms *alarms);

/* Fills in the view's time_waits_peak, time_waits_peak_at_ns, time_waits_timeline, port_capacity,
 * occupancy, occupancy_count and occupancy_left_out. */
void occupancy_view(const struct occupancy *occupancy, struct tally_view *view);

/* While reading, nothing must have been taken yet. */
void occupancy_archive(struct archive *archive, struct occupancy *occupancy);

#endif
