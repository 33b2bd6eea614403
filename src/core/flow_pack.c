#include "core/flow_pack.h"

#include <assert.h>
#include <string.h>

#include "core/octets.h"

/* The index of the member's first word. */
#define WORD(member) (offsetof(struct flow, member) / sizeof(uint32_t))

/* In place of the second half's model: the unit is one number of 64 bits. */
#define LONG UINT16_MAX

/* `member`, of 4 or 8 bytes, resembles `model`, which stands before it. */
#define LIKE_4(member, model) [WORD(member)] = WORD(model)
#define LIKE_8(member, model) LIKE_4(member, model), [WORD(member) + 1] = LONG

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

/* A copy of one of the endpoint's latest frames. */
#define LIKE_FRAME(i, k)                                                                           \
	LIKE_8(frame[i][k].ts_ns, end[i].last_frame.ts_ns),                                        \
		LIKE_4(frame[i][k].seq, end[i].last_frame.seq),                                    \
		LIKE_4(frame[i][k].ack, end[i].last_frame.ack),                                    \
		LIKE_4(frame[i][k].payload_bytes, end[i].last_frame.payload_bytes),                \
		LIKE_4(frame[i][k].tsval, end[i].tsval)

#define LIKE_ENDPOINT(i)                                                                           \
	LIKE_4(end[i].max, end[i].iss), LIKE_4(end[i].una, end[i].max),                            \
		LIKE_4(end[i].edge, end[i].max), LIKE_4(end[i].contiguous, end[i].max),            \
		LIKE_4(end[i].announced, end[i].edge), LIKE_4(end[i].fin_seq, end[i].max),         \
		LIKE_4(end[i].covering_seq, end[i].max), LIKE_8(end[i].last_frame.ts_ns, last_ns), \
		LIKE_8(end[i].last_frame.number, last_number),                                     \
		LIKE_4(end[i].last_frame.seq, end[i].max),                                         \
		LIKE_4(end[i].last_frame.ack, end[i].last_ack),                                    \
		LIKE_COPY(end[i].last, end[i].last_frame),                                         \
		LIKE_TRACE(end[i].last_payload, i, end[i].last),                                   \
		LIKE_COPY(end[i].waiting_ack, end[i].last), LIKE_8(end[i].timed_ns, payload_ns),   \
		LIKE_4(end[i].timed_end, end[i].last_ack), LIKE_FRAME(i, 0), LIKE_FRAME(i, 1),     \
		LIKE_FRAME(i, 2), LIKE_FRAME(i, 3)

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
	LIKE_8(step[i].ts_ns, step[before].ts_ns), [STEP_WORD(i)] = STEP_WORD(before),             \
						   [STEP_WORD(i) + 1] = STEP_WORD(before) + 1

/* The word of a step with its state and the low bits of the frame's number. */
#define STEP_WORD(i) (WORD(step[i].ts_ns) + 2)

/* By word of 32 bits: which one it resembles. Word 0 is always zero here: to resemble it is to
 * resemble nothing. */
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
	LIKE_4(end[1].echoed, end[0].tsval),
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
static_assert(sizeof(struct flow) % sizeof(uint64_t) == 0, "a record is made of units");
static_assert(offsetof(struct flow, tuple.addr) == 0,
	      "an address, which is not packed, stands first");

/* A record, as numbers of 64 bits or of 32. */
union words {
	uint64_t unit[FLOW_UNITS];
	uint32_t word[2 * FLOW_UNITS];
};

/* Small differences of either sign become small numbers. */
static uint64_t fold_long(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static uint64_t unfold_long(uint64_t folded)
{
	return folded >> 1 ^ (0 - (folded & 1));
}

static uint32_t fold(uint32_t difference)
{
	return difference << 1 ^ (0 - (difference >> 31));
}

static uint32_t unfold(uint32_t folded)
{
	return folded >> 1 ^ (0 - (folded & 1));
}

/* A difference of 32 bits takes 0, 1, 2 or 4 bytes. */
static unsigned width_of(uint32_t difference)
{
	static const uint8_t by_bits[33] = {0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2,
					    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};

	return by_bits[bits_highest((uint64_t)difference << 1 | 1)];
}

static unsigned width_bytes(unsigned width)
{
	return 1U << width >> 1;
}

/* Both return the four bits that say how to read the unit, and go on behind its bytes. */
static unsigned pack_long(const union words *record, unsigned unit, uint8_t **at)
{
	uint64_t difference = fold_long(record->unit[unit] - record->unit[model[2 * unit] / 2]);
	unsigned bytes = octets_of(difference);

	*at = octets_put(*at, difference, bytes);
	return bytes;
}

static unsigned pack_pair(const union words *record, unsigned unit, uint8_t **at)
{
	const uint32_t *word = &record->word[2 * unit];
	uint32_t first = fold(word[0] - record->word[model[2 * unit]]);
	uint32_t second = fold(word[1] - record->word[model[2 * unit + 1]]);
	unsigned widths = width_of(first) | width_of(second) << 2;

	*at = octets_put(*at, first, width_bytes(widths & 3));
	*at = octets_put(*at, second, width_bytes(widths >> 2));
	return widths;
}

static void unpack_long(union words *record, unsigned unit, unsigned bytes, const uint8_t **at)
{
	record->unit[unit] = record->unit[model[2 * unit] / 2] + unfold_long(octets_get(at, bytes));
}

static void unpack_pair(union words *record, unsigned unit, unsigned widths, const uint8_t **at)
{
	uint32_t *word = &record->word[2 * unit];
	uint32_t first = (uint32_t)octets_get(at, width_bytes(widths & 3));
	uint32_t second = (uint32_t)octets_get(at, width_bytes(widths >> 2));

	word[0] = record->word[model[2 * unit]] + unfold(first);
	word[1] = record->word[model[2 * unit + 1]] + unfold(second);
}

/* Which of eight units are not zero, a bit for each. */
static unsigned nonzero(const uint64_t unit[8])
{
	return (unsigned)(unit[0] != 0) | (unsigned)(unit[1] != 0) << 1 |
	       (unsigned)(unit[2] != 0) << 2 | (unsigned)(unit[3] != 0) << 3 |
	       (unsigned)(unit[4] != 0) << 4 | (unsigned)(unit[5] != 0) << 5 |
	       (unsigned)(unit[6] != 0) << 6 | (unsigned)(unit[7] != 0) << 7;
}

/* Which units are not zero, a byte for each group. */
struct masks {
	uint8_t group[8 * FLOW_GROUP_MASK_BYTES];
	unsigned units; /* how many they are */
};

static struct masks masks_of(const union words *record)
{
	struct masks masks = {{0}, 0};

	for (unsigned i = 0; i < FLOW_GROUPS; i++) {
		unsigned mask = nonzero(&record->unit[8 * i]);

		masks.group[i] = (uint8_t)mask;
		masks.units += bits_count_8(mask);
	}
	return masks;
}

/* First which masks are not zero, then these. Returns where they end. */
static uint8_t *pack_masks(const struct masks *masks, uint8_t *packed)
{
	uint8_t *at = packed + FLOW_GROUP_MASK_BYTES;

	for (unsigned i = 0; i < FLOW_GROUP_MASK_BYTES; i++) {
		unsigned groups = 0;

		for (unsigned k = 0; k < 8; k++) {
			if (masks->group[8 * i + k] == 0)
				continue;
			groups |= 1U << k;
			*at++ = masks->group[8 * i + k];
		}
		packed[i] = (uint8_t)groups;
	}
	return at;
}

static const uint8_t *unpack_masks(struct masks *masks, const uint8_t *packed)
{
	const uint8_t *at = packed + FLOW_GROUP_MASK_BYTES;

	for (unsigned i = 0; i < FLOW_GROUP_MASK_BYTES; i++) {
		for (unsigned left = packed[i]; left != 0; left &= left - 1) {
			masks->group[8 * i + bits_lowest(left)] = *at;
			masks->units += bits_count_8(*at++);
		}
	}
	return at;
}

static void read_record(const struct flow *flow, enum flow_part part, union words *record)
{
	size_t bytes = part == FLOW_WHOLE ? sizeof *flow : offsetof(struct flow, next_frame);

	memcpy(record, flow, bytes);
	memset((uint8_t *)record + bytes, 0, sizeof *record - bytes);
	memset(record, 0, sizeof flow->tuple.addr);
	memset(&record->word[WORD(tuple.port)], 0, sizeof flow->tuple.port);
}

/* Four bits for each unit that is not zero, sixteen of them at a time. */
struct codes {
	uint64_t window;
	unsigned count;
};

static void put_code(struct codes *codes, unsigned code, uint8_t *at)
{
	codes->window |= (uint64_t)code << 4 * (codes->count % 16);
	codes->count++;
	if (codes->count % 16 != 0)
		return;
	octets_put(at + codes->count / 2 - 8, codes->window, OCTETS_MAX);
	codes->window = 0;
}

/* The last ones, which are fewer than sixteen. */
static void flush_codes(const struct codes *codes, uint8_t *at)
{
	unsigned rest = codes->count % 16;

	for (unsigned i = 0; i < (rest + 1) / 2; i++)
		at[codes->count / 16 * 8 + i] = (uint8_t)(codes->window >> 8 * i);
}

static unsigned take_code(struct codes *codes, const uint8_t *at)
{
	unsigned code;

	if (codes->count % 16 == 0) {
		at += codes->count / 2;
		codes->window = octets_get(&at, OCTETS_MAX);
	}
	code = (unsigned)codes->window & 0xf;
	codes->window >>= 4;
	codes->count++;
	return code;
}

size_t flow_pack(const struct flow *flow, enum flow_part part, uint8_t *packed)
{
	union words record;
	struct masks masks;
	struct codes codes = {0, 0};
	uint8_t *code_at, *at;

	read_record(flow, part, &record);
	masks = masks_of(&record);
	code_at = pack_masks(&masks, packed);
	at = code_at + (masks.units + 1) / 2;
	for (unsigned i = 0; i < FLOW_GROUPS; i++) {
		for (unsigned left = masks.group[i]; left != 0; left &= left - 1) {
			unsigned unit = 8 * i + bits_lowest(left);

			put_code(&codes,
				 model[2 * unit + 1] == LONG ? pack_long(&record, unit, &at)
							     : pack_pair(&record, unit, &at),
				 code_at);
		}
	}
	flush_codes(&codes, code_at);
	return (size_t)(at - packed) + FLOW_PACKED_SLACK_BYTES;
}

void flow_unpack(const uint8_t *packed, struct flow *flow)
{
	union words record = {{0}};
	struct masks masks = {{0}, 0};
	struct codes codes = {0, 0};
	const uint8_t *code_at = unpack_masks(&masks, packed);
	const uint8_t *at = code_at + (masks.units + 1) / 2;

	for (unsigned i = 0; i < FLOW_GROUPS; i++) {
		for (unsigned left = masks.group[i]; left != 0; left &= left - 1) {
			unsigned unit = 8 * i + bits_lowest(left);
			unsigned code = take_code(&codes, code_at);

			if (model[2 * unit + 1] == LONG)
				unpack_long(&record, unit, code, &at);
			else
				unpack_pair(&record, unit, code, &at);
		}
	}
	memcpy(flow, &record, sizeof *flow);
}
