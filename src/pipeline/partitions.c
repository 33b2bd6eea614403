#include "pipeline/partitions.h"

#include "core/analyzer_archive.h"
#include "pipeline/express.h"
#include "pipeline/leaving.h"
#include "pipeline/wait_heap.h"

/* How far ahead of a segment what it needs is asked for. */
enum { AHEAD_INDEX = 24, AHEAD_NODE = 16, AHEAD_FLOW = 8, AHEAD_TOLD = 4 };

/* So many partitions in a row change the mind about how large all are. */
enum { CONTRARY_MOST = 4 };

struct partitions {
	struct partitions_config config; /* with the share of one */
	struct report_sink sink;
	unsigned first, step;
	unsigned sized;                        /* the partition whose size is looked at next */
	struct analyzer *analyzer[PARTITIONS]; /* NULL: hosted elsewhere, or nothing came yet */
	struct wait_heap waits;
	struct pace pace[PARTITIONS];
	struct express *express; /* NULL: there is none */
	int64_t lost_until_ns;   /* 0: nothing was lost */
	bool ended, failed;
	bool looks_ahead; /* prefetching was worth it in the partitions that were looked at last, */
	unsigned contrary; /* but for the very last of them */
	struct order order;
};

static const struct order the_end = {INT64_MAX, UINT64_MAX, INT64_MAX, UINT64_MAX};

static void divide_limits(struct analyzer_config *config)
{
	config->max_flows = config->max_flows / PARTITIONS + (config->max_flows % PARTITIONS != 0);
	config->memcap_bytes /= PARTITIONS;
	config->unpacked_flows /= PARTITIONS;
}

struct partitions *partitions_create(const struct partitions_config *config,
				     const struct report_sink *sink, unsigned first, unsigned step)
{
	struct partitions *partitions = config->memory->allocate(sizeof *partitions);

	if (partitions == NULL)
		return NULL;
	partitions->config = *config;
	partitions->sink = *sink;
	partitions->config.analyzer.scratch = analyzer_scratch_create(config->memory);
	if (partitions->config.analyzer.scratch == NULL) {
		config->memory->release(partitions);
		return NULL;
	}
	divide_limits(&partitions->config.analyzer);
	partitions->first = partitions->sized = first;
	partitions->step = step;
	for (unsigned i = first; i < PARTITIONS; i += step) {
		partitions->pace[i].clock_ns = INT64_MIN;
		wait_heap_add(&partitions->waits, (struct waiting){the_end, (uint8_t)i});
	}
	return partitions;
}

void partitions_destroy(struct partitions *partitions)
{
	for (unsigned i = 0; i < PARTITIONS; i++) {
		if (partitions->analyzer[i] != NULL)
			analyzer_destroy(partitions->analyzer[i]);
	}
	partitions->config.memory->release(partitions->config.analyzer.scratch);
	partitions->config.memory->release(partitions);
}

/* Made for the partition's first segment; NULL when there is no memory. */
static struct analyzer *analyzer_of(struct partitions *partitions, unsigned partition)
{
	struct analyzer **analyzer = &partitions->analyzer[partition];

	if (*analyzer != NULL)
		return *analyzer;
	*analyzer = analyzer_create(&partitions->config.analyzer, partitions->config.memory,
				    &partitions->sink);
	if (*analyzer == NULL) {
		partitions->failed = true;
		return NULL;
	}
	analyzer_trust(*analyzer, &partitions->config.knowledge);
	if (partitions->lost_until_ns != 0)
		analyzer_note_loss(*analyzer, partitions->lost_until_ns);
	return *analyzer;
}

static struct order order_of_due(const struct partitions *partitions, unsigned partition,
				 int64_t due_ns, uint64_t serial)
{
	if (due_ns == INT64_MAX)
		return the_end;
	if (partitions->ended)
		return (struct order){INT64_MAX, UINT64_MAX, due_ns, serial};
	if (due_ns <= partitions->pace[partition].clock_ns)
		return (struct order){partitions->pace[partition].clock_ns, UINT64_MAX, due_ns,
				      serial};
	return (struct order){due_ns, 0, due_ns, serial};
}

/* The earliest that the partition can have something due; of several at a time, before the first.
 */
static struct waiting wait_of(const struct partitions *partitions, unsigned partition)
{
	int64_t due_ns = analyzer_idle_until_ns(partitions->analyzer[partition]);

	return (struct waiting){order_of_due(partitions, partition, due_ns, 0), (uint8_t)partition};
}

/* After a change in the partition. */
static void place_again(struct partitions *partitions, unsigned partition)
{
	wait_heap_change(&partitions->waits, wait_of(partitions, partition));
}

/* True where the place is that of what the partition waits for now: something that is due at a time
 * still to come. */
static bool stands_right(const struct partitions *partitions, unsigned partition)
{
	const struct order *order = &wait_heap_of(&partitions->waits, partition)->order;
	int64_t due_ns = analyzer_idle_until_ns(partitions->analyzer[partition]);

	return order->due_ns == due_ns && order->at_ns == due_ns && order->ordinal == 0 &&
	       order->serial == 0 && due_ns > partitions->pace[partition].clock_ns;
}

/* What the partition has due next, by `now_ns`; nothing: the_end. */
static struct order next_due(const struct partitions *partitions, unsigned partition,
			     int64_t now_ns)
{
	struct analyzer_due due;

	if (!analyzer_due(partitions->analyzer[partition], now_ns, &due))
		return the_end;
	return order_of_due(partitions, partition, due.at_ns, due.serial);
}

/* The partition's analyzer, told of what has come the express way. */
static struct analyzer *caught_up(struct partitions *partitions, unsigned partition)
{
	struct pace *pace = &partitions->pace[partition];
	struct analyzer *analyzer = partitions->analyzer[partition];

	if (pace->ahead != 0)
		analyzer_catch_up(analyzer, pace->ahead, pace->clock_ns);
	pace->ahead = 0;
	return analyzer;
}

static bool is_express_open(const struct partitions *partitions)
{
	return partitions->express != NULL && partitions->express->is_open;
}

/* What the express way must know, after something has happened in the partition. */
static void keep_pace(struct partitions *partitions, unsigned partition)
{
	struct analyzer_pace pace;

	if (partitions->analyzer[partition] == NULL)
		return;
	analyzer_pace(partitions->analyzer[partition], &pace);
	partitions->pace[partition].round =
		pace.round + (uint32_t)partitions->pace[partition].ahead;
	partitions->pace[partition].is_roomy = pace.is_roomy;
}

/* The partition that waits least lets happen what is due; or it turns out that it waits longer. */
static void serve_first(struct partitions *partitions, int64_t now_ns)
{
	struct waiting first = *wait_heap_first(&partitions->waits);
	struct order exact = next_due(partitions, first.partition, now_ns);

	if (exact.due_ns == first.order.due_ns && exact.serial == first.order.serial) {
		partitions->order = exact;
		analyzer_serve(caught_up(partitions, first.partition), now_ns);
		if (is_express_open(partitions))
			keep_pace(partitions, first.partition);
		exact = next_due(partitions, first.partition, now_ns);
	}
	first.order = exact;
	if (exact.due_ns == INT64_MAX)
		first = wait_of(partitions, first.partition);
	wait_heap_change(&partitions->waits, first);
}

/* What the clock has reached; where it was due behind a time, what that time has passed. */
static bool is_reached(const struct order *order, int64_t now_ns)
{
	return order->at_ns < now_ns || (order->at_ns == now_ns && order->ordinal == 0);
}

static void let_happen(struct partitions *partitions, int64_t now_ns)
{
	while (is_reached(&wait_heap_first(&partitions->waits)->order, now_ns))
		serve_first(partitions, now_ns);
}

/* What the segment's own stamp shows to be due in its partition. */
static void let_happen_before(struct partitions *partitions, const struct item *item)
{
	struct analyzer *analyzer = partitions->analyzer[item->partition];
	int64_t ts_ns = analyzer_time_ns(item->segment.ts_ns);
	struct analyzer_due due;

	if (analyzer_idle_until_ns(analyzer) > ts_ns)
		return;
	while (analyzer_due(analyzer, ts_ns, &due)) {
		partitions->order = (struct order){item->clock_ns, item->segment.ordinal, due.at_ns,
						   due.serial};
		analyzer_serve(analyzer, ts_ns);
	}
}

static const struct analyzer *ahead(const struct partitions *partitions, const struct item *item)
{
	return partitions->analyzer[item->partition];
}

/* It will be told of a segment with one of these flags, unless it is a SYN's answer. */
static void announce(const struct partitions *partitions, const struct segment *segment,
		     unsigned flags, enum prefetch_round round)
{
	const unsigned answers = TCP_SYN | TCP_ACK;

	if (partitions->sink.expect != NULL && (segment->flags & flags) != 0 &&
	    (segment->flags & answers) != answers)
		partitions->sink.expect(partitions->sink.context, &segment->tuple, round);
}

static void prefetch_index(const struct partitions *partitions, const struct item *item)
{
	const struct analyzer *analyzer = ahead(partitions, item);

	if (analyzer != NULL)
		analyzer_prefetch_index(analyzer, item->segment.hash);
}

static void prefetch_node(const struct partitions *partitions, struct item *item)
{
	const struct analyzer *analyzer = ahead(partitions, item);

	if (analyzer != NULL)
		item->segment.likely = analyzer_prefetch_node(analyzer, item->segment.hash);
}

/* Ports are taken with a SYN, and TIME-WAIT begins with a FIN. */
static void prefetch_flow(const struct partitions *partitions, const struct item *item)
{
	if (item->segment.likely != 0)
		analyzer_prefetch_flow(ahead(partitions, item), item->segment.likely);
	announce(partitions, &item->segment, TCP_SYN | TCP_FIN, PREFETCH_FIRST);
}

/* The items pass through these rounds one behind the other; `step` is where the first of the rounds
 * is, and AHEAD_INDEX steps later the item is taken. */
static void prefetch_ahead(const struct partitions *partitions, struct item *items, unsigned count,
			   unsigned step)
{
	enum {
		TO_NODE = AHEAD_INDEX - AHEAD_NODE,
		TO_FLOW = AHEAD_INDEX - AHEAD_FLOW,
		TO_TOLD = AHEAD_INDEX - AHEAD_TOLD,
	};

	if (step < count)
		prefetch_index(partitions, &items[step]);
	if (step >= TO_NODE && step - TO_NODE < count)
		prefetch_node(partitions, &items[step - TO_NODE]);
	if (step >= TO_FLOW && step - TO_FLOW < count)
		prefetch_flow(partitions, &items[step - TO_FLOW]);
	if (step >= TO_TOLD && step - TO_TOLD < count)
		announce(partitions, &items[step - TO_TOLD].segment, TCP_FIN, PREFETCH_SECOND);
}

/* To where the segment, which was taken last, stands. */
static void lead_express(struct partitions *partitions, const struct item *item)
{
	const struct segment *segment = &item->segment;
	struct stretch *stretch = analyzer_stretch(partitions->analyzer[item->partition], segment);

	keep_pace(partitions, item->partition);
	if (stretch != NULL)
		express_lead(partitions->express, segment, stretch);
}

static void take(struct partitions *partitions, const struct item *item)
{
	struct analyzer *analyzer = analyzer_of(partitions, item->partition);

	let_happen(partitions, item->clock_ns);
	if (analyzer == NULL)
		return;
	caught_up(partitions, item->partition);
	let_happen_before(partitions, item);
	analyzer_set_clock(analyzer, item->clock_ns);
	partitions->order = (struct order){item->clock_ns, item->segment.ordinal, INT64_MAX, 0};
	analyzer_take(analyzer, &item->segment);
	partitions->pace[item->partition].clock_ns = item->clock_ns;
	if (!stands_right(partitions, item->partition))
		place_again(partitions, item->partition);
	if (is_express_open(partitions))
		lead_express(partitions, item);
}

/* Tuples are spread evenly, so that one partition at a time, in turn, tells how large all have
 * become; several in a row, since some are larger than others. */
static void note_size(struct partitions *partitions)
{
	const struct analyzer *analyzer = partitions->analyzer[partitions->sized];
	bool is_large = analyzer != NULL && analyzer_is_worth_prefetching(analyzer);

	partitions->sized += partitions->step;
	if (partitions->sized >= PARTITIONS)
		partitions->sized = partitions->first;
	partitions->contrary = is_large != partitions->looks_ahead ? partitions->contrary + 1 : 0;
	if (partitions->contrary < CONTRARY_MOST)
		return;
	partitions->looks_ahead = is_large;
	partitions->contrary = 0;
}

/* The express way, if there is one, learns until when nothing is due; where it is opened, what it
 * has missed. */
static void keep_express(struct partitions *partitions, bool is_open)
{
	struct express *express = partitions->express;
	int64_t first_ns = wait_heap_first(&partitions->waits)->order.at_ns;

	if (express == NULL)
		return;
	for (unsigned i = 0; i < PARTITIONS && is_open && !express->is_open; i++)
		keep_pace(partitions, i);
	express->is_open = is_open;
	express->until_ns = first_ns < ANALYZER_LATEST_NS ? first_ns : ANALYZER_LATEST_NS;
}

void partitions_open_express(struct partitions *partitions, struct express *express)
{
	express->pace = partitions->pace;
	partitions->express = express;
	keep_express(partitions, true);
}

static void take_all(struct partitions *partitions, const struct item *items, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		take(partitions, &items[i]);
}

/* The same, and memory is asked for what will be needed, from before the first one on. */
static void take_ahead(struct partitions *partitions, struct item *items, unsigned count)
{
	for (unsigned step = 0; step < count + AHEAD_INDEX; step++) {
		prefetch_ahead(partitions, items, count, step);
		if (step >= AHEAD_INDEX)
			take(partitions, &items[step - AHEAD_INDEX]);
	}
}

void partitions_run(struct partitions *partitions, struct item *items, unsigned count)
{
	if (count == 0)
		return;
	if (partitions->looks_ahead)
		take_ahead(partitions, items, count);
	else
		take_all(partitions, items, count);
	note_size(partitions);
	keep_express(partitions, !partitions->looks_ahead);
}

void partitions_move(struct partitions *partitions, unsigned partition, struct partitions *host)
{
	struct analyzer *analyzer = caught_up(partitions, partition);

	host->failed |= partitions->failed;
	host->lost_until_ns = partitions->lost_until_ns;
	host->pace[partition] = partitions->pace[partition];
	if (analyzer == NULL)
		return;
	analyzer_move(analyzer, host->config.analyzer.scratch, &host->sink);
	partitions->analyzer[partition] = NULL;
	host->analyzer[partition] = analyzer;
	place_again(host, partition);
}

void partitions_advance(struct partitions *partitions, int64_t now_ns)
{
	let_happen(partitions, now_ns);
	keep_express(partitions, is_express_open(partitions));
}

void partitions_finish(struct partitions *partitions, int64_t now_ns, enum finish_reason reason)
{
	let_happen(partitions, now_ns);
	keep_express(partitions, false);
	partitions->ended = true;
	for (unsigned i = 0; i < PARTITIONS; i++) {
		if (caught_up(partitions, i) == NULL)
			continue;
		analyzer_set_clock(partitions->analyzer[i], now_ns);
		analyzer_end(partitions->analyzer[i], reason);
	}
	leaving_report(partitions->analyzer, &partitions->order);
	for (unsigned i = 0; i < PARTITIONS; i++) {
		if (partitions->analyzer[i] != NULL)
			place_again(partitions, i);
	}
	while (wait_heap_first(&partitions->waits)->order.due_ns != INT64_MAX)
		serve_first(partitions, INT64_MAX);
}

void partitions_note_loss(struct partitions *partitions, int64_t until_ns)
{
	if (until_ns > partitions->lost_until_ns)
		partitions->lost_until_ns = until_ns;
	for (unsigned i = 0; i < PARTITIONS; i++) {
		if (partitions->analyzer[i] != NULL)
			analyzer_note_loss(partitions->analyzer[i], until_ns);
	}
}

void partitions_archive(struct archive *archive, struct partitions *partitions, unsigned partition)
{
	bool used = archive_flag(archive, "analyzer", partitions->analyzer[partition] != NULL);

	ARCHIVE_TIME(archive, partitions->lost_until_ns);
	if (!used || !archive_is_well(archive))
		return;
	if (analyzer_of(partitions, partition) == NULL) {
		archive_refuse(archive, "no memory");
		return;
	}
	ARCHIVE_TIME(archive, partitions->pace[partition].clock_ns);
	analyzer_archive(archive, caught_up(partitions, partition));
	if (archive->way == ARCHIVE_READS && archive_is_well(archive))
		place_again(partitions, partition);
	keep_pace(partitions, partition);
	keep_express(partitions, is_express_open(partitions));
}

void partitions_stats(const struct partitions *partitions, struct analyzer_stats *stats)
{
	for (unsigned i = 0; i < PARTITIONS; i++) {
		struct analyzer_stats share;

		if (partitions->analyzer[i] == NULL)
			continue;
		analyzer_stats(partitions->analyzer[i], &share);
		stats->segments += share.segments + partitions->pace[i].ahead;
		stats->ignored += share.ignored;
		stats->flows_total += share.flows_total;
		stats->flows_active += share.flows_active;
		stats->flows_evicted += share.flows_evicted;
		stats->memory_bytes += share.memory_bytes;
		stats->time_waits_active += share.time_waits_active;
	}
}

const struct order *partitions_order(const struct partitions *partitions)
{
	return &partitions->order;
}

bool partitions_failed(const struct partitions *partitions)
{
	return partitions->failed;
}
