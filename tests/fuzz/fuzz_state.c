/*
 * What a run leaves for the next one, of any capture: cut in two at its middle, the state that is
 * written after the first half and read before the second gives the reports that the whole capture
 * gives. And whatever becomes of the bytes in between: they are refused, or what they say can be
 * gone on with.
 */
#include "core/archive.h"
#include "decode/decode.h"
#include "decode/reassembly.h"
#include "decode/reassembly_archive.h"
#include "fuzz/capture_input.h"
#include "fuzz/harness.h"
#include "pipeline/pipeline.h"
#include "sink/tally.h"
#include "source/source.h"

#include <string.h>

enum { MAX_FLOWS = 4096, SEGMENTS_MAX = 4096, DAMAGES = 6, STATE_MAX_BYTES = 1 << 22 };

struct bytes {
	uint8_t *at;
	size_t count, read;
};

/* One run; what it reported, as a number. */
struct play {
	struct pipeline *pipeline;
	struct tally *tally;
	uint64_t reported;
};

static struct reassembly reassembly;

static void *allocate(size_t size_bytes)
{
	return calloc(1, size_bytes);
}

static void mix(struct play *play, const void *bytes, size_t count)
{
	static const struct hash_key key = {{1, 2}};
	uint64_t both[2] = {play->reported, siphash_1_3(bytes, count, &key)};

	play->reported = siphash_1_3(both, sizeof both, &key);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct play *play = context;
	uint64_t told[] = {report->envelope.flow_id, (uint64_t)report->envelope.ts_ns,
			   report->teardown,         report->closer,
			   report->reason,           report->anomaly_count,
			   report->time_wait_count,  report->packets[0],
			   report->packets[1],       (uint64_t)report->end_ns};

	mix(play, told, sizeof told);
	tally_flow(play->tally, report);
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	uint64_t told[] = {report->envelope.flow_id, report->anomaly.id, report->anomaly.count};

	mix(context, told, sizeof told);
}

static void on_transition(void *context, const struct transition_report *report)
{
	uint64_t told[] = {report->envelope.flow_id, report->side, report->from, report->to};

	mix(context, told, sizeof told);
}

static void on_time_wait(void *context, const struct time_wait_report *report)
{
	tally_time_wait(((struct play *)context)->tally, report);
}

static void on_port(void *context, const struct port_report *report)
{
	tally_port(((struct play *)context)->tally, report);
}

static void begin(struct play *play)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	struct report_sink callbacks = {
		.context = play,
		.flow = on_flow,
		.anomaly = on_anomaly,
		.transition = on_transition,
		.time_wait = on_time_wait,
		.port = on_port,
	};
	struct analyzer_config config;

	*play = (struct play){.reported = 0};
	analyzer_config_default(&config);
	config.max_flows = MAX_FLOWS;
	play->tally = tally_create();
	play->pipeline = pipeline_create(&config, 1, &memory, &callbacks);
	MUST(play->tally != NULL && play->pipeline != NULL);
}

static void end(struct play *play)
{
	pipeline_destroy(play->pipeline);
	tally_destroy(play->tally);
}

static void take(struct play *play, const struct segment *segments, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pipeline_take(play->pipeline, &segments[i]);
}

static bool put(void *context, const uint8_t *bytes, size_t count)
{
	struct bytes *state = context;

	if (state->count + count > STATE_MAX_BYTES)
		return false;
	memcpy(state->at + state->count, bytes, count);
	state->count += count;
	return true;
}

static size_t get(void *context, uint8_t *bytes, size_t room)
{
	struct bytes *state = context;
	size_t count = state->count - state->read;

	count = count < room ? count : room;
	memcpy(bytes, state->at + state->read, count);
	state->read += count;
	return count;
}

static void visit(struct archive *archive, struct play *play, struct reassembly *fragments)
{
	archive_open(archive);
	reassembly_archive(archive, fragments);
	tally_archive(archive, play->tally);
	pipeline_archive(archive, play->pipeline);
}

/* False where the state does not fit into its room. */
static bool write_state(struct play *play, struct bytes *state)
{
	struct archive archive = {.way = ARCHIVE_WRITES, .context = state, .put = put};

	state->count = 0;
	pipeline_flush(play->pipeline);
	visit(&archive, play, &reassembly);
	return archive_flush(&archive);
}

/* True if it was not refused. */
static bool read_state(struct play *play, struct bytes *state)
{
	struct archive archive = {.way = ARCHIVE_READS, .context = state, .get = get};
	struct reassembly *fragments = calloc(1, sizeof *fragments);

	MUST(fragments != NULL);
	state->read = 0;
	visit(&archive, play, fragments);
	free(fragments);
	return archive_is_well(&archive) && archive_is_at_end(&archive);
}

/* The capture's segments; those of its fragments that still wait stay in `reassembly`. */
static unsigned read_segments(struct source *source, struct segment *segments)
{
	struct decode_counters counters = {0};
	struct source_error error;
	struct frame frame;
	unsigned count = 0;

	memset(&reassembly, 0, sizeof reassembly);
	while (count < SEGMENTS_MAX && source_next(source, &frame, &error) == SOURCE_FRAME) {
		if (decode_reassembling(&reassembly, &frame, DECODE_LOOK_AT_PAYLOAD,
					&segments[count], &counters) == DECODE_TCP)
			count++;
	}
	return count;
}

/* The second half after the state: every byte that was written comes again, and what is reported is
 * what the first run would have reported. */
static void check_whole(struct play *first, struct bytes *state, const struct segment *segments,
			unsigned count)
{
	struct bytes again = {.at = malloc(STATE_MAX_BYTES)};
	struct play second;
	uint64_t before = first->reported;

	MUST(again.at != NULL);
	begin(&second);
	MUST(read_state(&second, state));
	MUST(write_state(&second, &again));
	MUST(again.count == state->count && memcmp(again.at, state->at, state->count) == 0);
	second.reported = before;
	take(&second, segments, count);
	take(first, segments, count);
	pipeline_finish(first->pipeline, FINISH_CAPTURE_END);
	pipeline_finish(second.pipeline, FINISH_CAPTURE_END);
	MUST(first->reported == second.reported);
	end(&second);
	free(again.at);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

static void check_damaged(struct bytes *state, uint64_t seed, const struct segment *segments,
			  unsigned count)
{
	for (unsigned i = 0; i < DAMAGES; i++) {
		size_t whole = state->count, at = (size_t)next_random(&seed) % whole;
		uint8_t byte = state->at[at];
		struct play play;

		if (i % 3 == 0)
			state->count = at;
		else
			state->at[at] = (uint8_t)next_random(&seed);
		begin(&play);
		if (read_state(&play, state)) {
			take(&play, segments, count);
			pipeline_finish(play.pipeline, FINISH_CAPTURE_END);
		}
		end(&play);
		state->count = whole;
		state->at[at] = byte;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
	struct source_error error;
	struct source *source = capture_input_open(bytes, size_bytes, &error);
	struct segment *segments;
	struct bytes state = {.at = malloc(STATE_MAX_BYTES)};
	struct play play;
	unsigned count, half;

	if (source == NULL) {
		free(state.at);
		return 0;
	}
	segments = calloc(SEGMENTS_MAX, sizeof *segments);
	MUST(segments != NULL && state.at != NULL);
	count = read_segments(source, segments);
	half = count / 2;
	begin(&play);
	take(&play, segments, half);
	if (write_state(&play, &state)) {
		check_whole(&play, &state, segments + half, count - half);
		check_damaged(&state, size_bytes, segments + half, count - half);
	}
	end(&play);
	free(segments);
	free(state.at);
	source_close(source);
	return 0;
}
