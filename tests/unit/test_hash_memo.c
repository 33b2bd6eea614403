/* Hashes of the tuples that were met lately. */
#include <criterion/criterion.h>

#include "pipeline/hash_memo.h"

static const struct hash_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};

static struct tuple tuple_of(uint8_t version, uint32_t number)
{
	struct tuple tuple = {.ip_version = version};
	uint8_t source[16] = {10, 0, (uint8_t)(number >> 8), (uint8_t)number}, server[16] = {192};

	tuple_set_ends(&tuple, source, (uint16_t)(1024 + number % 7), server, 443);
	return tuple;
}

Test(hash_memo, says_what_the_hash_is_however_often_it_is_asked)
{
	static struct hash_memo memo;

	/* More than have a place each, so that they take each other's. */
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t number = 0; number < 4 << HASH_MEMO_BITS; number++) {
			struct tuple four = tuple_of(4, number), six = tuple_of(6, number);

			for (unsigned again = 0; again < 2; again++) {
				cr_assert_eq(hash_memo_ask(&memo, &four, &key),
					     tuple_hash(&four, &key));
				cr_assert_eq(hash_memo_ask(&memo, &six, &key),
					     tuple_hash(&six, &key));
			}
		}
	}
}

Test(hash_memo, tells_ends_apart_that_differ_in_one_number)
{
	static struct hash_memo memo;
	struct tuple tuple = tuple_of(4, 1), other = tuple;

	hash_memo_ask(&memo, &tuple, &key);
	other.port[0]++;
	cr_assert_eq(hash_memo_ask(&memo, &other, &key), tuple_hash(&other, &key));
	other = tuple;
	other.port[1]++;
	cr_assert_eq(hash_memo_ask(&memo, &other, &key), tuple_hash(&other, &key));
	for (unsigned side = 0; side < 2; side++) {
		other = tuple;
		other.addr[side][3]++;
		cr_assert_eq(hash_memo_ask(&memo, &other, &key), tuple_hash(&other, &key));
	}
}

/* Nothing was met yet, and these ends look like what an empty place holds. */
Test(hash_memo, knows_no_ends_at_first)
{
	static struct hash_memo memo;
	struct tuple nothing = {.ip_version = 4};

	cr_assert_eq(hash_memo_ask(&memo, &nothing, &key), tuple_hash(&nothing, &key));
}

/* VLANs and tunnels are no part of the hash. */
Test(hash_memo, asks_for_nothing_but_the_ends)
{
	static struct hash_memo memo;
	struct tuple tuple = tuple_of(4, 1), tagged = tuple;

	tagged.vlan_count = 1;
	tagged.vlan[0] = 7;
	cr_assert_eq(hash_memo_ask(&memo, &tuple, &key), hash_memo_ask(&memo, &tagged, &key));
}
