/*
 * Frames that go the express way (pipeline/express.h), from their bytes to the stretch of their
 * connection, without a segment being put together.
 */
#ifndef TCPBYE_RUN_EXPRESS_FRAMES_H
#define TCPBYE_RUN_EXPRESS_FRAMES_H

#include "pipeline/express.h"
#include "source/frame.h"

/* What there is before the frames, and what they have changed. */
struct express_trip {
	unsigned depth;  /* of decoding: DECODE_* */
	uint16_t before; /* sources of earlier runs: those of the frames count on from there */
	int64_t now_ns;  /* the time of the frame before; here a time is believed that is near */
	int64_t last_ns; /* the latest time of all */
	uint64_t wire_bytes; /* of the frames taken; added up */
};

/* Takes as many of the frames, from the first on, as may go that way; returns how many. */
unsigned express_frames(struct express *express, struct express_trip *trip,
			const struct frame *frames, unsigned count);

#endif
