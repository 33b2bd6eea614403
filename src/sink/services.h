/*
 * What each service (server address and port) did across its connections: who closes first, who has
 * to hold TIME-WAIT, and how many of those that its clients closed it forgot in CLOSE-WAIT.
 */
#ifndef TCPBYE_SINK_SERVICES_H
#define TCPBYE_SINK_SERVICES_H

#include "sink/alarms.h"
#include "sink/keymap.h"
#include "sink/tally.h"

struct services {
	struct keymap map;
	void *last; /* the entry counted last */
	uint64_t left_out;
};

void services_init(struct services *services);
void services_guard(struct services *services,
		    const struct hash_key *secret); /* see keymap_guard() */
void services_release(struct services *services);

/* Counts one connection, and raises what it makes true of its service. */
void services_take(struct services *services, const struct flow_report *report,
		   struct alarms *alarms);

/* Fills in the view's service, service_count and services_left_out. */
void services_view(const struct services *services, struct tally_view *view);

/* While reading, nothing must have been taken yet. */
void services_archive(struct archive *archive, struct services *services);

#endif
