/*
 * What each host did across its connections: closes begun, TIME-WAITs held, resets sent, also in
 * place of a FIN, stays in CLOSE-WAIT.
 */
#ifndef TCPBYE_SINK_HOSTS_H
#define TCPBYE_SINK_HOSTS_H

#include "sink/alarms.h"
#include "sink/keymap.h"
#include "sink/tally.h"

struct hosts {
	struct keymap map;
	void *last[2]; /* entries counted last, of [REPORT_CLIENT], [REPORT_SERVER] */
	uint64_t left_out;
};

void hosts_init(struct hosts *hosts);
void hosts_guard(struct hosts *hosts, const struct hash_key *secret); /* see keymap_guard() */
void hosts_release(struct hosts *hosts);

/* Has the processor fetch what counting a connection of the host needs first. */
void hosts_prefetch(const struct hosts *hosts, uint8_t ip_version, const uint8_t addr[16]);

/* Counts one connection, and raises what it makes true of its hosts. */
void hosts_take(struct hosts *hosts, const struct flow_report *report, struct alarms *alarms);

/* Fills in the view's host, host_count and hosts_left_out. */
void hosts_view(const struct hosts *hosts, struct tally_view *view);

/* While reading, nothing must have been taken yet. */
void hosts_archive(struct archive *archive, struct hosts *hosts);

#endif
