/*
 * A scenario: one .pkt file read into segments, ticks and the states that its author expects.
 *
 * The language stands in tests/scenario/README.md. A scenario is a plain value: it can be fed to
 * the core, written out as a capture, or changed by a property test before either. Endpoint A is
 * the client, B the server.
 */
#ifndef TCPBYE_TESTS_SCENARIO_H
#define TCPBYE_TESTS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/segment.h"
#include "core/words.h"

enum {
	SCENARIO_A = 0,
	SCENARIO_B = 1,
	SCENARIO_ERROR_MAX = 512,
	SCENARIO_OPTIONS_MAX = 16,
	SCENARIO_WORD_MAX = 64,
	SCENARIO_ETHERNET_BYTES = 14,
	SCENARIO_TICK_BYTES = 60,
	SCENARIO_SNAPLEN_MAX = 66000,
	SCENARIO_IPV4_BYTES = 20,
	SCENARIO_FIRST_FRAGMENT_BYTES = 64, /* of TCP, header and all: a multiple of 8 */
	SCENARIO_GRE_BYTES = 20 + 8,        /* IPv4, and GRE with a key */
	SCENARIO_VXLAN_BYTES =
		20 + 8 + 8 + SCENARIO_ETHERNET_BYTES, /* IPv4, UDP, VXLAN, Ethernet */
	SCENARIO_EXTENSION_BYTES = 16, /* hop-by-hop and destination options of `ipv6 extended` */
};

/* What the frames of a scenario are carried in. */
enum scenario_tunnel { SCENARIO_NO_TUNNEL, SCENARIO_GRE, SCENARIO_VXLAN };

enum scenario_network { SCENARIO_IPV4, SCENARIO_IPV6, SCENARIO_IPV6_EXTENDED };

/* One frame: a segment, or a tick, which is a frame of another protocol that only lets time pass.
 */
struct scenario_event {
	unsigned line; /* in the file; 0: made by a prelude */
	bool is_tick;
	bool behind_nat;        /* A has another address and port: scenario_readdress() */
	bool fragmented;        /* two frames, of which the second completes the packet */
	bool no_total_length;   /* the IPv4 header's length is 0, as before segmentation offload */
	uint8_t sender;         /* SCENARIO_A or SCENARIO_B */
	struct segment segment; /* of a tick only ts_ns and number */
	enum state state[2];    /* of A and B after it; STATE_NULL: not checked */
};

struct scenario {
	size_t count;
	size_t second_fragments; /* frames beside those of the events */
	struct scenario_event *event;
	enum scenario_network network;
	enum scenario_tunnel tunnel;
	uint32_t tunnel_id;
	int64_t origin_ns; /* from which @ counts at the end: the prelude's last packet, or the last
			      mark */
	uint32_t snaplen_bytes; /* the capture holds no more of a frame */
	bool offloaded[2];      /* A's, B's checksums are left to the card, as seen on that host */
	unsigned option_count;
	char option[SCENARIO_OPTIONS_MAX][SCENARIO_WORD_MAX]; /* for the command line */
};

struct scenario_error {
	char text[SCENARIO_ERROR_MAX];
};

/* Reads a file. NULL with `error` filled in ("file:line: what") when it cannot. Release with
 * scenario_free(). */
struct scenario *scenario_read(const char *path, struct scenario_error *error);
void scenario_free(struct scenario *scenario);

/* A copy of its own, for a test to change. NULL when there is no memory. */
struct scenario *scenario_copy(const struct scenario *scenario);

/*
 * Gives A and B these addresses (4 or 16 bytes by `ip_version`) and ports, in every segment. Behind
 * the NAT, the first bit of A's last byte is turned and its port is 1000 higher.
 */
void scenario_readdress(struct scenario *scenario, uint8_t ip_version, const uint8_t *a,
			uint16_t a_port, const uint8_t *b, uint16_t b_port);

#endif
