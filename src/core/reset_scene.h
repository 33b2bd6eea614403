/*
 * What is known about an accepted reset, gathered once: what the anomalies that it raises and the
 * explanations of the end rest on.
 */
#ifndef TCPBYE_CORE_RESET_SCENE_H
#define TCPBYE_CORE_RESET_SCENE_H

#include "core/context.h"

enum { KEEPALIVES_FAILED = 3 }; /* so many probes in a row without an answer */

struct reset_scene {
	unsigned from;
	const struct endpoint *sender, *receiver;
	struct trace by;
	const struct trace *trigger; /* the peer's payload that it answers, or NULL */
	bool both_closed;
	bool keepalive_race; /* it answers a request that crossed the sender's FIN (RFC 9112, 9.5)
			      */
	bool stale_write;    /* it answers a request written after the sender's FIN had come */
	bool gave_up;        /* nothing that its sender repeated was answered any more */
	bool farewell; /* nothing but a TLS alert came after its sender's FIN (RFC 8446, 6.1) */
	bool harmless; /* no payload was ever sent, or Multipath TCP ends an orderly connection */
};

struct reset_scene reset_scene_of(const struct flow *flow);

/* Its acknowledgement number lies beyond all that its receiver sent. */
bool reset_scene_bad_ack(const struct reset_scene *scene);

/* Payload of the peer that the application of the resetting side may not have read (RFC
 * 2525, 2.17). */
bool reset_scene_maybe_unread(const struct reset_scene *scene);

/* How long no payload had flowed before the close that the request met. */
int64_t reset_scene_request_idle_ns(const struct flow *flow, const struct reset_scene *scene);

#endif
