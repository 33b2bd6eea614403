/*
 * The compact form of a record: whatever it held comes back, and what is usual gets short.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core/byte_store.h"
#include "core/flow_pack.h"

static uint32_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* Fills the record with any bytes, one word in `one_in`, and some words with those before them. */
static void scribble(struct flow *flow, uint64_t *state, uint32_t one_in)
{
	uint32_t word[FLOW_WORDS] = {0};

	for (size_t i = sizeof flow->tuple / sizeof *word; i < FLOW_WORDS; i++) {
		if (draw(state) % one_in != 0)
			continue;
		word[i] = draw(state) % 3 == 0 ? word[i - draw(state) % 8] + draw(state) % 70000
					       : draw(state) * 2 + draw(state) % 2;
	}
	memcpy(flow, word, sizeof *flow);
}

static void comes_back(const struct flow *flow, enum flow_part part, size_t compared_bytes)
{
	uint8_t *packed = malloc(FLOW_PACKED_MAX_BYTES);
	struct flow *unpacked = calloc(1, sizeof *unpacked);
	size_t bytes = flow_pack(flow, part, packed);
	uint8_t *exact = malloc(bytes);

	cr_assert_leq(bytes, (size_t)FLOW_PACKED_MAX_BYTES);
	memcpy(exact, packed, bytes); /* so that a sanitizer sees what reads too far */
	flow_unpack(exact, unpacked);
	cr_assert_eq(memcmp(unpacked, flow, compared_bytes), 0);
	free(exact);
	free(unpacked);
	free(packed);
}

Test(flow_pack, whatever_the_record_holds_comes_back)
{
	uint64_t state = 1;
	struct flow flow;

	for (unsigned round = 0; round < 400; round++) {
		scribble(&flow, &state, 1 + round % 40);
		comes_back(&flow, FLOW_WHOLE, sizeof flow);
		comes_back(&flow, FLOW_WITHOUT_FRAMES, offsetof(struct flow, next_frame));
	}
	memset(&flow, 0xff, sizeof flow);
	memset(flow.tuple.addr, 0, sizeof flow.tuple.addr);
	memset(flow.tuple.port, 0, sizeof flow.tuple.port);
	comes_back(&flow, FLOW_WHOLE, sizeof flow);
}

Test(flow_pack, leaves_out_the_frames_where_they_do_not_matter)
{
	uint8_t packed[FLOW_PACKED_MAX_BYTES];
	struct flow unpacked = {0}, flow = {.id = 7};

	flow.frame[1][2].kept = true;
	flow.next_frame[1] = 3;
	flow_pack(&flow, FLOW_WITHOUT_FRAMES, packed);
	flow_unpack(packed, &unpacked);
	cr_assert_eq(unpacked.id, 7);
	cr_assert_not(unpacked.frame[1][2].kept);
	cr_assert_eq(unpacked.next_frame[1], 0);
}

Test(flow_pack, times_and_numbers_close_together_take_little)
{
	enum { SYN_NS = 1700000000, WORTH_BYTES = 100 };
	uint8_t packed[FLOW_PACKED_MAX_BYTES];
	struct flow flow = {.id = UINT64_C(1) << 52};

	flow.first_ns = flow.last_ns = flow.clock_ns = SYN_NS * INT64_C(1000000000);
	flow.first_number = flow.last_number = 123456;
	flow.syn_ns = flow.end[0].last.ts_ns = flow.end[0].last_frame.ts_ns = flow.first_ns;
	flow.end[0].last.number = flow.end[0].last_frame.number = flow.first_number;
	flow.end[0].iss = flow.end[0].una = 0x89abcdef;
	flow.end[0].max = flow.end[0].contiguous = flow.end[0].iss + 1;
	cr_assert_lt(flow_pack(&flow, FLOW_WITHOUT_FRAMES, packed), (size_t)WORTH_BYTES);
}

static void *allocate(size_t bytes)
{
	return calloc(1, bytes);
}

Test(byte_store, keeps_strings_of_every_length)
{
	static const struct memory memory = {allocate, free};
	static uint32_t handle[BYTE_STORE_MAX_BYTES + 1];
	static uint8_t bytes[BYTE_STORE_MAX_BYTES];
	struct byte_store store;

	byte_store_open(&store, &memory);
	for (size_t length = 1; length <= BYTE_STORE_MAX_BYTES; length++) {
		memset(bytes, (int)(length % 251), length);
		handle[length] = byte_store_put(&store, bytes, length);
		cr_assert_neq(handle[length], (uint32_t)POOL_NONE);
	}
	for (size_t length = 1; length <= BYTE_STORE_MAX_BYTES; length++) {
		const uint8_t *kept = byte_store_at(&store, handle[length]);

		cr_assert_eq(kept[0], length % 251);
		cr_assert_eq(kept[length - 1], length % 251);
		byte_store_give(&store, handle[length], length);
	}
	cr_assert_eq(store.bytes, 0);
	byte_store_close(&store);
}

static uint32_t places_ever(const struct byte_store *store)
{
	uint32_t places = 0;

	for (unsigned i = 0; i < BYTE_STORE_POOLS; i++)
		places += store->pool[i].ever;
	return places;
}

Test(byte_store, fills_larger_places_before_it_grows)
{
	enum { COUNT = 1000, LARGE = 496, SMALL = 440, TINY = 100 };
	static const struct memory memory = {allocate, free};
	static const uint8_t bytes[LARGE];
	static uint32_t handle[COUNT];
	struct byte_store store;

	byte_store_open(&store, &memory);
	for (unsigned i = 0; i < COUNT; i++)
		handle[i] = byte_store_put(&store, bytes, LARGE);
	for (unsigned i = 0; i < COUNT; i++)
		byte_store_give(&store, handle[i], LARGE);
	for (unsigned i = 0; i < COUNT; i++)
		handle[i] = byte_store_put(&store, bytes, SMALL);
	cr_assert_eq(places_ever(&store), COUNT);
	cr_assert_eq(store.bytes, COUNT * 448, "told by what it would take in a place of its size");
	for (unsigned i = 0; i < COUNT; i++)
		byte_store_give(&store, handle[i], SMALL);
	byte_store_put(&store, bytes, TINY);
	cr_assert_eq(places_ever(&store), COUNT + 1, "a place may not be much larger");
	byte_store_close(&store);
}
