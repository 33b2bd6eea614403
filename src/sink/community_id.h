/*
 * The Community ID of a connection, version 1: one name for it in all tools that compute it.
 */
#ifndef TCPBYE_SINK_COMMUNITY_ID_H
#define TCPBYE_SINK_COMMUNITY_ID_H

#include <stdint.h>

#include "core/report.h"

enum { COMMUNITY_ID_MAX = 31 }; /* "1:", 28 characters of base64, the end */

struct community_id {
	char text[COMMUNITY_ID_MAX];
};

/* The same for both directions; differs by seed. */
struct community_id community_id(const struct report_envelope *envelope, uint16_t seed);

#endif
