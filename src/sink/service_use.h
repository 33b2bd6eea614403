/*
 * What is counted of one client and one service: ports in use, TIME-WAITs held by each side, and
 * when the ports run out.
 *
 * It takes 832 bytes; what it counts can be noted instead, in 16 bytes an event, and be counted
 * later: counting the notes in their order gives the same.
 */
#ifndef TCPBYE_SINK_SERVICE_USE_H
#define TCPBYE_SINK_SERVICE_USE_H

#include <stddef.h>

#include "core/archive.h"
#include "core/words.h"
#include "sink/port_rates.h"
#include "sink/series.h"
#include "sink/tally.h"

/* TIME-WAITs held at once. */
struct holding {
	uint64_t held, peak;
	int64_t peak_at_ns;
	struct series timeline;
	bool piled_up; /* the anomaly was raised */
};

enum use_event {
	PORT_TAKEN,  /* by a connection that was seen to open */
	PORT_IN_USE, /* by another one */
	PORT_FREED,
	CLIENT_WAITS, /* TIME-WAIT begins */
	CLIENT_WAITED,
	SERVER_WAITS,
	SERVER_WAITED,
};

struct use_note {
	int64_t now_ns;
	uint16_t port; /* the client's, of PORT_TAKEN and PORT_IN_USE */
	uint8_t event;
};

/* Begins all zero. */
struct service_use {
	uint32_t number; /* by which the caller knows it */
	bool exhausted;
	bool ports_left_out; /* some port found no room: ports are not counted any more */
	uint64_t in_use, in_use_peak;
	int64_t in_use_peak_at_ns;
	uint64_t ports_seen;
	struct tally_forecast forecast;
	struct port_rates rates;
	struct holding holding[2]; /* of WHO_CLIENT, of WHO_SERVER */
};

/* What comes first in it, which nearly every event asks for. */
#define SERVICE_USE_BUSY_BYTES (offsetof(struct service_use, holding[0].timeline.most))

/* What happened, but for which port it was. */
void service_use_count(struct service_use *use, const struct use_note *note);

static inline bool use_note_takes_port(const struct use_note *note)
{
	return note->event == PORT_TAKEN || note->event == PORT_IN_USE;
}

/* Judges when so many ports run out, where a TIME-WAIT lasts so long; the nearest time stands. */
void service_use_forecast(struct service_use *use, int64_t now_ns, unsigned port_capacity,
			  int64_t time_wait_ns);

/* A TIME-WAIT begins or ends. */
enum holding_change { HOLDING_BEGINS, HOLDING_ENDS };
void holding_tell(struct holding *holding, int64_t now_ns, enum holding_change change);

void service_use_archive(struct archive *archive, struct service_use *use);
void holding_archive(struct archive *archive, struct holding *holding);

#endif
