/*
 * Frames of any capture through two pipelines, of which one is led past by the express way
 * (pipeline/express.h): what they tell is the same, and so are their counters, clocks and
 * archives.
 *
 * The last byte of the input decides whether payload is looked at, and in what runs the frames are
 * taken. Tables are small, so that connections are evicted, and idle ones soon leave.
 */
#include "fuzz/capture_input.h"
#include "fuzz/harness.h"
#include "pipeline/partitions.h"
#include "property/way.h"
#include "source/source.h"

#include <string.h>

enum { FRAMES_MOST = 64, FLOWS_PER_PARTITION = 2, IDLE_MS = 50, WAYS = 2 };

static void open_ways(struct way way[WAYS], uint8_t choice)
{
	struct way_config config = {
		.depth = choice % 2 == 0 ? DECODE_HEADERS_ONLY : DECODE_LOOK_AT_PAYLOAD,
		.before = WAY_SOURCES_BEFORE,
		.tells_steps = true,
	};

	analyzer_config_default(&config.analyzer);
	config.analyzer.max_flows = FLOWS_PER_PARTITION * PARTITIONS;
	if (choice / 2 % 2 == 0)
		config.analyzer.idle_timeout_ns = IDLE_MS * INT64_C(1000000);
	for (unsigned i = 0; i < WAYS; i++) {
		config.goes_express = i == 0;
		way_open(&way[i], &config);
	}
}

/* The frames stay where they are until the next one is asked for. */
static unsigned read_frames(struct source *source, struct frame *frames, unsigned most)
{
	struct source_error error;

	if (source_next(source, &frames[0], &error) != SOURCE_FRAME)
		return 0;
	return 1 + source_more(source, frames + 1, most - 1);
}

static void compare_ways(struct way way[WAYS])
{
	struct analyzer_stats stats[WAYS];

	for (unsigned i = 0; i < WAYS; i++) {
		pipeline_stats(way[i].pipeline, &stats[i]);
		MUST(fflush(way[i].told.file) == 0);
	}
	MUST(memcmp(&stats[0], &stats[1], sizeof stats[0]) == 0);
	MUST(memcmp(&way[0].decoder, &way[1].decoder, sizeof way[0].decoder) == 0);
	MUST(way[0].last_ns == way[1].last_ns);
	MUST(way[0].timeline.now_ns == way[1].timeline.now_ns);
	MUST(pipeline_clock_ns(way[0].pipeline) == pipeline_clock_ns(way[1].pipeline));
	MUST(way[0].told.count == way[1].told.count);
	MUST(memcmp(way[0].told.bytes, way[1].told.bytes, way[0].told.count) == 0);
}

static void compare_archives(const struct way way[WAYS])
{
	struct told told[WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		way_store(&way[i], &told[i]);
	MUST(told[0].count == told[1].count);
	MUST(memcmp(told[0].bytes, told[1].bytes, told[0].count) == 0);
	for (unsigned i = 0; i < WAYS; i++)
		free(told[i].bytes);
}

static void take_all(struct way way[WAYS], struct source *source, unsigned most)
{
	struct frame frames[FRAMES_MOST];
	unsigned count;

	while ((count = read_frames(source, frames, most)) != 0) {
		for (unsigned i = 0; i < WAYS; i++)
			way_take(&way[i], frames, count);
	}
	for (unsigned i = 0; i < WAYS; i++) /* as when nothing more comes for a while */
		pipeline_flush(way[i].pipeline);
	compare_ways(way);
	compare_archives(way);
	for (unsigned i = 0; i < WAYS; i++)
		way_finish(&way[i]);
	compare_ways(way);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct way way[WAYS];
	struct source_error error;
	struct source *source = capture_input_open(bytes, size_bytes, &error);
	uint8_t choice;

	if (source == NULL)
		return 0;
	choice = bytes[size_bytes - 1];
	open_ways(way, choice);
	take_all(way, source, choice / 4 % 2 == 0 ? FRAMES_MOST : 1U + choice / 8);
	for (unsigned i = 0; i < WAYS; i++)
		way_close(&way[i]);
	source_close(source);
	return 0;
}
