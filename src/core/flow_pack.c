#include "core/flow_pack.h"

#include <assert.h>
#include <string.h>

#include "core/bits.h"

/* The index of the member's first word. */
#define WORD(member) (offsetof(struct flow, member) / sizeof(uint32_t))

/* `member`, of 4 or 8 bytes, resembles `model`, which stands before it. */
#define LIKE_4(member, model) [WORD(member)] = WORD(model)
#define LIKE_8(member, model) LIKE_4(member, model), [WORD(member) + 1] = WORD(model) + 1

/* A trace of a segment from endpoint `from`, at about the time of another trace. */
#define LIKE_TRACE(trace, from, other)                                                             \
	LIKE_8(trace.ts_ns, other.ts_ns), LIKE_8(trace.number, other.number),                      \
		LIKE_4(trace.seq, end[from].max), LIKE_4(trace.ack, end[from].last_ack),           \
		LIKE_4(trace.ip_id, end[from].last_frame.ip_id)

/* The same trace, as it is for the most part. */
#define LIKE_COPY(trace, other)                                                                    \
	LIKE_8(trace.ts_ns, other.ts_ns), LIKE_8(trace.number, other.number),                      \
		LIKE_4(trace.seq, other.seq), LIKE_4(trace.ack, other.ack),                        \
		LIKE_4(trace.payload_bytes, other.payload_bytes), LIKE_4(trace.ip_id, other.ip_id)

#define LIKE_ENDPOINT(i)                                                                           \
	LIKE_4(end[i].max, end[i].iss), LIKE_4(end[i].una, end[i].max),                            \
		LIKE_4(end[i].edge, end[i].max), LIKE_4(end[i].contiguous, end[i].max),            \
		LIKE_4(end[i].announced, end[i].edge), LIKE_4(end[i].island_begin, end[i].max),    \
		LIKE_4(end[i].island_end, end[i].max), LIKE_4(end[i].fin_seq, end[i].max),         \
		LIKE_4(end[i].covering_seq, end[i].max), LIKE_8(end[i].last_frame.ts_ns, last_ns), \
		LIKE_8(end[i].last_frame.number, last_number),                                     \
		LIKE_4(end[i].last_frame.seq, end[i].max),                                         \
		LIKE_4(end[i].last_frame.ack, end[i].last_ack),                                    \
		LIKE_COPY(end[i].last, end[i].last_frame),                                         \
		LIKE_TRACE(end[i].last_payload, i, end[i].last),                                   \
		LIKE_COPY(end[i].waiting_ack, end[i].last), LIKE_8(end[i].timed_ns, payload_ns),   \
		LIKE_4(end[i].timed_end, end[i].last_ack)

/* The FIN of endpoint `i`, and the TIME-WAIT that it may hold. */
#define LIKE_CLOSE(i, peer)                                                                        \
	LIKE_TRACE(close[i].fin, i, end[i].last), LIKE_COPY(close[i].last_fin, close[i].fin),      \
		LIKE_TRACE(close[i].ack, peer, end[peer].last),                                    \
		LIKE_4(close[i].fin_expected_seq, end[i].max),                                     \
		LIKE_4(close[i].ack_expected_seq, end[peer].max),                                  \
		LIKE_8(time_wait[i].start_ns, last_ns),                                            \
		LIKE_8(time_wait[i].restart_ns, time_wait[i].start_ns),                            \
		LIKE_8(time_wait[i].end_ns, time_wait[i].start_ns)

/* A step: its time, and the word with its state and the frame's number. */
#define LIKE_STEP(i, before)                                                                       \
	LIKE_8(step[i].ts_ns, step[before].ts_ns),                                                 \
		[WORD(step[i].ts_ns) + 2] = WORD(step[before].ts_ns) + 2,                          \
				       [WORD(step[i].ts_ns) + 3] = WORD(step[before].ts_ns) + 3

/* By word: which one it resembles. Word 0 is always zero here: to resemble it is to resemble
 * nothing. */
static const uint16_t model[FLOW_WORDS] = {
	LIKE_8(last_ns, first_ns),
	LIKE_8(clock_ns, last_ns),
	LIKE_8(last_number, first_number),
	LIKE_8(syn_ns, first_ns),
	LIKE_8(syn_ack_ns, syn_ns),
	LIKE_8(syn_ack_number, first_number),
	LIKE_8(payload_ns, last_ns),
	LIKE_ENDPOINT(0),
	LIKE_ENDPOINT(1),
	LIKE_4(end[0].confirm_end, end[0].last_ack),
	LIKE_4(end[1].iss, end[0].last_ack),
	LIKE_4(end[1].last_ack, end[0].max),
	LIKE_4(end[1].confirm_end, end[0].max),
	LIKE_CLOSE(0, 1),
	LIKE_CLOSE(1, 0),
	LIKE_8(reset.by.ts_ns, last_ns),
	LIKE_8(reset.by.number, last_number),
	LIKE_8(step[0].ts_ns, first_ns),
	LIKE_STEP(1, 0),
	LIKE_STEP(2, 1),
	LIKE_STEP(3, 2),
	LIKE_STEP(4, 3),
	LIKE_STEP(5, 4),
	LIKE_STEP(6, 5),
	LIKE_STEP(7, 6),
	LIKE_STEP(8, 7),
	LIKE_STEP(9, 8),
	LIKE_STEP(10, 9),
	LIKE_STEP(11, 10),
};

static_assert(FLOW_STEPS == 12, "each step resembles the one before");
static_assert(sizeof(struct flow) % sizeof(uint32_t) == 0, "a record is made of words");
static_assert(offsetof(struct flow, tuple.addr) == 0,
	      "an address, which is not packed, stands first");

/* A word's difference takes 0, 1, 2 or 4 bytes: two bits say which. */
static unsigned bytes_of(unsigned width)
{
	return 1U << width >> 1;
}

static unsigned width_of(uint32_t difference)
{
	return (unsigned)(difference > 0) + (difference > 0xff) + (difference > 0xffff);
}

/* Small differences of either sign become small numbers. */
static uint32_t fold(uint32_t difference)
{
	return difference << 1 ^ (0 - (difference >> 31));
}

static uint32_t unfold(uint32_t folded)
{
	return folded >> 1 ^ (0 - (folded & 1));
}

static void store(uint8_t *at, uint32_t word)
{
	at[0] = (uint8_t)word;
	at[1] = (uint8_t)(word >> 8);
	at[2] = (uint8_t)(word >> 16);
	at[3] = (uint8_t)(word >> 24);
}

static uint32_t load(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Which words of the group are not zero. */
static unsigned nonzero(const uint32_t word[FLOW_GROUP_WORDS])
{
	unsigned mask = 0;
	uint32_t any = 0;

	for (unsigned i = 0; i < FLOW_GROUP_WORDS; i++)
		any |= word[i];
	if (any == 0)
		return 0;
	for (unsigned i = 0; i < FLOW_GROUP_WORDS; i++)
		mask |= (unsigned)(word[i] != 0) << i;
	return mask;
}

/* The bytes in which a group says which of its words are not zero, and how wide these are. */
static unsigned head_bytes(unsigned mask)
{
	return bits_count_8(mask) > 4 ? 3 : 2;
}

static uint8_t *pack_group(const uint32_t *word, unsigned first, unsigned mask, uint8_t *packed)
{
	uint8_t *at = packed + head_bytes(mask);
	unsigned widths = 0, shift = 0;

	for (unsigned left = mask; left != 0; left &= left - 1) {
		unsigned i = first + bits_lowest(left);
		uint32_t difference = fold(word[i] - word[model[i]]);
		unsigned width = width_of(difference);

		widths |= width << shift;
		shift += 2;
		store(at, difference);
		at += bytes_of(width);
	}
	packed[0] = (uint8_t)mask;
	packed[1] = (uint8_t)widths;
	if (shift > 8)
		packed[2] = (uint8_t)(widths >> 8);
	return at;
}

size_t flow_pack(const struct flow *flow, enum flow_part part, uint8_t *packed)
{
	uint32_t word[FLOW_GROUPS * FLOW_GROUP_WORDS];
	size_t words = part == FLOW_WHOLE ? FLOW_WORDS : WORD(next_frame);
	uint8_t *at = packed + FLOW_GROUP_MASK_BYTES;

	memcpy(word, flow, words * sizeof *word);
	memset(word, 0, sizeof flow->tuple.addr);
	memset(word + WORD(tuple.port), 0, sizeof flow->tuple.port);
	memset(word + words, 0, (FLOW_GROUPS * FLOW_GROUP_WORDS - words) * sizeof *word);
	memset(packed, 0, FLOW_GROUP_MASK_BYTES);
	for (unsigned group = 0; group * FLOW_GROUP_WORDS < words; group++) {
		unsigned first = group * FLOW_GROUP_WORDS;
		unsigned mask = nonzero(word + first);

		if (mask == 0)
			continue;
		packed[group / 8] |= (uint8_t)(1U << group % 8);
		at = pack_group(word, first, mask, at);
	}
	return (size_t)(at - packed) + 4; /* load() reads the last word as a whole */
}

static const uint8_t *unpack_group(const uint8_t *packed, unsigned first, uint32_t *word)
{
	unsigned mask = packed[0];
	const uint8_t *at = packed + head_bytes(mask);
	unsigned widths = packed[1] | (unsigned)packed[2] << 8;

	for (unsigned left = mask; left != 0; left &= left - 1) {
		unsigned i = first + bits_lowest(left);
		unsigned bytes = bytes_of(widths & 3);
		uint32_t difference = load(at) & (uint32_t)((UINT64_C(1) << 8 * bytes) - 1);

		word[i] = word[model[i]] + unfold(difference);
		widths >>= 2;
		at += bytes;
	}
	return at;
}

void flow_unpack(const uint8_t *packed, struct flow *flow)
{
	uint32_t word[FLOW_GROUPS * FLOW_GROUP_WORDS] = {0};
	const uint8_t *at = packed + FLOW_GROUP_MASK_BYTES;

	for (unsigned i = 0; i < FLOW_GROUP_MASK_BYTES; i++) {
		for (unsigned left = packed[i]; left != 0; left &= left - 1)
			at = unpack_group(at, (8 * i + bits_lowest(left)) * FLOW_GROUP_WORDS, word);
	}
	memcpy(flow, word, sizeof *flow);
}
