/*
 * What is told of lone SYNs the short way (core/first_syn.h, core/lone_report.h) is what the long
 * way tells of them: the same random SYNs, with the same ends, through two analyzers of which one
 * knows only the long way.
 *
 * usage: lone ROUNDS
 *
 * Before every report each analyzer's scratch is filled with a byte of its own, so that what is
 * told without having been written differs.
 *
 * Exit status: 0 all rounds told the same; 1 one did not, and both texts are printed; 2 could not
 * be run.
 */
#define _POSIX_C_SOURCE 200809L

#include "core/context.h"
#include "sink/sink.h"
#include "sink/twins.h"
#include "support/dice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYNS = 12, NEW_WAY = 0, LONG_WAY = 1 };

static const int garbage[2] = {[NEW_WAY] = 0xaa, [LONG_WAY] = 0x55};

/* An analyzer, and the text of all that it tells. */
struct witness {
	struct analyzer *analyzer;
	struct twins *twins;
	struct sink *sink;
	FILE *file;
	char *text;
	size_t text_bytes;
	int garbage;
};

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static const struct memory memory = {allocate, free};

static void spoil(struct witness *witness)
{
	memset(witness->analyzer->scratch, witness->garbage, sizeof *witness->analyzer->scratch);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct witness *witness = context;

	witness->sink->flow(witness->sink, report);
	spoil(witness);
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct witness *witness = context;

	witness->sink->anomaly(witness->sink, report);
}

static void on_transition(void *context, const struct transition_report *report)
{
	struct witness *witness = context;

	witness->sink->transition(witness->sink, report);
}

/* No record tells of it. */
static void on_port(void *context, const struct port_report *report)
{
	struct witness *witness = context;
	const struct report_envelope *envelope = &report->envelope;

	fprintf(witness->file, "port %d %d %" PRId64 " %" PRIu64 " %" PRIu64 " %u %u",
		report->taken, report->opened, envelope->ts_ns, envelope->flow_id, envelope->number,
		envelope->source, envelope->ip_version);
	for (unsigned side = 0; side < 2; side++) {
		fprintf(witness->file, " %u %u %" PRIu32, envelope->port[side],
			envelope->birth.ttl[side], envelope->birth.iss[side]);
		for (unsigned i = 0; i < sizeof envelope->addr[side]; i++)
			fprintf(witness->file, "%c%02x", i == 0 ? ' ' : ':',
				envelope->addr[side][i]);
	}
	fprintf(witness->file, " %d %" PRId64 " %d %u %d %d\n", envelope->birth.seen,
		envelope->birth.ts_ns, (int)envelope->orientation, envelope->vlan_count,
		envelope->tunnel.present, envelope->multipath);
}

static bool open_witness(struct witness *witness, const struct analyzer_config *config)
{
	static const char *const source_name[] = {"first", "second"};
	const struct report_sink callbacks = {.context = witness,
					      .flow = on_flow,
					      .anomaly = on_anomaly,
					      .transition = on_transition,
					      .port = on_port};
	struct sink_config sink = {
		.events = EVENT_FLOW | EVENT_ANOMALY | EVENT_STATE,
		.tstamp_digits = 9,
		.source_count = 2,
		.source_name = source_name,
	};

	witness->twins = twins_create();
	sink.twins = witness->twins;
	witness->file = open_memstream(&witness->text, &witness->text_bytes);
	if (witness->twins == NULL || witness->file == NULL)
		return false;
	witness->sink = sink_json_create(&sink, SINK_NDJSON, witness->file);
	witness->analyzer = analyzer_create(config, &memory, &callbacks);
	if (witness->sink == NULL || witness->analyzer == NULL)
		return false;
	spoil(witness);
	return true;
}

/* The text is whole once the file is closed. */
static void close_witness(struct witness *witness)
{
	analyzer_destroy(witness->analyzer);
	if (witness->sink != NULL)
		witness->sink->destroy(witness->sink);
	if (witness->file != NULL)
		fclose(witness->file);
	if (witness->twins != NULL)
		twins_destroy(witness->twins);
}

static struct segment syn_of(struct dice *dice, unsigned index)
{
	static const uint8_t hosts[][4] = {
		{10, 0, 0, 1}, {127, 0, 0, 1}, {127, 0, 0, 2}, {192, 0, 2, 1}, {203, 0, 113, 9}};
	static const uint8_t flags[] = {0, 0, TCP_ECE | TCP_CWR, TCP_PSH};
	enum { HOSTS = sizeof hosts / sizeof hosts[0] };
	struct segment syn = {
		.tuple.ip_version = 4,
		.seq = dice_throw(dice, UINT32_MAX),
		.frame_bytes = 54 + dice_throw(dice, 40),
		.link = dice_throw(dice, 3),
		.window = (uint16_t)dice_throw(dice, 65536),
		.ip_id = (uint16_t)dice_throw(dice, 3),
		.mss = (uint16_t)(dice_throw(dice, 2) * 1460),
		.source = (uint16_t)dice_throw(dice, 2),
		.flags = TCP_SYN | flags[dice_throw(dice, sizeof flags)],
		.ttl = (uint8_t)(1 + dice_throw(dice, 255)),
		.window_scale = dice_throw(dice, 2) ? SEGMENT_NO_WINDOW_SCALE
						    : (uint8_t)dice_throw(dice, 15),
		.number = index + 1,
	};

	if (dice_throw(dice, 2)) {
		syn.marks = SEGMENT_TIMESTAMPS;
		syn.tsval = dice_throw(dice, UINT32_MAX);
	}
	syn.from = (uint8_t)tuple_set_ends(
		&syn.tuple, hosts[dice_throw(dice, HOSTS)], (uint16_t)(20000 + index),
		hosts[dice_throw(dice, HOSTS)], dice_throw(dice, 2) ? 80 : 30000);
	return syn;
}

/* What a round is about, beside its SYNs. */
static struct analyzer_config config_of(struct dice *dice)
{
	struct analyzer_config config;

	analyzer_config_default(&config);
	config.max_flows = dice_throw(dice, 2) ? SYNS / 3 : config.max_flows;
	config.unpacked_flows = dice_throw(dice, 2) ? 1 : config.unpacked_flows;
	config.syn_timeout_ns = dice_throw(dice, 2) ? 2 * NS_PER_S : 20 * NS_PER_S;
	return config;
}

static void note_loss(struct witness witness[2], int64_t until_ns)
{
	for (unsigned i = 0; i < 2; i++)
		analyzer_note_loss(witness[i].analyzer, until_ns);
}

static void run(struct witness witness[2], struct dice *dice)
{
	int64_t now_ns = INT64_C(1700000000000000000);
	enum finish_reason reason = dice_throw(dice, 2) ? FINISH_CAPTURE_END : FINISH_SHUTDOWN;

	for (unsigned i = 0; i < SYNS; i++) {
		struct segment syn = syn_of(dice, i);

		syn.ts_ns = now_ns += dice_throw(dice, 2000000000);
		if (dice_throw(dice, 3 * SYNS) == 0)
			note_loss(witness, now_ns - NS_PER_S);
		for (unsigned k = 0; k < 2; k++)
			analyzer_take(witness[k].analyzer, &syn);
	}
	if (dice_throw(dice, 4) == 0)
		now_ns += dice_throw(dice, 60) * NS_PER_S;
	for (unsigned k = 0; k < 2; k++) {
		analyzer_advance(witness[k].analyzer, now_ns);
		analyzer_finish(witness[k].analyzer, reason);
	}
}

static bool same(uint32_t seed)
{
	struct dice dice = {seed * UINT32_C(2654435761)};
	struct analyzer_config config = config_of(&dice);
	struct witness witness[2] = {{.garbage = garbage[NEW_WAY]}, {.garbage = garbage[LONG_WAY]}};
	bool alike;

	for (unsigned i = 0; i < 2; i++) {
		config.long_way = i == LONG_WAY;
		if (!open_witness(&witness[i], &config))
			exit(2);
	}
	run(witness, &dice);
	for (unsigned i = 0; i < 2; i++)
		close_witness(&witness[i]);
	alike = witness[NEW_WAY].text_bytes > 0 &&
		strcmp(witness[NEW_WAY].text, witness[LONG_WAY].text) == 0;
	if (!alike)
		printf("round %" PRIu32 ": the long way\n%s\nthe short way\n%s\n", seed,
		       witness[LONG_WAY].text, witness[NEW_WAY].text);
	free(witness[NEW_WAY].text);
	free(witness[LONG_WAY].text);
	return alike;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0, failed = 0;

	for (uint32_t seed = 1; seed <= rounds; seed++)
		failed += !same(seed);
	printf("%u rounds, %u failed\n", rounds, failed);
	if (rounds == 0)
		return 2;
	return failed > 0 ? 1 : 0;
}
