#include "pipeline/pipeline.h"

#include "core/analyzer_archive.h"
#include "core/lines.h"
#include "pipeline/crew.h"
#include "pipeline/express.h"
#include "pipeline/hash_memo.h"

enum { BATCH_ITEMS = 64 };

struct pipeline {
	struct partitions_config config;
	struct ends *ends;
	struct crew *crew;              /* NULL: one thread, which hosts all partitions itself: */
	struct partitions *partitions;  /* here, */
	struct item batch[BATCH_ITEMS]; /* with a crew, the first is only where one is made */
	unsigned count;
	unsigned threads_later; /* to go over to when there is enough to do; 0: never */
	uint64_t look_after;    /* so many segments that is asked, */
	uint64_t looked_at;     /* and was behind the segment of this ordinal; */
	uint64_t general;       /* so many since did not go the express way */
	struct report_sink sink;
	struct hash_memo memo;
	struct express express; /* its clock and ordinal are the run's in any case */
};

static bool open_partitions(struct pipeline *pipeline, unsigned threads,
			    const struct report_sink *sink)
{
	if (threads > 1)
		pipeline->crew = crew_create(&pipeline->config, sink, threads - 1);
	if (pipeline->crew == NULL)
		pipeline->partitions = partitions_create(&pipeline->config, sink, 0, 1);
	return pipeline->partitions != NULL || pipeline->crew != NULL;
}

struct pipeline *pipeline_create(const struct analyzer_config *config, unsigned threads,
				 const struct memory *memory, const struct report_sink *sink)
{
	struct pipeline *pipeline = lines_allocate(memory, sizeof *pipeline);

	if (pipeline == NULL)
		return NULL;
	pipeline->config.analyzer = *config;
	pipeline->config.memory = memory;
	pipeline->sink = *sink;
	pipeline->ends = ends_create(memory, &config->hash_key);
	pipeline->express.ends = pipeline->ends;
	pipeline->config.knowledge = ends_knowledge(pipeline->ends);
	if (pipeline->ends != NULL && open_partitions(pipeline, threads, sink))
		return pipeline;
	pipeline_destroy(pipeline);
	return NULL;
}

void pipeline_destroy(struct pipeline *pipeline)
{
	if (pipeline->crew != NULL)
		crew_destroy(pipeline->crew);
	if (pipeline->partitions != NULL)
		partitions_destroy(pipeline->partitions);
	if (pipeline->ends != NULL)
		ends_destroy(pipeline->ends);
	lines_release(pipeline->config.memory, pipeline);
}

/* To be asked in between two segments: now and then, whether most of the latest did not go the
 * express way. */
static bool has_enough_to_do(struct pipeline *pipeline)
{
	uint64_t lately = pipeline->express.ordinal - pipeline->looked_at;
	bool enough = pipeline->general > lately / 2;

	if (lately < pipeline->look_after)
		return false;
	pipeline->looked_at = pipeline->express.ordinal;
	pipeline->general = 0;
	return enough;
}

/* From one thread to several, in between two segments; where these cannot be had, everything stays
 * as it is. */
static void grow(struct pipeline *pipeline)
{
	pipeline->crew =
		crew_create(&pipeline->config, &pipeline->sink, pipeline->threads_later - 1);
	pipeline->threads_later = 0;
	if (pipeline->crew == NULL)
		return;
	crew_take_over(pipeline->crew, pipeline->partitions);
	partitions_destroy(pipeline->partitions);
	pipeline->partitions = NULL;
	pipeline->express.is_open = false;
}

static void run_batch(struct pipeline *pipeline)
{
	for (unsigned i = 0; i < pipeline->count; i++)
		ends_note(pipeline->ends, &pipeline->batch[i].segment);
	partitions_run(pipeline->partitions, pipeline->batch, pipeline->count);
	pipeline->general += pipeline->count;
	pipeline->count = 0;
}

void pipeline_may_grow(struct pipeline *pipeline, unsigned threads, uint64_t segments)
{
	if (pipeline->crew == NULL && threads > 1)
		pipeline->threads_later = threads;
	pipeline->look_after = segments;
}

struct segment *pipeline_next(struct pipeline *pipeline)
{
	return &pipeline->batch[pipeline->count].segment;
}

void pipeline_take(struct pipeline *pipeline, const struct segment *segment)
{
	uint64_t hash = hash_memo_ask(&pipeline->memo, &segment->tuple,
				      &pipeline->config.analyzer.hash_key);
	unsigned partition = hash % PARTITIONS; /* bits that the flow tables do not look at */
	struct item *item = pipeline->crew != NULL ? crew_item(pipeline->crew, partition)
						   : &pipeline->batch[pipeline->count];

	pipeline_advance(pipeline, segment->ts_ns);
	if (segment != &item->segment)
		item->segment = *segment;
	item->segment.ordinal = ++pipeline->express.ordinal;
	item->segment.hash = hash;
	item->clock_ns = pipeline->express.clock_ns;
	item->partition = (uint8_t)partition;
	if (pipeline->crew == NULL) {
		ends_prefetch(pipeline->ends, hash);
		if (++pipeline->count == BATCH_ITEMS || pipeline->express.is_open)
			run_batch(pipeline);
		if (pipeline->threads_later != 0 && pipeline->count == 0 &&
		    has_enough_to_do(pipeline))
			grow(pipeline);
		return;
	}
	ends_note(pipeline->ends, &item->segment);
	if (!crew_take(pipeline->crew, partition))
		crew_end_round(pipeline->crew, pipeline->express.clock_ns,
			       pipeline->express.ordinal);
}

struct express *pipeline_open_express(struct pipeline *pipeline)
{
	if (pipeline->crew != NULL || pipeline->config.analyzer.long_way)
		return NULL;
	partitions_open_express(pipeline->partitions, &pipeline->express);
	return &pipeline->express;
}

void pipeline_advance(struct pipeline *pipeline, int64_t now_ns)
{
	now_ns = analyzer_time_ns(now_ns);
	if (now_ns > pipeline->express.clock_ns)
		pipeline->express.clock_ns = now_ns;
}

void pipeline_flush(struct pipeline *pipeline)
{
	if (pipeline->crew != NULL) {
		crew_flush(pipeline->crew, pipeline->express.clock_ns, pipeline->express.ordinal);
		return;
	}
	run_batch(pipeline);
	partitions_advance(pipeline->partitions, pipeline->express.clock_ns);
}

void pipeline_note_loss(struct pipeline *pipeline, int64_t until_ns)
{
	pipeline_flush(pipeline);
	if (pipeline->crew != NULL)
		crew_note_loss(pipeline->crew, until_ns);
	else
		partitions_note_loss(pipeline->partitions, until_ns);
}

void pipeline_finish(struct pipeline *pipeline, enum finish_reason reason)
{
	pipeline_flush(pipeline);
	if (pipeline->crew != NULL)
		crew_finish(pipeline->crew, pipeline->express.clock_ns, reason);
	else
		partitions_finish(pipeline->partitions, pipeline->express.clock_ns, reason);
}

static void partition_archive(struct archive *archive, struct pipeline *pipeline,
			      unsigned partition)
{
	if (pipeline->crew != NULL)
		crew_archive(archive, pipeline->crew, partition);
	else
		partitions_archive(archive, pipeline->partitions, partition);
}

void pipeline_archive(struct archive *archive, struct pipeline *pipeline)
{
	archive->origin_ns = 0;
	archive_time(archive, "pipeline->clock_ns", &pipeline->express.clock_ns);
	archive_member(archive, "pipeline->ordinal", &pipeline->express.ordinal,
		       sizeof pipeline->express.ordinal);
	ends_archive(archive, pipeline->ends);
	if (archive->way == ARCHIVE_DESCRIBES)
		analyzer_archive_describe(archive);
	for (unsigned i = 0; archive->way != ARCHIVE_DESCRIBES && i < PARTITIONS; i++)
		partition_archive(archive, pipeline, i);
}

int64_t pipeline_clock_ns(const struct pipeline *pipeline)
{
	return pipeline->express.clock_ns;
}

void pipeline_stats(const struct pipeline *pipeline, struct analyzer_stats *stats)
{
	*stats = (struct analyzer_stats){.memcap_bytes = pipeline->config.analyzer.memcap_bytes};
	if (pipeline->crew != NULL)
		crew_stats(pipeline->crew, stats);
	else
		partitions_stats(pipeline->partitions, stats);
}

bool pipeline_is_well(const struct pipeline *pipeline)
{
	return pipeline->crew != NULL ? !crew_failed(pipeline->crew)
				      : !partitions_failed(pipeline->partitions);
}
