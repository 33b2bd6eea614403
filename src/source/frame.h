/*
 * One frame as a source lends it: time, link type and bytes. Valid until the next one is asked for.
 */
#ifndef TCPBYE_SOURCE_FRAME_H
#define TCPBYE_SOURCE_FRAME_H

#include <stdint.h>

struct frame {
	int64_t ts_ns;   /* nanoseconds since 1970 UTC */
	uint64_t number; /* 1-based within its source, as Wireshark numbers frames */
	const uint8_t *bytes;
	uint32_t captured_bytes; /* how many of them there are */
	uint32_t wire_bytes;     /* how long the frame was */
	uint16_t linktype;       /* LINKTYPE_* as in files */
	uint16_t source;         /* which of the run's sources */
	uint32_t interface;      /* the pcapng file's number of it; 0 where there is only one */
};

#endif
