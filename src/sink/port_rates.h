/*
 * How many ports of a client were taken and freed towards a service, and how many TIME-WAITs it
 * began there, in each of the latest seconds: what a forecast is made from.
 */
#ifndef TCPBYE_SINK_PORT_RATES_H
#define TCPBYE_SINK_PORT_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/archive.h"

enum { PORT_RATES_SECONDS = 10, PORT_RATES_BUCKETS = PORT_RATES_SECONDS + 1 };

/* Begins all zero; by second modulo PORT_RATES_BUCKETS. */
struct port_rates {
	uint32_t taken[PORT_RATES_BUCKETS], freed[PORT_RATES_BUCKETS]; /* ports */
	uint32_t waits[PORT_RATES_BUCKETS]; /* TIME-WAITs begun by the client */
	int64_t second;                     /* the current one */
	int64_t first_second;               /* when the first port was taken */
	bool begun;
};

/* The whole seconds since 1970, also before it. */
int64_t port_rates_second(int64_t ts_ns);

/* Where the current second counts. */
size_t port_rates_bucket(const struct port_rates *rates);

/* Forgets the seconds that have left the window. */
void port_rates_pass(struct port_rates *rates, int64_t second);

/* What the ten seconds before the current one counted. */
uint64_t port_rates_sum(const struct port_rates *rates, const uint32_t counts[PORT_RATES_BUCKETS]);

void port_rates_archive(struct archive *archive, struct port_rates *rates);

#endif
