/*
 * Client and server of connections whose start was not captured.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core/analyzer.h"

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

/* How the last connection was told. */
struct told {
	enum orientation how;
	uint16_t server_port;
	uint8_t server_host;
};

static void note_flow(void *context, const struct flow_report *report)
{
	struct told *told = context;

	*told = (struct told){
		.how = report->orientation,
		.server_port = report->envelope.port[REPORT_SERVER],
		.server_host = report->envelope.addr[REPORT_SERVER][3],
	};
}

static struct analyzer_config config;
static struct analyzer *analyzer;
static struct told told;
static uint64_t number;

static void begin(void)
{
	static const struct memory memory = {allocate, free};
	struct report_sink sink = {.context = &told, .flow = note_flow};

	analyzer = analyzer_create(&config, &memory, &sink);
	cr_assert_not_null(analyzer);
}

static void set_up(void)
{
	analyzer_config_default(&config);
}

static void tear_down(void)
{
	analyzer_destroy(analyzer);
}

TestSuite(orient, .init = set_up, .fini = tear_down);

/* A segment from 10.0.0.host:port to 10.0.0.peer:peer_port. */
static void send(uint8_t host, uint16_t port, uint8_t peer, uint16_t peer_port, unsigned flags,
		 uint32_t payload_bytes)
{
	uint8_t from[4] = {10, 0, 0, host}, to[4] = {10, 0, 0, peer};
	struct segment segment = {
		.ts_ns = INT64_C(1000000000) * (int64_t)(number + 1),
		.number = number + 1,
		.tuple = {.ip_version = 4},
		.seq = 1000,
		.ack = 5000,
		.payload_bytes = payload_bytes,
		.flags = (uint8_t)flags,
		.window = 1000,
		.window_scale = SEGMENT_NO_WINDOW_SCALE,
	};

	number++;
	segment.from = (uint8_t)tuple_set_ends(&segment.tuple, from, port, to, peer_port);
	analyzer_take(analyzer, &segment);
}

static void finish(void)
{
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
}

Test(orient, nobody_knows)
{
	begin();
	send(2, 5000, 1, 6000, TCP_ACK, 0);
	finish();
	cr_assert_eq(told.how, ORIENTATION_UNKNOWN);
	cr_assert_eq(told.server_host, 2);
}

Test(orient, who_sends_the_first_payload_asks)
{
	begin();
	send(2, 5000, 1, 6000, TCP_ACK, 0);
	send(2, 5000, 1, 6000, TCP_ACK, 9);
	finish();
	cr_assert_eq(told.how, ORIENTATION_PAYLOAD);
	cr_assert_eq(told.server_host, 1);
}

Test(orient, who_meets_more_peers_serves)
{
	begin();
	send(9, 7000, 1, 6000, TCP_ACK, 1);
	send(9, 7000, 2, 6000, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_LEARNED);
	cr_assert_eq(told.server_port, 7000);
}

Test(orient, a_busy_server_keeps_its_place_among_ephemeral_ports)
{
	begin();
	for (uint8_t peer = 1; peer <= 60; peer++)
		send(99, 7000, peer, 6000, TCP_ACK, 1);
	for (uint16_t port = 10000; port < 14000; port++)
		send(100, port, 101, (uint16_t)(port + 10000), TCP_ACK, 1);
	send(99, 7000, 61, 6001, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_LEARNED);
	cr_assert_eq(told.server_port, 7000);
}

Test(orient, the_lower_well_known_port_serves)
{
	begin();
	send(9, 443, 1, 6000, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_PORT);
	cr_assert_eq(told.server_port, 443);
}

Test(orient, who_answered_a_syn_elsewhere_serves)
{
	begin();
	send(9, 7000, 1, 40000, TCP_SYN | TCP_ACK, 0);
	send(2, 80, 9, 7000, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_LEARNED);
	cr_assert_eq(told.server_port, 7000);
}

Test(orient, the_user_knows_best)
{
	config.server_port_count = 1;
	config.server_port[0] = 6000;
	config.server_net_count = 1;
	config.server_net[0] = (struct analyzer_net){{10, 0, 0, 0xff}, 4, 29};
	begin();
	send(9, 443, 200, 5000, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_PORT); /* neither side, by port or network */
	send(9, 443, 249, 5000, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_OPTION);
	cr_assert_eq(told.server_host, 249);
	send(9, 6000, 249, 5000, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_OPTION);
	cr_assert_eq(told.server_port, 6000);
	send(248, 443, 255, 5000, TCP_ACK, 1);
	finish();
	cr_assert_eq(told.how, ORIENTATION_PORT); /* both lie in the network */
}
