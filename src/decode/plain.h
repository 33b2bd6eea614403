/*
 * The straight way through the layers for frames that are what nearly all are.
 *
 * Plain is Ethernet without tags, with IPv4 that has no options and is no fragment, with TCP whose
 * header was captured to its end and holds no option, or nothing but time stamps as RFC 7323
 * (appendix A) lays them out. Of such a frame every field stands at a place that is known
 * beforehand, and no layer above or below can change what it means; so the segment, the verdict and
 * the counters are those of the general way, byte by byte. Checksums are verified on the general
 * way alone.
 */
#ifndef TCPBYE_DECODE_PLAIN_H
#define TCPBYE_DECODE_PLAIN_H

#include "decode/decode.h"

/* Decodes and counts a plain frame, which is TCP. False: it must go the general way, and neither
 * the segment nor a counter was changed. */
bool decode_plain(const struct frame *frame, unsigned depth, struct segment *segment,
		  struct decode_counters *counters);

#endif
