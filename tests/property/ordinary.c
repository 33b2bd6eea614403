/*
 * The short way of ordinary connections (core/ordinary.h), and the records that are made of their
 * diaries (core/diary.h), give what the long way gives: the same random connections through two
 * analyzers, of which one knows only the long way.
 *
 * usage: ordinary ROUNDS
 *
 * Most segments are what an ordinary connection sends next; now and then one is anything but. After
 * each, the two records of its connection are compared; and in the end all that left the core, but
 * for steps, of which nobody may ask here: flow records, anomalies, ports that are taken and freed,
 * TIME-WAITs that begin and end. In some rounds there is room for few flows, so that the others are
 * evicted.
 *
 * Exit status: 0 all rounds gave the same; 1 one did not, and both outputs are printed around
 * the first difference; 2 could not be run.
 */
#define _POSIX_C_SOURCE 200809L

#include "core/context.h"
#include "sink/sink.h"
#include "support/dice.h"
#include "support/same_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 12, STEPS = 3000, SHOWN = 1200, BEFORE = 600 };

/* An analyzer, and what it told. */
struct witness {
	struct analyzer *analyzer;
	struct sink *sink;
	FILE *file;
	char *text;
	size_t text_bytes;
};

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct witness *witness = context;

	if (!witness->sink->flow(witness->sink, report))
		exit(2);
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct witness *witness = context;

	if (!witness->sink->anomaly(witness->sink, report))
		exit(2);
}

static void write_envelope(FILE *file, const struct report_envelope *envelope)
{
	fprintf(file,
		" %lld %llu %llu %u %u %u %d.%d.%d.%d %u %d.%d.%d.%d %u %d %u %u %u %u %lld %d\n",
		(long long)envelope->ts_ns, (unsigned long long)envelope->flow_id,
		(unsigned long long)envelope->number, envelope->source, envelope->ip_version,
		envelope->vlan_count, envelope->addr[0][0], envelope->addr[0][1],
		envelope->addr[0][2], envelope->addr[0][3], envelope->port[0], envelope->addr[1][0],
		envelope->addr[1][1], envelope->addr[1][2], envelope->addr[1][3], envelope->port[1],
		envelope->birth.seen, envelope->birth.iss[0], envelope->birth.iss[1],
		envelope->birth.ttl[0], envelope->birth.ttl[1], (long long)envelope->birth.ts_ns,
		(int)envelope->orientation);
}

static void on_time_wait(void *context, const struct time_wait_report *report)
{
	struct witness *witness = context;

	fprintf(witness->file, "time_wait %d %d", (int)report->holder, report->begins);
	write_envelope(witness->file, &report->envelope);
}

static void on_port(void *context, const struct port_report *report)
{
	struct witness *witness = context;

	fprintf(witness->file, "port %d %d", report->taken, report->opened);
	write_envelope(witness->file, &report->envelope);
}

static void open_witness(struct witness *witness, const struct analyzer_config *config)
{
	static const struct memory memory = {allocate, free};
	static const char *const name[] = {"capture"};
	const struct sink_config sink_config = {
		.events = EVENT_FLOW | EVENT_ANOMALY,
		.tstamp_digits = 9,
		.source_count = 1,
		.source_name = name,
	};
	const struct report_sink sink = {
		.context = witness,
		.flow = on_flow,
		.anomaly = on_anomaly,
		.time_wait = on_time_wait,
		.port = on_port,
	};

	witness->file = open_memstream(&witness->text, &witness->text_bytes);
	if (witness->file == NULL)
		exit(2);
	witness->sink = sink_json_create(&sink_config, SINK_NDJSON, witness->file);
	witness->analyzer = analyzer_create(config, &memory, &sink);
	if (witness->sink == NULL || witness->analyzer == NULL)
		exit(2);
}

static void close_witness(struct witness *witness)
{
	const struct run_report run = {0};
	struct analyzer_stats stats;

	analyzer_finish(witness->analyzer, FINISH_CAPTURE_END);
	analyzer_stats(witness->analyzer, &stats);
	witness->sink->summary(witness->sink, &run);
	fprintf(witness->file, "%llu flows, %llu evicted, %llu ignored, %llu TIME-WAITs at most\n",
		(unsigned long long)stats.flows_total, (unsigned long long)stats.flows_evicted,
		(unsigned long long)stats.ignored, (unsigned long long)stats.time_waits_peak);
	fprintf(witness->file, "%llu flows left, in %llu bytes\n",
		(unsigned long long)stats.flows_active, (unsigned long long)stats.memory_bytes);
	analyzer_destroy(witness->analyzer);
	witness->sink->destroy(witness->sink);
	fclose(witness->file);
}

enum phase { UNUSED, SYN_SENT, ANSWERED, OPEN, CLOSING, HALF_CLOSED, CLOSED_BOTH, OVER };

struct connection {
	struct segment next[2]; /* what either side's next segment has in common with the last */
	enum phase phase;
	unsigned closer;
};

struct traffic {
	struct dice dice;
	struct connection connection[CONNECTIONS];
	struct segment last; /* of any connection */
	int64_t now_ns;
	uint64_t number;
	unsigned ports; /* that were used so far */
	bool wild;      /* a round of many twists */
	bool fine;      /* times are no whole microseconds */
	struct witness *witness;
};

/* The record of the segment's flow as it stands now: false where there is none. */
static bool find_record(const struct witness *witness, const struct segment *segment,
			struct flow *record)
{
	const struct analyzer *analyzer = witness->analyzer;
	uint32_t handle =
		flow_table_find(&analyzer->table, &segment->tuple, core_hash(analyzer, segment));

	if (handle != POOL_NONE)
		flow_table_copy(&analyzer->table, handle, record);
	return handle != POOL_NONE;
}

/* Not only what is told in the end: the records say the same after every segment. */
static void compare_records(const struct traffic *traffic, const struct segment *segment)
{
	struct flow record[2];
	bool found[2];

	for (unsigned i = 0; i < 2; i++)
		found[i] = find_record(&traffic->witness[i], segment, &record[i]);
	if (found[0] != found[1] || (found[0] && !same_record(&record[0], &record[1])))
		fprintf(traffic->witness[0].file, "another record after frame %llu\n",
			(unsigned long long)segment->number);
}

static void give(struct traffic *traffic, struct segment segment)
{
	segment.ts_ns = traffic->now_ns;
	segment.number = ++traffic->number;
	traffic->last = segment;
	for (unsigned i = 0; i < 2; i++)
		analyzer_take(traffic->witness[i].analyzer, &segment);
	compare_records(traffic, &segment);
}

static void begin(struct traffic *traffic, unsigned index)
{
	struct dice *dice = &traffic->dice;
	struct connection *connection = &traffic->connection[index];
	const uint8_t client[4] = {10, 0, (uint8_t)(index % 3), (uint8_t)(1 + index)};
	static const uint8_t server[4] = {9, 0, 2, 1};
	bool stamped = dice_throw(dice, 3) != 0;
	bool checked = dice_throw(dice, 8) == 0;
	uint16_t port =
		(uint16_t)(10000 +
			   (dice_throw(dice, 8) == 0 ? index : CONNECTIONS + traffic->ports++));

	*connection = (struct connection){.phase = UNUSED};
	for (unsigned side = 0; side < 2; side++) {
		struct segment *next = &connection->next[side];
		unsigned from;

		*next = (struct segment){
			.tuple.ip_version = 4,
			.window = (uint16_t)(1000 + dice_throw(dice, 64000)),
			.window_scale = SEGMENT_NO_WINDOW_SCALE,
			.ttl = (uint8_t)(64 - dice_throw(dice, 2)),
			.link = dice_throw(dice, 3),
			.ip_id = (uint16_t)dice_throw(dice, 3),
			.marks = (uint16_t)((stamped ? SEGMENT_TIMESTAMPS : 0) |
					    (checked ? SEGMENT_GOOD_CHECKSUM : 0)),
			.seq = dice_throw(dice, UINT32_MAX),
		};
		from = tuple_set_ends(&next->tuple, client, port, server, index % 2 ? 80 : 50000);
		next->from = (uint8_t)(side == 0 ? from : 1 - from);
	}
}

/* Mostly microseconds and milliseconds; now and then a second, or minutes. A clock that begins at 0
 * stands still at first. */
static void pass_time(struct traffic *traffic)
{
	static const uint32_t range_us[] = {100, 100, 2000, 2000, 20000, 20000, 300000};
	struct dice *dice = &traffic->dice;
	int64_t step_ns = (int64_t)dice_throw(dice, range_us[dice_throw(dice, 7)]) * 1000;

	if (traffic->now_ns == 0 && traffic->number < CONNECTIONS)
		return;
	if (traffic->fine)
		step_ns += dice_throw(dice, 1000);
	if (dice_throw(dice, 100) == 0)
		step_ns += (int64_t)dice_throw(dice, 100) * 1000000000;
	if (traffic->wild && dice_throw(dice, 100) == 0)
		step_ns = -step_ns;
	traffic->now_ns += step_ns;
}

/* The segment that this side would ordinarily send, by the connection's phase. */
static struct segment ordinary(struct traffic *traffic, struct connection *connection,
			       unsigned side)
{
	struct dice *dice = &traffic->dice;
	struct segment segment = connection->next[side];
	const struct segment *peer = &connection->next[1 - side];

	segment.flags = TCP_ACK;
	segment.ack = peer->seq;
	if (segment.ip_id != 0 || dice_throw(dice, 50) == 0)
		segment.ip_id = (uint16_t)dice_throw(dice, 60000);
	if ((segment.marks & SEGMENT_TIMESTAMPS) != 0) {
		segment.tsval = (uint32_t)(traffic->now_ns / 1000000);
		segment.tsecr = peer->tsval;
	}
	if (connection->phase == UNUSED || connection->phase == SYN_SENT) {
		segment.flags = connection->phase == UNUSED ? TCP_SYN : TCP_SYN | TCP_ACK;
		segment.ack = connection->phase == UNUSED ? 0 : peer->seq;
		segment.tsecr = connection->phase == UNUSED ? 0 : segment.tsecr;
		segment.window_scale = dice_throw(dice, 4) ? (uint8_t)dice_throw(dice, 9)
							   : SEGMENT_NO_WINDOW_SCALE;
		segment.mss = dice_throw(dice, 4) ? 1460 : 0;
	} else if (connection->phase == OPEN && dice_throw(dice, 8) == 0) {
		segment.flags = TCP_FIN | TCP_ACK;
		segment.payload_bytes = dice_throw(dice, 4) == 0 ? 1 + dice_throw(dice, 1000) : 0;
	} else if (connection->phase == OPEN && dice_throw(dice, 4) != 0) {
		segment.payload_bytes = 1 + dice_throw(dice, 1460);
		segment.look =
			(uint8_t)(dice_throw(dice, 3) == 0 ? dice_throw(dice, PAYLOAD_TLS_SHORT + 1)
							   : 0);
	} else if (connection->phase == HALF_CLOSED ||
		   (connection->phase == CLOSING && dice_throw(dice, 3) == 0)) {
		segment.flags = TCP_FIN | TCP_ACK;
	}
	if (dice_throw(dice, 3) == 0 && segment.flags != TCP_SYN)
		segment.flags |= TCP_PSH;
	segment.frame_bytes = 54 + segment.payload_bytes + (segment.tsval != 0 ? 12 : 0);
	return segment;
}

/* Whose turn it is. */
static unsigned speaker(struct traffic *traffic, const struct connection *connection)
{
	switch (connection->phase) {
	case UNUSED:
	case ANSWERED:
		return 0;
	case SYN_SENT:
		return 1;
	case CLOSING:
	case HALF_CLOSED:
		return 1 - connection->closer;
	case CLOSED_BOTH:
		return connection->closer;
	default:
		return dice_throw(&traffic->dice, 2);
	}
}

static void go_on(struct connection *connection, unsigned side, const struct segment *segment)
{
	bool fin = (segment->flags & TCP_FIN) != 0;

	connection->next[side].seq = segment_end(segment);
	connection->next[side].tsval = segment->tsval;
	switch (connection->phase) {
	case UNUSED:
	case SYN_SENT:
	case ANSWERED:
		connection->phase++;
		break;
	case OPEN:
		connection->closer = side;
		connection->phase = fin ? CLOSING : OPEN;
		break;
	case CLOSING:
		connection->phase = fin ? CLOSED_BOTH : HALF_CLOSED;
		break;
	case HALF_CLOSED:
	case CLOSED_BOTH:
		connection->phase++;
		break;
	case OVER:
		break;
	}
}

static void twist(struct traffic *traffic, struct segment *segment)
{
	static const uint16_t marks[] = {
		SEGMENT_CUT,         SEGMENT_BAD_CHECKSUM,  SEGMENT_FRAGMENT,  SEGMENT_MULTIPATH,
		SEGMENT_BAD_OPTIONS, SEGMENT_GOOD_CHECKSUM, SEGMENT_DSACK,     SEGMENT_TIMESTAMPS,
		SEGMENT_FAST_OPEN,   SEGMENT_FAST_CLOSE,    SEGMENT_WRONG_TIME};
	static const uint8_t flags[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK,
					TCP_FIN,           TCP_RST,           TCP_RST | TCP_ACK,
					TCP_ACK | TCP_URG, TCP_ACK | TCP_ECE, 0};
	struct dice *dice = &traffic->dice;

	switch (dice_throw(dice, 22)) {
	case 0:
		segment->seq -= 1 + dice_throw(dice, 2000);
		break;
	case 1:
		segment->seq += 1 + dice_throw(dice, 2000);
		break;
	case 2:
		segment->ack -= 1 + dice_throw(dice, 2000);
		break;
	case 3:
		segment->ack += 1 + dice_throw(dice, 2000);
		break;
	case 4:
		segment->seq -= 1;
		segment->payload_bytes = dice_throw(dice, 2);
		break;
	case 5:
		segment->window = (uint16_t)dice_throw(dice, 3);
		break;
	case 6:
		segment->window = (uint16_t)dice_throw(dice, 65536);
		break;
	case 7:
		segment->marks ^= marks[dice_throw(dice, sizeof marks / sizeof marks[0])];
		break;
	case 8:
		segment->ttl = (uint8_t)(60 + dice_throw(dice, 8));
		break;
	case 9:
		segment->link = dice_throw(dice, 10);
		break;
	case 10:
		segment->look = (uint8_t)dice_throw(dice, PAYLOAD_TLS_SHORT + 1);
		break;
	case 11:
		segment->tsval -= dice_throw(dice, 3000);
		break;
	case 12:
		segment->tsecr += dice_throw(dice, 200) - 100;
		break;
	case 13:
		segment->tuple.vlan_count = 1;
		segment->tuple.vlan[0] = (uint16_t)(1 + dice_throw(dice, 3));
		break;
	case 14:
		segment->mss = (uint16_t)(100 * dice_throw(dice, 2));
		break;
	case 15:
		segment->source = 1;
		break;
	case 16:
		segment->payload_bytes = dice_throw(dice, 70000);
		break;
	case 17:
		segment->frame_bytes += dice_throw(dice, 400);
		break;
	case 18:
		segment->tsval += dice_throw(dice, 200000);
		break;
	case 19:
		segment->window_scale = 3;
		break;
	default:
		segment->flags = flags[dice_throw(dice, sizeof flags)];
		segment->seq += dice_throw(dice, 3) == 0 ? 100000 : 0;
		break;
	}
}

static void step(struct traffic *traffic)
{
	struct dice *dice = &traffic->dice;
	unsigned index = dice_throw(dice, CONNECTIONS);
	struct connection *connection = &traffic->connection[index];
	struct segment segment;
	unsigned side;
	uint32_t odd = dice_throw(dice, traffic->wild ? 12 : 100);

	pass_time(traffic);
	if ((connection->phase == OVER && dice_throw(dice, 4) != 0) || dice_throw(dice, 500) == 0)
		begin(traffic, index);
	side = odd == 0 ? dice_throw(dice, 2) : speaker(traffic, connection);
	segment = ordinary(traffic, connection, side);
	if (odd == 1 && traffic->number > 0)
		segment = traffic->last; /* a copy of a frame, or one sent again */
	else if (odd == 2)
		twist(traffic, &segment);
	if (odd != 3) /* else the tap misses it */
		give(traffic, segment);
	if (odd != 1 && (odd != 2 || dice_throw(dice, 2) == 0))
		go_on(connection, side, &segment);
}

/* The first difference, with what stands before it. */
static void show(uint32_t seed, const char *text, const char *expected)
{
	size_t at = 0, from;

	while (text[at] == expected[at])
		at++;
	from = at < BEFORE ? 0 : at - BEFORE;
	printf("round %u: the short way gives\n%.*s\nand the long way\n%.*s\n", seed, SHOWN,
	       text + from, SHOWN, expected + from);
}

static bool same(uint32_t seed)
{
	struct witness witness[2];
	struct traffic traffic = {
		.dice = {seed * UINT32_C(2654435761)},
		.now_ns = seed % 13 == 0 ? 0 : INT64_C(1700000000000000000),
		.wild = seed % 4 == 0,
		.fine = seed % 8 < 4,
		.witness = witness,
	};
	struct analyzer_config config;
	bool equal;

	analyzer_config_default(&config);
	if (seed % 3 == 0)
		config.max_flows = 1 + dice_throw(&traffic.dice, CONNECTIONS);
	if (seed % 5 == 0)
		config.idle_timeout_ns = INT64_C(5000000000);
	if (seed % 7 == 0)
		config.close_wait_limit_ns = INT64_C(300000000);
	if (seed % 11 == 0)
		config.half_close_limit_ns = INT64_C(100000000);
	if (seed % 2 == 0)
		config.idle = IDLE_LEAVES;
	for (unsigned i = 0; i < 2; i++) {
		config.long_way = i == 1;
		open_witness(&witness[i], &config);
	}
	for (unsigned i = 0; i < CONNECTIONS; i++)
		begin(&traffic, i);
	for (unsigned i = 0; i < STEPS; i++)
		step(&traffic);
	for (unsigned i = 0; i < 2; i++)
		close_witness(&witness[i]);
	equal = strcmp(witness[0].text, witness[1].text) == 0;
	if (!equal)
		show(seed, witness[0].text, witness[1].text);
	free(witness[0].text);
	free(witness[1].text);
	return equal;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0, failed = 0;

	for (uint32_t seed = 1; seed <= rounds && failed == 0; seed++)
		failed += !same(seed);
	printf("%u rounds, %u failed\n", rounds, failed);
	if (rounds == 0)
		return 2;
	return failed > 0 ? 1 : 0;
}
