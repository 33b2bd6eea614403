/*
 * What an analyzer saves it takes up again; what it could not have saved is refused.
 */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "core/analyzer_archive.h"
#include "core/context.h"
#include "support/same_record.h"
#include "support/stored_bytes.h"

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static struct analyzer *open_analyzer(void)
{
	static const struct memory memory = {allocate, free};
	const struct report_sink sink = {.flow = NULL};
	struct analyzer_config config;

	analyzer_config_default(&config);
	return analyzer_create(&config, &memory, &sink);
}

static void take(struct analyzer *analyzer, unsigned from, uint8_t flags, uint32_t seq,
		 uint32_t ack, uint32_t payload_bytes)
{
	static const uint8_t low[4] = {10, 0, 0, 1}, high[4] = {192, 0, 2, 1};
	struct segment segment = {
		.ts_ns =
			INT64_C(1700000000000000000) + (int64_t)analyzer->segments * 10 * NS_PER_MS,
		.number = analyzer->segments + 1,
		.tuple.ip_version = 4,
		.seq = seq,
		.ack = ack,
		.payload_bytes = payload_bytes,
		.frame_bytes = 60 + payload_bytes,
		.window = 64240,
		.ip_id = (uint16_t)(analyzer->segments + 1),
		.flags = flags,
		.ttl = 64,
		.window_scale = SEGMENT_NO_WINDOW_SCALE,
		.from = (uint8_t)from,
	};

	tuple_set_ends(&segment.tuple, low, 40000, high, 80);
	analyzer_take(analyzer, &segment);
}

static struct analyzer *with_ordinary_connection(void)
{
	struct analyzer *analyzer = open_analyzer();

	take(analyzer, 0, TCP_SYN, 1000, 0, 0);
	take(analyzer, 1, TCP_SYN | TCP_ACK, 5000, 1001, 0);
	take(analyzer, 0, TCP_ACK, 1001, 5001, 0);
	take(analyzer, 0, TCP_ACK, 1001, 5001, 100);
	take(analyzer, 1, TCP_ACK, 5001, 1101, 200);
	take(analyzer, 0, TCP_ACK, 1101, 5201, 0);
	return analyzer;
}

/* The client repeats its acknowledgement: that is not ordinary. */
static struct analyzer *with_open_connection(void)
{
	struct analyzer *analyzer = with_ordinary_connection();

	take(analyzer, 0, TCP_ACK, 1101, 5201, 0);
	return analyzer;
}

static struct flow_node *only_node(struct analyzer *analyzer)
{
	cr_assert_eq(analyzer->table.nodes.used, 1);
	return node_at(&analyzer->table, 1);
}

/* What is wrong with what this analyzer saves; NULL: nothing. */
static const char *refused_of(struct analyzer *analyzer)
{
	struct stored_bytes stored = {.count = 0};
	struct archive out = {.way = ARCHIVE_WRITES, .context = &stored, .put = stored_bytes_put};
	struct archive in = {.way = ARCHIVE_READS, .context = &stored, .get = stored_bytes_get};
	struct analyzer *again = open_analyzer();

	archive_open(&out);
	analyzer_archive(&out, analyzer);
	cr_assert(archive_flush(&out));
	archive_open(&in);
	analyzer_archive(&in, again);
	if (in.wrong == NULL) {
		struct flow before, after;

		cr_assert_eq(only_node(again)->steady, only_node(analyzer)->steady);
		flow_table_copy(&analyzer->table, 1, &before);
		flow_table_copy(&again->table, 1, &after);
		cr_assert(same_record(&before, &after));
	}
	analyzer_destroy(again);
	return in.wrong;
}

Test(analyzer_archive, keeps_an_ordinary_connection)
{
	struct analyzer *analyzer = with_ordinary_connection();

	cr_assert(only_node(analyzer)->diary);
	cr_assert_null(refused_of(analyzer));
	analyzer_destroy(analyzer);
}

Test(analyzer_archive, keeps_one_that_is_over)
{
	struct analyzer *analyzer = with_ordinary_connection();

	take(analyzer, 0, TCP_FIN | TCP_ACK, 1101, 5201, 0);
	take(analyzer, 1, TCP_ACK, 5201, 1102, 0);
	take(analyzer, 1, TCP_FIN | TCP_ACK, 5201, 1102, 0);
	cr_assert_not(only_node(analyzer)->sealed);
	take(analyzer, 0, TCP_ACK, 1102, 5202, 0);
	cr_assert(only_node(analyzer)->sealed);
	cr_assert_null(refused_of(analyzer));
	analyzer_destroy(analyzer);
}

Test(analyzer_archive, keeps_a_connection_at_rest)
{
	struct analyzer *analyzer = with_open_connection();

	cr_assert(only_node(analyzer)->steady);
	cr_assert_null(refused_of(analyzer));
	analyzer_destroy(analyzer);
}

Test(analyzer_archive, refuses_rest_where_there_is_none)
{
	struct analyzer *analyzer = with_open_connection();

	take(analyzer, 0, TCP_FIN | TCP_ACK, 1101, 5201, 0);
	cr_assert_not(only_node(analyzer)->steady);
	cr_assert_null(refused_of(analyzer));
	only_node(analyzer)->steady = true;
	cr_assert_str_eq(refused_of(analyzer), "node->steady");
	analyzer_destroy(analyzer);
}
