/*
 * The core's door: accounting, bounds, determinism, and what happens when memory runs out.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core/analyzer.h"

enum { MS = 1000000 };

static const int64_t second_ns = INT64_C(1000000000);

struct seen {
	uint64_t records, packets, evicted, idle;
	uint64_t established_evicted;
	uint64_t ids;    /* sum, to compare runs */
	uint64_t digest; /* of much that the records say, for the same */
	uint64_t last_first_number;
	bool in_order;
	struct flow_report last;
};

static void fold(uint64_t *digest, uint64_t value)
{
	*digest = (*digest ^ value) * UINT64_C(1099511628211);
}

static void fold_endpoint(uint64_t *digest, const struct report_endpoint *endpoint)
{
	fold(digest, endpoint->state);
	fold(digest, endpoint->fin_seq);
	for (unsigned i = 0; i < endpoint->path_count; i++) {
		fold(digest, (uint64_t)endpoint->path[i].ts_ns);
		fold(digest, endpoint->path[i].number);
		fold(digest, endpoint->path[i].state);
		fold(digest, endpoint->path[i].certainty);
		fold(digest, endpoint->path[i].refuted);
	}
}

static void fold_report(uint64_t *digest, const struct flow_report *report)
{
	fold(digest, report->envelope.flow_id);
	fold(digest, report->envelope.port[0]);
	fold(digest, report->envelope.addr[0][3]);
	fold(digest, report->teardown);
	fold(digest, report->conn_state);
	fold(digest, report->quality.frame_duplicates);
	for (unsigned i = 0; report->history[i] != '\0'; i++)
		fold(digest, (uint64_t)report->history[i]);
	for (unsigned side = 0; side < 2; side++) {
		fold(digest, report->packets[side]);
		fold(digest, report->frame_bytes[side]);
		fold_endpoint(digest, &report->endpoint[side]);
	}
	for (unsigned i = 0; i < report->wave_count; i++) {
		fold(digest, report->wave[i].status);
		fold(digest, (uint64_t)report->wave[i].ts_ns);
	}
	for (unsigned i = 0; i < report->time_wait_count; i++)
		fold(digest, (uint64_t)report->time_wait[i].duration_ns);
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		fold(digest, report->anomaly[i].id);
		fold(digest, report->anomaly[i].count);
	}
}

static void note_flow(void *context, const struct flow_report *report)
{
	struct seen *seen = context;

	seen->records++;
	seen->packets += report->packets[0] + report->packets[1];
	seen->evicted += report->reason == REASON_EVICTED;
	seen->established_evicted +=
		report->reason == REASON_EVICTED && report->flow_state == FLOW_STATE_ESTABLISHED;
	seen->idle += report->reason == REASON_IDLE_TIMEOUT;
	seen->ids = seen->ids * 31 + report->envelope.flow_id;
	fold_report(&seen->digest, report);
	seen->in_order &= report->first_number > seen->last_first_number;
	seen->last_first_number = report->first_number;
	seen->last = *report;
}

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static const struct memory memory = {allocate, free};

static struct analyzer *create(struct seen *seen, const struct analyzer_config *config)
{
	struct report_sink sink = {.context = seen, .flow = note_flow};

	seen->in_order = true;
	return analyzer_create(config, &memory, &sink);
}

static uint64_t next_number;

static struct segment segment(uint32_t client, unsigned flags, uint32_t seq, uint32_t ack,
			      int64_t ts_ns)
{
	uint8_t a[4] = {10, (uint8_t)(client >> 16), (uint8_t)(client >> 8), (uint8_t)client};
	uint8_t b[4] = {192, 0, 2, 1};
	struct segment made = {
		.ts_ns = ts_ns,
		.number = next_number + 1,
		.tuple = {.ip_version = 4},
		.seq = seq,
		.ack = ack,
		.frame_bytes = 54,
		.window = 65535,
		.ip_id = (uint16_t)(next_number + 1),
		.flags = (uint8_t)flags,
		.ttl = 64,
		.window_scale = SEGMENT_NO_WINDOW_SCALE,
	};

	next_number++;
	made.from = (uint8_t)tuple_set_ends(&made.tuple, a, 40000, b, 80);
	return made;
}

static struct segment reply(uint32_t client, unsigned flags, uint32_t seq, uint32_t ack,
			    int64_t ts_ns)
{
	struct segment made = segment(client, flags, seq, ack, ts_ns);

	made.from = 1 - made.from;
	return made;
}

static void take(struct analyzer *analyzer, struct segment made)
{
	analyzer_take(analyzer, &made);
}

static void open_connection(struct analyzer *analyzer, uint32_t client, int64_t ts_ns)
{
	take(analyzer, segment(client, TCP_SYN, 1000, 0, ts_ns));
	take(analyzer, reply(client, TCP_SYN | TCP_ACK, 5000, 1001, ts_ns + 10 * MS));
	take(analyzer, segment(client, TCP_ACK, 1001, 5001, ts_ns + 20 * MS));
}

Test(analyzer, a_flood_of_syns_does_not_push_out_connections)
{
	enum { CONNECTIONS = 40, SYNS = 5000 };
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer_stats stats;
	struct analyzer *analyzer;

	analyzer_config_default(&config);
	config.max_flows = 64;
	analyzer = create(&seen, &config);
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		open_connection(analyzer, i, second_ns + i * MS);
	for (uint32_t i = 0; i < SYNS; i++)
		take(analyzer, segment(1000 + i, TCP_SYN, 1, 0, 2 * second_ns + i));
	analyzer_stats(analyzer, &stats);
	cr_assert_eq(stats.flows_active, 64);
	cr_assert_eq(stats.flows_evicted, SYNS + CONNECTIONS - 64);
	cr_assert_eq(seen.evicted, stats.flows_evicted);
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
	analyzer_stats(analyzer, &stats);
	cr_assert_eq(seen.records, stats.flows_total);
	cr_assert_eq(seen.packets, stats.segments);
	cr_assert_eq(stats.flows_active, 0);
	cr_assert_eq(stats.memory_bytes, 0);
	analyzer_destroy(analyzer);
}

Test(analyzer, a_flood_of_syns_within_the_memory_bound_does_not_push_out_connections)
{
	enum { CONNECTIONS = 1000, SYNS = 40000 };
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer_stats stats;
	struct analyzer *analyzer;

	analyzer_config_default(&config);
	config.memcap_bytes = 2 << 20;
	analyzer = create(&seen, &config);
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		open_connection(analyzer, i, second_ns + i * MS);
	for (uint32_t i = 0; i < SYNS; i++) {
		take(analyzer, segment(CONNECTIONS + i, TCP_SYN, i, 0, 10 * second_ns + i));
		analyzer_stats(analyzer, &stats);
		cr_assert_leq(stats.memory_bytes, config.memcap_bytes);
	}
	cr_assert_gt(stats.flows_evicted, SYNS / 2);
	cr_assert_gt(stats.flows_active, CONNECTIONS);
	cr_assert_eq(seen.evicted, stats.flows_evicted);
	cr_assert_eq(seen.established_evicted, 0);
	analyzer_destroy(analyzer);
}

Test(analyzer, open_flows_are_reported_by_first_packet)
{
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer *analyzer;

	analyzer_config_default(&config);
	analyzer = create(&seen, &config);
	for (uint32_t i = 0; i < 500; i++)
		open_connection(analyzer, (i * 7919) % 10007, second_ns + (i % 5) * MS);
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
	cr_assert_eq(seen.records, 500);
	cr_assert(seen.in_order);
	analyzer_destroy(analyzer);
}

Test(analyzer, what_idled_out_goes_on_with_the_next_segment)
{
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer *analyzer;
	int64_t later_ns = second_ns + 4 * 3600 * second_ns;

	analyzer_config_default(&config);
	analyzer = create(&seen, &config);
	open_connection(analyzer, 1, second_ns);
	take(analyzer, reply(1, TCP_RST, 5001, 0, later_ns));
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
	cr_assert_eq(seen.records, 1);
	cr_assert_eq(seen.last.teardown, TEARDOWN_RST_ABORT);
	cr_assert_eq(seen.packets, 4);
	analyzer_destroy(analyzer);
}

Test(analyzer, what_idled_out_is_over_with_the_next_handshake)
{
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer *analyzer;

	analyzer_config_default(&config);
	analyzer = create(&seen, &config);
	open_connection(analyzer, 1, second_ns);
	analyzer_advance(analyzer, 4 * 3600 * second_ns);
	cr_assert_eq(seen.records, 0);
	take(analyzer, segment(1, TCP_SYN, 777000, 0, 5 * 3600 * second_ns));
	take(analyzer, reply(1, TCP_SYN | TCP_ACK, 888000, 777001, 5 * 3600 * second_ns + MS));
	cr_assert_eq(seen.idle, 1);
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
	cr_assert_eq(seen.records, 2);
	cr_assert_eq(seen.packets, 5);
	analyzer_destroy(analyzer);
}

Test(analyzer, what_idled_out_leaves_at_once_where_nobody_can_wait)
{
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer_stats stats;
	struct analyzer *analyzer;
	int64_t due_ns = second_ns + 20 * MS + 3 * 3600 * second_ns;

	analyzer_config_default(&config);
	config.idle = IDLE_LEAVES;
	analyzer = create(&seen, &config);
	open_connection(analyzer, 1, second_ns);
	analyzer_advance(analyzer, due_ns - 1);
	cr_assert_eq(seen.records, 0);
	analyzer_advance(analyzer, due_ns);
	cr_assert_eq(seen.idle, 1);
	analyzer_stats(analyzer, &stats);
	cr_assert_eq(stats.flows_active, 0);
	take(analyzer, segment(1, TCP_ACK | TCP_PSH, 1001, 5001, due_ns + second_ns));
	analyzer_finish(analyzer, FINISH_SHUTDOWN);
	cr_assert_eq(seen.records, 2);
	cr_assert_eq(seen.last.origin, ORIGIN_MIDSTREAM);
	analyzer_destroy(analyzer);
}

Test(analyzer, flows_alive_while_frames_were_lost_carry_the_doubt)
{
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer *analyzer;

	analyzer_config_default(&config);
	analyzer = create(&seen, &config);
	take(analyzer, segment(1, TCP_SYN, 1000, 0, second_ns));
	analyzer_note_loss(analyzer, 2 * second_ns);
	take(analyzer, reply(1, TCP_RST | TCP_ACK, 0, 1001, 2 * second_ns + 1));
	analyzer_advance(analyzer, 8 * second_ns);
	cr_assert_eq(seen.records, 1);
	cr_assert_eq(seen.last.quality.capture_doubt, DOUBT_LIKELY);
	cr_assert_not(seen.last.quality.capture_loss);
	cr_assert_eq(seen.last.anomaly[0].id, ANOMALY_CONNECT_REFUSED);
	cr_assert_eq(seen.last.anomaly[0].doubt, DOUBT_LIKELY);
	cr_assert_eq(seen.last.anomaly[0].severity, SEVERITY_INFO);

	take(analyzer, segment(2, TCP_SYN, 1000, 0, 8 * second_ns));
	take(analyzer, reply(2, TCP_RST | TCP_ACK, 0, 1001, 8 * second_ns + 1));
	analyzer_finish(analyzer, FINISH_SHUTDOWN);
	cr_assert_eq(seen.records, 2);
	cr_assert_eq(seen.last.quality.capture_doubt, DOUBT_NONE);
	cr_assert_eq(seen.last.anomaly[0].doubt, DOUBT_NONE);
	cr_assert_eq(seen.last.anomaly[0].severity, SEVERITY_NOTICE);
	analyzer_destroy(analyzer);
}

/* A fixed generator: the same numbers on every machine. */
static uint32_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* Segments of a few tuples with any flags, numbers near each other or anywhere, and stamps that
 * jump. */
static void feed_noise(struct analyzer *analyzer, uint64_t seed, unsigned count)
{
	static const uint8_t flags[] = {TCP_SYN,
					TCP_SYN | TCP_ACK,
					TCP_ACK,
					TCP_ACK,
					TCP_ACK,
					TCP_FIN | TCP_ACK,
					TCP_FIN | TCP_ACK,
					TCP_RST,
					TCP_RST | TCP_ACK,
					TCP_FIN,
					0,
					TCP_SYN | TCP_FIN,
					TCP_FIN | TCP_RST};
	uint64_t state = seed;
	int64_t ts_ns = second_ns;

	next_number = 0;
	for (unsigned i = 0; i < count; i++) {
		uint32_t client = draw(&state) % 40, window = draw(&state) % 8 == 0 ? 0 : 65535;
		uint32_t seq = 1000 + draw(&state) % 6, ack = 5000 + draw(&state) % 6;
		bool back = draw(&state) % 2 == 0;
		struct segment made;

		if (draw(&state) % 50 == 0)
			seq = draw(&state) * 2;
		ts_ns += draw(&state) % 100 == 0 ? 40 * second_ns : draw(&state) % (30 * MS);
		made = segment(client, flags[draw(&state) % sizeof flags], back ? ack : seq,
			       back ? seq : ack, ts_ns);
		if (draw(&state) % 200 == 0)
			made.ts_ns = draw(&state) % 2 == 0 ? INT64_MAX - i : INT64_MIN + i;
		if (draw(&state) % 3 == 0)
			made.payload_bytes = draw(&state) % 4;
		made.window = (uint16_t)window;
		if (back)
			made.from = 1 - made.from;
		analyzer_take(analyzer, &made);
	}
	analyzer_finish(analyzer, FINISH_CAPTURE_END);
}

Test(analyzer, every_packet_of_any_noise_stands_in_one_record)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct seen seen = {0};
		struct analyzer_config config;
		struct analyzer_stats stats;
		struct analyzer *analyzer;

		analyzer_config_default(&config);
		config.max_flows = seed % 2 == 0 ? 64 : 1000;
		config.checksum = CHECKSUM_AUTO;
		analyzer = create(&seen, &config);
		feed_noise(analyzer, seed, 2000);
		analyzer_stats(analyzer, &stats);
		cr_assert_eq(seen.packets + stats.ignored, stats.segments, "seed %llu",
			     (unsigned long long)seed);
		cr_assert_eq(seen.records, stats.flows_total);
		cr_assert_eq(stats.memory_bytes, 0);
		cr_assert_eq(stats.time_waits_active, 0);
		analyzer_destroy(analyzer);
	}
}

Test(analyzer, the_same_noise_gives_the_same_records_under_any_hash_key)
{
	uint64_t ids[2];

	for (unsigned run = 0; run < 2; run++) {
		struct seen seen = {0};
		struct analyzer_config config;
		struct analyzer *analyzer;

		analyzer_config_default(&config);
		config.max_flows = 64;
		config.hash_key.word[0] += run;
		analyzer = create(&seen, &config);
		feed_noise(analyzer, 7, 5000);
		ids[run] = seen.ids;
		analyzer_destroy(analyzer);
	}
	cr_assert_eq(ids[0], ids[1]);
}

Test(analyzer, packing_records_changes_none_of_them)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint64_t digest[2];

		for (unsigned run = 0; run < 2; run++) {
			struct seen seen = {0};
			struct analyzer_config config;
			struct analyzer *analyzer;

			analyzer_config_default(&config);
			config.unpacked_flows = run == 0 ? UINT32_MAX : 0;
			analyzer = create(&seen, &config);
			feed_noise(analyzer, seed, 2000);
			digest[run] = seen.digest;
			analyzer_destroy(analyzer);
		}
		cr_assert_eq(digest[0], digest[1], "seed %llu", (unsigned long long)seed);
	}
}

static unsigned allocations_left;

static void *allocate_few(size_t bytes)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	return calloc(1, bytes);
}

Test(analyzer, every_failing_allocation_is_survived_and_counted)
{
	static const struct memory scarce = {allocate_few, free};

	for (unsigned allowed = 0; allowed < 30; allowed++) {
		struct seen seen = {0};
		struct report_sink sink = {.context = &seen, .flow = note_flow};
		struct analyzer_config config;
		struct analyzer_stats stats;
		struct analyzer *analyzer;

		analyzer_config_default(&config);
		allocations_left = allowed;
		analyzer = analyzer_create(&config, &scarce, &sink);
		if (analyzer == NULL)
			continue;
		feed_noise(analyzer, 3, 1500);
		analyzer_stats(analyzer, &stats);
		cr_assert_eq(seen.packets + stats.ignored, stats.segments);
		analyzer_destroy(analyzer);
	}
}

Test(analyzer, memory_stays_below_the_cap)
{
	struct seen seen = {0};
	struct analyzer_config config;
	struct analyzer_stats stats;
	struct analyzer *analyzer;

	analyzer_config_default(&config);
	config.memcap_bytes = 1 << 20;
	analyzer = create(&seen, &config);
	for (uint32_t i = 0; i < 20000; i++) {
		open_connection(analyzer, i, second_ns + i * MS);
		take(analyzer,
		     segment(i, TCP_FIN | TCP_ACK, 1001, 5001, second_ns + (i + 30) * MS));
		analyzer_stats(analyzer, &stats);
		cr_assert_leq(stats.memory_bytes, config.memcap_bytes);
	}
	cr_assert_gt(stats.flows_evicted, 0);
	analyzer_destroy(analyzer);
}
