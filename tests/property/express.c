/*
 * The express way of frames (pipeline/express.h, run/express_frames.h) gives what the general way
 * gives: the same random frames through two pipelines, of which one is led past.
 *
 * usage: express ROUNDS [FIRST]
 *
 * Rounds from FIRST on, which is 1. Frames are lent in runs, as sources lend them, and taken as
 * run/run.c takes them: as many as may on the express way, and the next one through the decoder and
 * pipeline_take(); the other pipeline takes every frame so, or, in some rounds, on the longest way
 * that there is, which takes other memory. Whether times are believed is decided in both
 * (core/timeline.h), so that there are frames that wait for others.
 *
 * Compared are all reports in their order (those of connections, anomalies and steps as JSON), the
 * counters of pipeline and decoder with what memory is taken, the clocks, and now and then the
 * archive, byte by byte. Rounds differ in what their connections' ends have in common
 * (wild_frames.h), in how much is extraordinary, and in limits: few flows, little memory, idle
 * connections that soon leave, records that are packed.
 *
 * Exit status: 0 all rounds gave the same; 1 one did not, and the first difference is printed; 2
 * could not be run, or less than a fifth of the segments went the express way.
 */
#include "way.h"
#include "wild_frames.h"

#include "pipeline/partitions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 1000, BEFORE = 500, LEAST_SHARE = 5 };

struct round {
	uint32_t seed;
	struct dice dice;
	struct analyzer_config config;
	struct way way[2]; /* the first goes the express way */
	bool is_long;      /* the other one the longest that there is */
	bool is_of_many;   /* frames, of many connections */
	bool same;
};

struct sums {
	uint64_t rounds, frames, segments, went, archives, bytes;
};

/* The first difference, with what stands before it. */
static bool told_same(const struct round *round, const struct told told[2], const char *what)
{
	size_t least = told[0].count < told[1].count ? told[0].count : told[1].count;
	size_t at = 0, from;

	while (at < least && told[0].bytes[at] == told[1].bytes[at])
		at++;
	if (at == told[0].count && at == told[1].count)
		return true;
	from = at < BEFORE ? 0 : at - BEFORE;
	printf("round %" PRIu32 ": %s: byte %zu of %zu and %zu\n", round->seed, what, at,
	       told[0].count, told[1].count);
	if (strcmp(what, "reports") == 0)
		printf("the express way gives\n%.*s\nand the general way\n%.*s\n", SHOWN,
		       told[0].bytes + from, SHOWN, told[1].bytes + from);
	return false;
}

static bool reports_same(struct round *round)
{
	struct told told[2];

	for (unsigned i = 0; i < 2; i++) {
		if (fflush(round->way[i].told.file) != 0)
			exit(2);
		told[i] = round->way[i].told;
	}
	return told_same(round, told, "reports");
}

static bool archives_same(const struct round *round, struct sums *sums)
{
	struct told told[2];
	bool same;

	if (round->is_long)
		return true;
	for (unsigned i = 0; i < 2; i++)
		way_store(&round->way[i], &told[i]);
	same = told_same(round, told, "archive");
	sums->archives++;
	sums->bytes += told[0].count;
	free(told[0].bytes);
	free(told[1].bytes);
	return same;
}

static void print_counters(const struct way *way, const struct analyzer_stats *stats)
{
	printf("%" PRIu64 " frames until %" PRId64 ", clocks %" PRId64 " and %" PRId64 "; %" PRIu64
	       " segments, %" PRIu64 " flows, %" PRIu64 " evicted, %" PRIu64 " bytes\n",
	       way->decoder.frames, way->last_ns, way->timeline.now_ns,
	       pipeline_clock_ns(way->pipeline), stats->segments, stats->flows_total,
	       stats->flows_evicted, stats->memory_bytes);
}

static bool counters_same(const struct round *round)
{
	const struct way *way = round->way;
	struct analyzer_stats stats[2];

	for (unsigned i = 0; i < 2; i++) {
		pipeline_stats(way[i].pipeline, &stats[i]);
		stats[i].memory_bytes = round->is_long ? 0 : stats[i].memory_bytes;
	}
	if (memcmp(&stats[0], &stats[1], sizeof stats[0]) == 0 &&
	    memcmp(&way[0].decoder, &way[1].decoder, sizeof way[0].decoder) == 0 &&
	    way[0].last_ns == way[1].last_ns && way[0].timeline.now_ns == way[1].timeline.now_ns &&
	    pipeline_clock_ns(way[0].pipeline) == pipeline_clock_ns(way[1].pipeline))
		return true;
	printf("round %" PRIu32 ": other counters\n", round->seed);
	print_counters(&way[0], &stats[0]);
	print_counters(&way[1], &stats[1]);
	return false;
}

/* Between two frames, as when nothing more comes for a while. */
static void compare(struct round *round, struct sums *sums)
{
	bool is_lost = dice_throw(&round->dice, 12) == 0;

	for (unsigned i = 0; i < 2; i++) {
		if (is_lost)
			pipeline_note_loss(round->way[i].pipeline, round->way[i].last_ns);
		else
			pipeline_flush(round->way[i].pipeline);
	}
	round->same = counters_same(round) && reports_same(round) && archives_same(round, sums);
}

static void configure(struct round *round)
{
	struct analyzer_config *config = &round->config;
	struct dice *dice = &round->dice;

	analyzer_config_default(config);
	round->is_long = dice_throw(dice, 4) == 0;
	if (dice_throw(dice, 3) == 0 && !round->is_of_many)
		config->max_flows = (1 + dice_throw(dice, 16)) * PARTITIONS;
	if (dice_throw(dice, 3) == 0)
		config->unpacked_flows = 1;
	if (dice_throw(dice, 6) == 0 && !round->is_long)
		config->memcap_bytes = (UINT64_C(20000) + dice_throw(dice, 60000)) * PARTITIONS;
	if (dice_throw(dice, 3) == 0)
		config->idle_timeout_ns = INT64_C(1000000) << dice_throw(dice, 14);
	else if (dice_throw(dice, 3) == 0)
		config->idle_timeout_ns = 10 * TIMELINE_LEAP_NS;
	if (dice_throw(dice, 2) == 0)
		config->idle = IDLE_LEAVES;
	config->flow_key = dice_throw(dice, 8);
}

static void open_round(struct round *round)
{
	struct way_config config = {
		.depth = round->seed % 7 == 0 ? DECODE_HEADERS_ONLY : DECODE_LOOK_AT_PAYLOAD,
		.before = round->seed % 5 == 0 ? WAY_SOURCES_BEFORE : 0,
		.tells_steps = round->seed % 2 == 0,
	};

	configure(round);
	for (unsigned i = 0; i < 2; i++) {
		config.analyzer = round->config;
		config.analyzer.long_way = i == 1 && round->is_long;
		config.goes_express = i == 0;
		way_open(&round->way[i], &config);
	}
}

/* Long rounds are those where the way is closed and opened again and again. */
static struct wild *open_wild(struct round *round)
{
	static const unsigned calm[] = {25, 200, 1000, 4000};
	struct dice *dice = &round->dice;
	struct wild_config config = {
		.seed = round->seed,
		.connections = 1 + dice_throw(dice, dice_throw(dice, 3) == 0 ? 5 : 40),
		.ends = dice_throw(dice, WILD_ENDS_KINDS),
		.calm = calm[dice_throw(dice, 4)],
		.plain = dice_throw(dice, 4) == 0 ? 3 : 500,
		.pause_ns = round->config.idle_timeout_ns,
		.key = &round->config.hash_key,
	};
	struct wild *wild;

	if (round->is_of_many) {
		config.ends = WILD_ENDS_CLOSE;
		config.connections = 13 + dice_throw(dice, 12);
		config.calm = 1000;
	}
	wild = wild_create(&config);
	if (wild == NULL)
		exit(2);
	return wild;
}

static void play(struct round *round, struct wild *wild, struct sums *sums)
{
	struct frame frames[WILD_FRAMES_AT_ONCE];
	unsigned left = round->is_of_many ? 20000 : 6000;

	while (left > 0 && round->same) {
		unsigned count = 1 + dice_throw(&round->dice, WILD_FRAMES_AT_ONCE);

		wild_next(wild, frames, count);
		for (unsigned i = 0; i < 2; i++)
			way_take(&round->way[i], frames, count);
		if (dice_throw(&round->dice, 30) == 0)
			compare(round, sums);
		left -= count < left ? count : left;
	}
	if (round->same)
		compare(round, sums);
}

static bool same(uint32_t seed, struct sums *sums)
{
	struct round round = {.seed = seed,
			      .dice = {seed * UINT32_C(2246822519)},
			      .is_of_many = seed % 16 == 0,
			      .same = true};
	struct wild *wild;

	open_round(&round);
	wild = open_wild(&round);
	play(&round, wild, sums);
	for (unsigned i = 0; i < 2 && round.same; i++)
		way_finish(&round.way[i]);
	round.same = round.same && counters_same(&round) && reports_same(&round);
	sums->rounds++;
	sums->frames += round.way[0].decoder.frames;
	sums->segments += round.way[0].decoder.by_verdict[DECODE_TCP];
	sums->went += round.way[0].went;
	sums->bytes += round.way[0].told.count;
	wild_destroy(wild);
	for (unsigned i = 0; i < 2; i++)
		way_close(&round.way[i]);
	return round.same;
}

int main(int argc, char **argv)
{
	uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	uint32_t first = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
	struct sums sums = {0};
	bool good = true;

	for (uint32_t i = 0; i < rounds && good; i++)
		good = same(first + i, &sums);
	printf("%" PRIu64 " rounds, %" PRIu64 " frames, %" PRIu64 " segments, %" PRIu64
	       " of them on the express way; %" PRIu64 " archives, %" PRIu64 " bytes compared\n",
	       sums.rounds, sums.frames, sums.segments, sums.went, sums.archives, sums.bytes);
	if (!good)
		return 1;
	return sums.went * LEAST_SHARE > sums.segments ? 0 : 2;
}
