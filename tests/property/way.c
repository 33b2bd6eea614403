#define _POSIX_C_SOURCE 200809L

#include "way.h"

#include "core/archive.h"
#include "decode/plain.h"
#include "run/express_frames.h"

#include <inttypes.h>
#include <stdlib.h>

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static const struct memory memory = {allocate, free};

void told_open(struct told *told)
{
	told->file = open_memstream(&told->bytes, &told->count);
	if (told->file == NULL)
		exit(2);
}

static void on_flow(void *context, const struct flow_report *report)
{
	struct way *way = context;

	if (!way->sink->flow(way->sink, report))
		exit(2);
}

static void on_anomaly(void *context, const struct anomaly_report *report)
{
	struct way *way = context;

	if (!way->sink->anomaly(way->sink, report))
		exit(2);
}

static void on_transition(void *context, const struct transition_report *report)
{
	struct way *way = context;

	if (!way->sink->transition(way->sink, report))
		exit(2);
}

static void write_envelope(FILE *file, const struct report_envelope *envelope)
{
	fprintf(file, " %" PRId64 " %" PRIu64 " %" PRIu64 " %u %u %u", envelope->ts_ns,
		envelope->flow_id, envelope->number, envelope->source, envelope->ip_version,
		envelope->vlan_count);
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned at = 0; at < sizeof envelope->addr[i]; at++)
			fprintf(file, "%c%u", at == 0 ? ' ' : '.', envelope->addr[i][at]);
		fprintf(file, " %u %u %u", envelope->port[i], envelope->birth.iss[i],
			envelope->birth.ttl[i]);
	}
	fprintf(file, " %d %" PRId64 " %d\n", envelope->birth.seen, envelope->birth.ts_ns,
		(int)envelope->orientation);
}

static void on_time_wait(void *context, const struct time_wait_report *report)
{
	struct way *way = context;

	fprintf(way->told.file, "time_wait %d %d", (int)report->holder, report->begins);
	write_envelope(way->told.file, &report->envelope);
}

static void on_port(void *context, const struct port_report *report)
{
	struct way *way = context;

	fprintf(way->told.file, "port %d %d", report->taken, report->opened);
	write_envelope(way->told.file, &report->envelope);
}

static void on_segment(void *context, const struct segment *segment)
{
	struct way *way = context;

	way->last_ns = segment->ts_ns > way->last_ns ? segment->ts_ns : way->last_ns;
	pipeline_take(way->pipeline, segment);
}

static void on_time(void *context, int64_t ts_ns, uint64_t number)
{
	struct way *way = context;

	(void)number;
	way->last_ns = ts_ns > way->last_ns ? ts_ns : way->last_ns;
	pipeline_advance(way->pipeline, ts_ns);
}

static void open_sinks(struct way *way)
{
	static const char *const name[WAY_SOURCES] = {"a", "b", "c", "d", "e"};
	const struct sink_config config = {
		.events = EVENT_FLOW | EVENT_ANOMALY | EVENT_STATE,
		.tstamp_digits = 9,
		.source_count = WAY_SOURCES,
		.source_name = name,
	};

	told_open(&way->told);
	way->sink = sink_json_create(&config, SINK_NDJSON, way->told.file);
	if (way->sink == NULL)
		exit(2);
}

void way_open(struct way *way, const struct way_config *config)
{
	const struct report_sink sink = {
		.context = way,
		.flow = on_flow,
		.anomaly = on_anomaly,
		.transition = config->tells_steps ? on_transition : NULL,
		.time_wait = on_time_wait,
		.port = on_port,
	};

	*way = (struct way){
		.timeline.output = {way, on_segment, on_time},
		.depth = config->depth,
		.before = config->before,
		.last_ns = INT64_MIN,
	};
	open_sinks(way);
	way->reassembly = calloc(1, sizeof *way->reassembly);
	way->pipeline = pipeline_create(&config->analyzer, 1, &memory, &sink);
	if (way->reassembly == NULL || way->pipeline == NULL)
		exit(2);
	if (config->goes_express && (way->express = pipeline_open_express(way->pipeline)) == NULL)
		exit(2);
}

void way_close(struct way *way)
{
	pipeline_destroy(way->pipeline);
	way->sink->destroy(way->sink);
	fclose(way->told.file);
	free(way->told.bytes);
	free(way->reassembly);
}

static void take_segment(struct way *way, const struct segment *segment)
{
	struct segment apart;

	if (timeline_take(&way->timeline, segment->ts_ns)) {
		on_segment(way, segment);
		return;
	}
	apart = *segment; /* what waits is taken first, and may be put together there */
	timeline_segment(&way->timeline, &apart);
}

static void take_overdue(struct way *way, int64_t now_ns)
{
	struct segment segment;

	while (decode_overdue(way->reassembly, now_ns, &segment, &way->decoder))
		take_segment(way, &segment);
}

static void take_frame(struct way *way, const struct frame *frame)
{
	struct frame numbered = *frame;
	struct segment *segment;

	numbered.source = (uint16_t)(frame->source + way->before);
	take_overdue(way, frame->ts_ns);
	segment = pipeline_next(way->pipeline);
	if (decode_reassembling(way->reassembly, &numbered, way->depth, segment, &way->decoder) ==
	    DECODE_TCP)
		take_segment(way, segment);
	else
		timeline_time(&way->timeline, frame->ts_ns, frame->number);
}

static unsigned go_express(struct way *way, const struct frame *frames, unsigned count)
{
	struct express_trip trip = {
		.depth = way->depth,
		.before = way->before,
		.now_ns = way->timeline.now_ns,
		.last_ns = way->last_ns,
	};
	unsigned taken = express_frames(way->express, &trip, frames, count);

	way->timeline.now_ns = trip.now_ns;
	way->last_ns = trip.last_ns;
	way->went += taken;
	plain_count(&way->decoder, taken, trip.wire_bytes);
	return taken;
}

static bool may_go_express(const struct way *way)
{
	return way->express != NULL && way->express->is_open && way->timeline.started &&
	       way->timeline.waiting == 0 && !reassembly_holds(way->reassembly);
}

void way_take(struct way *way, const struct frame *frames, unsigned count)
{
	unsigned taken = 0;

	while (taken < count) {
		if (may_go_express(way))
			taken += go_express(way, &frames[taken], count - taken);
		if (taken < count)
			take_frame(way, &frames[taken++]);
	}
}

void way_finish(struct way *way)
{
	take_overdue(way, INT64_MAX);
	timeline_finish(&way->timeline);
	pipeline_finish(way->pipeline, FINISH_CAPTURE_END);
	way->sink->summary(way->sink, &(struct run_report){0});
}

static bool put(void *context, const uint8_t *bytes, size_t count)
{
	const struct told *told = context;

	return fwrite(bytes, 1, count, told->file) == count;
}

void way_store(const struct way *way, struct told *told)
{
	static struct archive archive;

	told_open(told);
	archive = (struct archive){.way = ARCHIVE_WRITES, .context = told, .put = put};
	archive_open(&archive);
	pipeline_archive(&archive, way->pipeline);
	if (!archive_flush(&archive) || fclose(told->file) != 0)
		exit(2);
}
