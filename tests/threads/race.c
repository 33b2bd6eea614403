/*
 * The pipeline under ThreadSanitizer: many connections through many threads, with flushes, losses
 * and a small table in between, and an early end; from the start, or from a pipeline that grows.
 *
 * ThreadSanitizer makes the exit status 66 where two threads touch the same memory without order.
 * The reports must come on the caller's thread and be the same as with one thread.
 */
#include "pipeline/pipeline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS = 1000, SEGMENTS = 7, AT_ONCE = 50, GROWS_AFTER = 500 };

static pthread_t reader;
static atomic_bool others_work; /* some other thread has asked for memory */

/* What was told, as one number that depends on the order. */
struct listener {
	uint64_t flows, doubtful, sum;
};

static void *allocate(size_t bytes)
{
	if (!pthread_equal(pthread_self(), reader))
		atomic_store(&others_work, true);
	return calloc(1, bytes);
}

static void note(struct listener *listener, uint64_t value)
{
	listener->sum = (listener->sum + value) * UINT64_C(0x9e3779b97f4a7c15);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct listener *listener = context;

	listener->flows++;
	note(listener, report->envelope.flow_id);
	note(listener, (uint64_t)report->reason);
	note(listener, (uint64_t)report->quality.capture_doubt);
	listener->doubtful += report->quality.capture_doubt == DOUBT_LIKELY;
}

static void on_transition(void *context, const struct transition_report *report)
{
	note(context, report->envelope.flow_id + (uint64_t)report->to);
}

static void on_time_wait(void *context, const struct time_wait_report *report)
{
	note(context, report->envelope.flow_id + report->begins);
}

static struct segment segment_of(uint32_t connection, unsigned step, int64_t ts_ns)
{
	static const struct {
		uint8_t from, flags;
		uint32_t seq, ack;
	} steps[SEGMENTS] = {
		{0, TCP_SYN, 100, 0},   {1, TCP_SYN | TCP_ACK, 300, 101},
		{0, TCP_ACK, 101, 301}, {0, TCP_FIN | TCP_ACK, 101, 301},
		{1, TCP_ACK, 301, 102}, {1, TCP_FIN | TCP_ACK, 301, 102},
		{0, TCP_ACK, 102, 302},
	};
	struct segment segment = {
		.ts_ns = ts_ns,
		.number = connection * SEGMENTS + step + 1,
		.seq = steps[step].seq,
		.ack = steps[step].ack,
		.flags = steps[step].flags,
		.window = 1000,
		.window_scale = SEGMENT_NO_WINDOW_SCALE,
	};
	uint8_t client[4] = {10, 0, (uint8_t)(connection >> 8), (uint8_t)connection};
	static const uint8_t server[4] = {192, 0, 2, 1};
	unsigned from;

	segment.tuple.ip_version = 4;
	from = tuple_set_ends(&segment.tuple, client, 40000, server, 80);
	segment.from = (uint8_t)(steps[step].from == 0 ? from : 1 - from);
	return segment;
}

/* Connections go on side by side, AT_ONCE of them. */
static void feed(struct pipeline *pipeline, uint32_t connections)
{
	int64_t ts_ns = INT64_C(1700000000000000000);

	for (uint32_t first = 0; first < connections; first += AT_ONCE) {
		for (unsigned i = 0; i < AT_ONCE * SEGMENTS; i++, ts_ns += 1000000) {
			struct segment segment =
				segment_of(first + i % AT_ONCE, i / AT_ONCE, ts_ns);

			if (i % 2 == 0) {
				pipeline_take(pipeline, &segment);
			} else {
				*pipeline_next(pipeline) = segment;
				pipeline_take(pipeline, pipeline_next(pipeline));
			}
		}
		if (first % (7 * AT_ONCE) == 0)
			pipeline_flush(pipeline);
		if (first % (11 * AT_ONCE) == 0)
			pipeline_note_loss(pipeline, ts_ns);
		pipeline_advance(pipeline, ts_ns + 500000);
	}
}

/* When the threads are started. */
enum start { FROM_THE_START, ON_THE_WAY };

static bool run(unsigned threads, enum start start, uint64_t max_flows, struct listener *listener)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	const struct report_sink sink = {
		.context = listener,
		.flow = on_flow,
		.transition = on_transition,
		.time_wait = on_time_wait,
	};
	struct analyzer_config config;
	struct analyzer_stats stats;
	struct pipeline *pipeline;

	analyzer_config_default(&config);
	config.max_flows = max_flows;
	pipeline = pipeline_create(&config, start == ON_THE_WAY ? 1 : threads, &memory, &sink);
	if (pipeline == NULL)
		return false;
	if (start == ON_THE_WAY) {
		pipeline_open_express(pipeline);
		pipeline_may_grow(pipeline, threads, GROWS_AFTER);
	}
	atomic_store(&others_work, false);
	*listener = (struct listener){0};
	feed(pipeline, CONNECTIONS);
	pipeline_finish(pipeline, FINISH_CAPTURE_END);
	pipeline_stats(pipeline, &stats);
	note(listener, stats.flows_evicted);
	note(listener, stats.segments);
	pipeline_destroy(pipeline);
	return atomic_load(&others_work) == (threads > 1);
}

/* Nobody waits for what has not been told. */
static bool run_and_break_off(unsigned threads)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	struct listener listener = {0};
	const struct report_sink sink = {.context = &listener, .flow = on_flow};
	struct analyzer_config config;
	struct pipeline *pipeline;

	analyzer_config_default(&config);
	pipeline = pipeline_create(&config, threads, &memory, &sink);
	if (pipeline == NULL)
		return false;
	feed(pipeline, CONNECTIONS / 10);
	pipeline_destroy(pipeline);
	return true;
}

/* A loss concerns every connection that began before it, in whatever partition. */
static bool tell_loss(unsigned threads)
{
	static const struct memory memory = {.allocate = allocate, .release = free};
	struct listener listener = {0};
	const struct report_sink sink = {.context = &listener, .flow = on_flow};
	struct analyzer_config config;
	struct pipeline *pipeline;

	analyzer_config_default(&config);
	pipeline = pipeline_create(&config, threads, &memory, &sink);
	if (pipeline == NULL)
		return false;
	feed(pipeline, CONNECTIONS);
	pipeline_note_loss(pipeline, INT64_MAX);
	pipeline_finish(pipeline, FINISH_CAPTURE_END);
	pipeline_destroy(pipeline);
	return listener.flows == CONNECTIONS && listener.doubtful == CONNECTIONS;
}

int main(void)
{
	static const uint64_t limits[] = {1000000, 640};
	unsigned wrong = 0, checks = 0;

	reader = pthread_self();
	for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		struct listener alone;

		if (!run(1, FROM_THE_START, limits[i], &alone))
			return 2;
		for (unsigned threads = 2; threads <= 6; threads += threads / 2) {
			struct listener together, grown;

			if (!run(threads, FROM_THE_START, limits[i], &together) ||
			    !run(threads, ON_THE_WAY, limits[i], &grown) ||
			    !run_and_break_off(threads))
				return 2;
			checks++;
			wrong += !tell_loss(threads);
			wrong += together.sum != alone.sum || together.flows < CONNECTIONS;
			wrong += grown.sum != alone.sum;
		}
	}
	printf("%u checks, %u wrong\n", checks, wrong);
	return wrong == 0 && checks >= 6 ? 0 : 1;
}
