/* Where the express way leads to, and what it takes. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/flow_records.h"
#include "pipeline/express.h"
#include "pipeline/pipeline.h"

static const uint8_t client[4] = {10, 0, 0, 9}, server[4] = {10, 0, 0, 1};

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

static const struct memory memory = {allocate, free};
static const struct hash_key key = {{1, 2}};

/* A way, and stretches for it. */
static struct express express;
static struct pace pace[PARTITIONS];
static struct ends *ends;
static struct stretch stretch[4];

static void open_way(void)
{
	ends = ends_create(&memory, &key);
	cr_assert_not_null(ends);
	express = (struct express){.is_open = true, .until_ns = 5000, .ends = ends, .pace = pace};
	for (unsigned i = 0; i < PARTITIONS; i++)
		pace[i] = (struct pace){.is_roomy = true};
	memset(stretch, 0, sizeof stretch);
}

static void close_way(void)
{
	ends_destroy(ends);
}

TestSuite(express, .init = open_way, .fini = close_way);

/* From a port of the client to one of the server. */
static struct segment segment_of(uint16_t port, uint16_t service)
{
	struct segment segment = {
		.tuple.ip_version = 4,
		.flags = TCP_ACK,
		.window = 1000,
		.hash = UINT64_C(0x100000001) * port,
		.ts_ns = 1000,
	};

	segment.from = (uint8_t)tuple_set_ends(&segment.tuple, client, port, server, service);
	return segment;
}

/* As they stand in a frame. */
static struct express_ends sent(const uint8_t *from, uint16_t port, const uint8_t *to,
				uint16_t to_port)
{
	const uint8_t bytes[4] = {(uint8_t)(port >> 8), (uint8_t)port, (uint8_t)(to_port >> 8),
				  (uint8_t)to_port};
	struct express_ends found;

	memcpy(&found.addresses, from, 4);
	memcpy((uint8_t *)&found.addresses + 4, to, 4);
	memcpy(&found.ports, bytes, 4);
	return found;
}

static void lead(uint16_t port, struct stretch *to)
{
	struct segment segment = segment_of(port, 80);

	ends_note(ends, &segment);
	express_lead(&express, &segment, to);
}

static struct express_place *find(struct express_ends sent_ends, uint8_t *from)
{
	return express_find(&express, sent_ends, ends_changes(ends), from);
}

static struct stretch *found(uint16_t port)
{
	uint8_t from;
	struct express_place *place = find(sent(client, port, server, 80), &from);

	return place != NULL ? place->stretch : NULL;
}

/* The next port whose ends have the same two places. */
static uint16_t rival_of(uint16_t port)
{
	unsigned place = express_pair_of(sent(client, port, server, 80)) / 2;
	uint16_t rival = port;

	do
		rival++;
	while (express_pair_of(sent(client, rival, server, 80)) / 2 != place);
	return rival;
}

Test(express, finds_a_stretch_from_both_ends)
{
	struct express_place *place;
	uint8_t from;

	lead(4000, &stretch[0]);
	/* The server has the lower address. */
	place = find(sent(server, 80, client, 4000), &from);
	cr_assert_not_null(place);
	cr_assert_eq(place->stretch, &stretch[0]);
	cr_assert_eq(from, 0);
	place = find(sent(client, 4000, server, 80), &from);
	cr_assert_not_null(place);
	cr_assert_eq(place->stretch, &stretch[0]);
	cr_assert_eq(from, 1);
}

Test(express, finds_nothing_where_the_ports_are_those_of_the_other_end)
{
	uint8_t from;

	lead(4000, &stretch[0]);
	cr_assert_null(find(sent(client, 80, server, 4000), &from));
	cr_assert_null(find(sent(server, 4000, client, 80), &from));
	cr_assert_null(find(sent(client, 4001, server, 80), &from));
}

Test(express, finds_nothing_where_nothing_was)
{
	uint8_t from;

	cr_assert_null(find((struct express_ends){0}, &from));
}

Test(express, has_two_places_and_the_third_takes_the_second)
{
	uint16_t second = rival_of(4000), third = rival_of(second);

	lead(4000, &stretch[0]);
	lead(second, &stretch[1]);
	cr_assert_eq(found(4000), &stretch[0]);
	cr_assert_eq(found(second), &stretch[1]);
	lead(third, &stretch[2]);
	cr_assert_eq(found(third), &stretch[2]);
	cr_assert_eq((found(4000) == NULL) + (found(second) == NULL), 1);
}

Test(express, takes_the_place_of_one_that_is_not_led_to_any_more)
{
	uint16_t second = rival_of(4000);
	unsigned place;

	lead(4000, &stretch[0]);
	place = stretch[0].express;
	stretch[0].express = 0;
	cr_assert_null(found(4000));
	lead(second, &stretch[1]);
	cr_assert_eq(found(second), &stretch[1]);
	if (express_pair_of(sent(client, second, server, 80)) ==
	    express_pair_of(sent(client, 4000, server, 80)))
		cr_assert_eq(stretch[1].express, place);
}

Test(express, does_not_find_by_an_old_place_a_stretch_that_another_flow_has)
{
	uint16_t elsewhere = 4001;

	while (express_pair_of(sent(client, elsewhere, server, 80)) / 2 ==
	       express_pair_of(sent(client, 4000, server, 80)) / 2)
		elsewhere++;
	lead(4000, &stretch[0]);
	stretch[0].express = 0;
	lead(elsewhere, &stretch[0]);
	cr_assert_eq(found(elsewhere), &stretch[0]);
	cr_assert_null(found(4000));
}

Test(express, finds_nothing_once_another_tuple_has_the_place_in_what_was_met_lately)
{
	struct segment rival = segment_of(4001, 80), own = segment_of(4000, 80);

	lead(4000, &stretch[0]);
	rival.hash = own.hash + 1;
	ends_note(ends, &rival);
	cr_assert_null(found(4000));
	ends_note(ends, &own);
	cr_assert_eq(found(4000), &stretch[0]);
	ends_note(ends, &(struct segment){.hash = own.hash + (UINT64_C(1) << 32)});
	cr_assert_eq(found(4000), &stretch[0]);
}

/* So that the next segment of 4000 is plain. */
static struct express_place *rest(struct segment *segment, uint8_t *from)
{
	struct express_place *place;

	for (unsigned side = 0; side < 2; side++) {
		stretch[0].end[side].may_acknowledge = true;
		stretch[0].end[side].payload_most = 1460;
		stretch[0].end[side].payload_left = INT32_MAX;
	}
	lead(4000, &stretch[0]);
	*segment = segment_of(4000, 80);
	segment->payload_bytes = 100;
	place = find(sent(client, 4000, server, 80), from);
	cr_assert_not_null(place);
	return place;
}

Test(express, counts_what_it_takes)
{
	struct segment segment;
	uint8_t from;
	struct express_place *place = rest(&segment, &from);
	struct pace *of = &pace[segment.hash % PARTITIONS];

	of->round = 70;
	cr_assert(express_take(place, from, &segment, segment.ts_ns));
	cr_assert_eq(of->round, 71);
	cr_assert_eq(of->ahead, 1);
	cr_assert_eq(of->clock_ns, 1000);
	cr_assert_eq(stretch[0].round, 70);
	cr_assert_eq(stretch[0].clock_ns, 1000);
	cr_assert_eq(stretch[0].silence_ns, 1000);
	cr_assert_eq(stretch[0].payload_gap_ns[from], 1000);
	cr_assert_eq(stretch[0].payload_ns, 1000);
	cr_assert_eq(stretch[0].end[from].max, 100);
	cr_assert_eq(stretch[0].end[from].packets, 1);
	cr_assert_eq(stretch[0].end[other(from)].packets, 0);
}

/* Of a segment that is not taken nothing is noted. */
static void refuses(struct express_place *place, uint8_t from, const struct segment *segment)
{
	const struct stretch before = stretch[0];
	const struct pace of = pace[segment->hash % PARTITIONS];

	cr_assert_not(express_take(place, from, segment, segment->ts_ns));
	cr_assert_arr_eq(&stretch[0], &before, sizeof before);
	cr_assert_eq(pace[segment->hash % PARTITIONS].round, of.round);
	cr_assert_eq(pace[segment->hash % PARTITIONS].ahead, of.ahead);
}

Test(express, leaves_to_the_table_the_segments_behind_which_it_looks_for_idle_records)
{
	struct segment segment;
	uint8_t from;
	struct express_place *place = rest(&segment, &from);
	struct pace *of = &pace[segment.hash % PARTITIONS];

	of->is_roomy = false;
	of->round = FLOW_ROUNDS_PER_LOOK - 1;
	refuses(place, from, &segment);
	of->is_roomy = true;
	cr_assert(express_take(place, from, &segment, segment.ts_ns));
}

Test(express, takes_nothing_that_does_not_go_on)
{
	struct segment segment;
	uint8_t from;
	struct express_place *place = rest(&segment, &from);

	segment.seq = 1;
	refuses(place, from, &segment);
	segment.seq = 0;
	segment.window = 0;
	refuses(place, from, &segment);
}

Test(express, does_not_lead_to_a_stretch_whose_segments_no_plain_frame_has)
{
	for (unsigned side = 0; side < 2; side++) {
		stretch[0].end[side].marks = SEGMENT_TIMESTAMPS | SEGMENT_GOOD_CHECKSUM;
		lead(4000, &stretch[0]);
		cr_assert_null(found(4000));
		stretch[0].end[side].marks = SEGMENT_TIMESTAMPS;
	}
	lead(4000, &stretch[0]);
	cr_assert_eq(found(4000), &stretch[0]);
}

Test(express, takes_no_more_payload_than_is_left_to_the_stretch)
{
	struct segment segment;
	uint8_t from;
	struct express_place *place = rest(&segment, &from);

	stretch[0].end[from].payload_left = segment.payload_bytes - 1;
	refuses(place, from, &segment);
	stretch[0].end[from].payload_left = segment.payload_bytes;
	cr_assert(express_take(place, from, &segment, segment.ts_ns));
	cr_assert_eq(stretch[0].end[from].payload_left, 0);
}

Test(express, knows_the_kind_of_each_end)
{
	uint8_t from;
	struct express_place *place;
	struct plain_kind kind[2] = {plain_kind(7, 64, PLAIN_BARE),
				     plain_kind(9, 50, PLAIN_STAMPED)};

	stretch[0].end[0].link = 7;
	stretch[0].end[0].ttl = 64;
	stretch[0].end[1].link = 9;
	stretch[0].end[1].ttl = 50;
	stretch[0].end[1].marks = SEGMENT_TIMESTAMPS;
	lead(4000, &stretch[0]);
	for (unsigned side = 0; side < 2; side++) {
		place = find(side == 0 ? sent(server, 80, client, 4000)
				       : sent(client, 4000, server, 80),
			     &from);
		cr_assert_not_null(place);
		cr_assert_eq(from, side);
		cr_assert_eq(place->kind.form, side == 1 ? PLAIN_STAMPED : PLAIN_BARE);
		cr_assert(plain_is_same_kind(&place->kind, &kind[side]));
		cr_assert_not(plain_is_same_kind(&place->kind, &kind[other(side)]));
	}
}

/* Each of the frames that a stretch keeps is an acknowledgement, and the payload is still known. */
Test(express, keeps_the_latest_payload_behind_acknowledgements)
{
	struct segment segment;
	uint8_t from;
	struct express_place *place = rest(&segment, &from);
	const struct trace *kept = &stretch[0].last_payload[from];
	struct flow flow = {.end[0].packets = 0};

	segment.number = 7;
	segment.ip_id = 70;
	cr_assert(express_take(place, from, &segment, segment.ts_ns));
	cr_assert(stretch[0].end[from].sent_payload);
	stretch[0].end[other(from)].max = 50;
	segment.seq = 100;
	segment.payload_bytes = 0;
	for (uint32_t i = 1; i <= FRAMES_KEPT + 1; i++) {
		segment.number = 7 + i;
		segment.ack = i;
		cr_assert(express_take(place, from, &segment, segment.ts_ns));
		cr_assert_not(stretch[0].end[from].sent_payload);
		cr_assert_eq(kept->number, 7);
		cr_assert_eq(kept->seq, 0);
		cr_assert_eq(kept->payload_bytes, 100);
		cr_assert_eq(kept->ip_id, 70);
	}
	stretch_enter(&stretch[0], &flow);
	cr_assert_eq(flow.end[from].last_payload.number, 7);
	cr_assert_eq(flow.end[from].last.number, 8 + FRAMES_KEPT);
	cr_assert_eq(flow.end[from].last.seq, 100);
}

/* A flow in a stretch that the way leads to. */
static struct flow_node *add_flow(struct flow_table *table, uint32_t *handle)
{
	struct segment segment = segment_of(4000, 80);
	struct flow_node *node;

	cr_assert(flow_table_open(table, &memory, &key, 0, 64));
	*handle = flow_table_add(table, &segment.tuple, segment.hash);
	cr_assert_neq(*handle, POOL_NONE);
	node = node_at(table, *handle);
	seat_at(table, node->record)->stretch = pool_take(&table->stretches);
	node->steady = IN_STRETCH;
	lead(4000, stretch_at(table, seat_at(table, node->record)));
	cr_assert_not_null(found(4000));
	return node;
}

Test(express, does_not_lead_to_a_flow_that_has_left)
{
	struct flow_table table;
	uint32_t handle;

	add_flow(&table, &handle);
	flow_table_remove(&table, handle);
	cr_assert_null(found(4000));
	flow_table_close(&table);
}

Test(express, does_not_lead_to_a_flow_beside_which_another_has_its_ends)
{
	struct flow_table table;
	struct segment other = segment_of(4000, 80);
	uint32_t handle;

	add_flow(&table, &handle);
	other.tuple.vlan_count = 1;
	other.tuple.vlan[0] = 5;
	cr_assert_neq(flow_table_add(&table, &other.tuple, other.hash), POOL_NONE);
	cr_assert_null(found(4000));
	flow_table_close(&table);
}

Test(express, leaves_in_the_seat_when_its_latest_segment_came)
{
	struct flow_table table;
	uint32_t handle;
	struct flow_node *node = add_flow(&table, &handle);
	struct seat *seat = seat_at(&table, node->record);

	seat->round = 3;
	stretch_at(&table, seat)->round = 40;
	flow_table_end_express(&table, node);
	cr_assert_eq(seat->round, 40);
	cr_assert_null(found(4000));
	seat->round = 50; /* one that came the general way since */
	flow_table_end_express(&table, node);
	cr_assert_eq(seat->round, 50);
	flow_table_close(&table);
}

/* A SYN from this port at this time. */
static void give_syn(struct pipeline *pipeline, uint16_t port, int64_t ts_ns)
{
	struct segment segment = segment_of(port, 80);

	segment.flags = TCP_SYN;
	segment.ts_ns = ts_ns;
	pipeline_take(pipeline, &segment);
}

static unsigned partition_of(const struct analyzer_config *config, uint16_t port)
{
	struct segment segment = segment_of(port, 80);

	return tuple_hash(&segment.tuple, &config->hash_key) % PARTITIONS;
}

Test(express, learns_where_it_opens_again_what_came_meanwhile)
{
	enum { FIRST_PORT = 1024, SOON = 1000, LONG_AFTER = 1000 };
	struct analyzer_config config;
	struct pipeline *pipeline;
	struct express *way;
	uint16_t port = FIRST_PORT;
	unsigned partition;
	uint32_t round;

	analyzer_config_default(&config);
	partition = partition_of(&config, FIRST_PORT);
	pipeline = pipeline_create(&config, 1, &memory, &(struct report_sink){0});
	cr_assert_not_null(pipeline);
	way = pipeline_open_express(pipeline);
	cr_assert_not_null(way);
	cr_assert(way->is_open);
	while (way->is_open && port < UINT16_MAX) /* until there are many in most partitions */
		give_syn(pipeline, port++, SOON);
	cr_assert_not(way->is_open);
	for (port = FIRST_PORT; !way->is_open && port < UINT16_MAX; port++) /* they have left */
		give_syn(pipeline, FIRST_PORT, LONG_AFTER * INT64_C(1000000000));
	cr_assert(way->is_open);
	round = way->pace[partition].round;
	give_syn(pipeline, FIRST_PORT, LONG_AFTER * INT64_C(1000000000));
	cr_assert_eq(way->pace[partition].round, round + 1);
	pipeline_destroy(pipeline);
}
