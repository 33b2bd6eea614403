/*
 * From the bytes of a frame to a segment, or to the reason why there is none.
 *
 * Pure: no I/O, no allocation, no globals. Every length is checked before it is believed.
 *
 * Link types: Ethernet II and IEEE 802.3 with LLC or SNAP, raw IP, Linux cooked v1 and v2, BSD
 * loopback (NULL and LOOP), PPP, PPP or Cisco HDLC, IP over InfiniBand, Juniper's Ethernet, ARCNET,
 * Token Ring, FDDI, NFLOG, and IEEE 802.11 by itself or behind radiotap or PPI. Behind an
 * EtherType: up to 8 tags of VLANs (the outermost 3 with an id are kept) and virtual ports
 * (VN-tag), MPLS, and PPPoE sessions. IPv4 with options, IPv6 with extension headers, AH.
 *
 * Tunnels, up to 4 deep, where the innermost addresses are the connection's: IP in IP of all
 * versions, GRE, ERSPAN of all types, and Ethernet in Ethernet (PBB, IEEE 802.1ah); inside of UDP,
 * by its port and only if the headers fit, VXLAN, Geneve, GTP-U, L2TPv2 and Teredo. Whatever else
 * UDP carries is another protocol.
 *
 * Fragments are put together with decode_reassembling(): the frame that completes a packet is TCP,
 * the others count as fragments. By itself, or where the rest does not come, a first fragment is
 * read if it holds the whole TCP header.
 *
 * Of the payload, if asked, the first bytes are told apart (enum payload_look), and never kept.
 */
#ifndef TCPBYE_DECODE_H
#define TCPBYE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/segment.h"

/* What one frame turned out to be; every frame is exactly one of these. */
enum decode_verdict {
	DECODE_TCP,       /* the segment is filled in */
	DECODE_NOT_TCP,   /* another protocol */
	DECODE_FRAGMENT,  /* part of an IP packet that cannot be read alone */
	DECODE_TRUNCATED, /* the capture cut it before the TCP acknowledgement number and flags */
	DECODE_INVALID,   /* its own lengths contradict each other */
	DECODE_VERDICT_COUNT
};

/* Counters of the records' `decoder` object; frames = sum of by_verdict. All the others count
 * frames too. */
struct decode_counters {
	uint64_t frames;
	uint64_t bytes; /* of the frames on the wire */
	uint64_t by_verdict[DECODE_VERDICT_COUNT];
	uint64_t ipv4, ipv6;   /* by the outermost IP header */
	uint64_t vlan;         /* with at least one VLAN id */
	uint64_t tunnel;       /* behind the envelope of at least one tunnel */
	uint64_t reassembled;  /* TCP, put together with fragments that came before */
	uint64_t bad_checksum; /* see SEGMENT_BAD_CHECKSUM */
};

struct frame;      /* source/frame.h */
struct reassembly; /* decode/reassembly.h */

/* What is looked at besides headers (bits). */
enum {
	DECODE_HEADERS_ONLY = 0,
	DECODE_VERIFY_CHECKSUMS = 0x01,
	DECODE_LOOK_AT_PAYLOAD = 0x02, /* at its first DECODE_LOOK_BYTES bytes */
	DECODE_LONG_WAY = 0x04, /* plain frames go the general way, too: for tests that compare */
	DECODE_LOOK_BYTES = 1536,
};

/* True if frames of this link type (LINKTYPE_* value as in files) can be decoded. */
bool decode_knows_linktype(unsigned linktype);

/*
 * Decodes one frame and counts it. `depth` is of DECODE_* bits. `segment` means something only with
 * DECODE_TCP; ts_ns, number and source are taken from the frame. A checksum is verified only where
 * the whole segment was captured and its IP header tells all that the sum covers; else it is
 * neither good nor bad.
 */
enum decode_verdict decode_frame(const struct frame *frame, unsigned depth, struct segment *segment,
				 struct decode_counters *counters);

/*
 * The same with fragments put together. With DECODE_FRAGMENT, a segment that has the mark
 * SEGMENT_FRAGMENT tells by `tuple` and `from` which connection the fragment belongs to; without
 * that mark it is not known, or not yet.
 */
enum decode_verdict decode_reassembling(struct reassembly *reassembly, const struct frame *frame,
					unsigned depth, struct segment *segment,
					struct decode_counters *counters);

/*
 * To be asked, until it says no, before each frame with the frame's time and at the end with
 * INT64_MAX: gives a segment whose frame was counted as a fragment, and the rest of which has not
 * come in time; the frame counts as TCP instead.
 */
bool decode_overdue(struct reassembly *reassembly, int64_t now_ns, struct segment *segment,
		    struct decode_counters *counters);

#endif
