/*
 * What a diary keeps comes back whole, whatever it is: the time between two segments, notes, and
 * what is left of a diary that is over.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core/diary_seal.h"
#include "support/dice.h"

enum { ROUNDS = 3000, NOTES = 40 };

static uint64_t throw_bits(struct dice *dice, unsigned most)
{
	uint64_t high = dice_throw(dice, UINT32_MAX),
		 bits = high << 32 | dice_throw(dice, UINT32_MAX);
	unsigned width = dice_throw(dice, most + 1);

	return width == 0 ? 0 : bits >> (64 - width);
}

static void pair_32(struct dice *dice, uint32_t pair[2])
{
	pair[0] = (uint32_t)throw_bits(dice, 32);
	pair[1] = (uint32_t)throw_bits(dice, 32);
}

static void pair_16(struct dice *dice, uint16_t pair[2])
{
	pair[0] = (uint16_t)throw_bits(dice, 16);
	pair[1] = (uint16_t)throw_bits(dice, 16);
}

static void pair_8(struct dice *dice, uint8_t pair[2])
{
	pair[0] = (uint8_t)throw_bits(dice, 8);
	pair[1] = (uint8_t)throw_bits(dice, 8);
}

/* A note of any numbers, or one that goes on as the last one did. */
static struct diary_note random_note(struct dice *dice, const struct diary_mark *mark)
{
	unsigned from = dice_throw(dice, 2);
	struct diary_note note = {
		.since = throw_bits(dice, 64),
		.from = (uint8_t)from,
		.fin = dice_throw(dice, 2) != 0,
		.push = dice_throw(dice, 2) != 0,
		.window = mark->window[from],
		.ip_id = (uint16_t)(mark->ip_id[from] + dice_throw(dice, 3)),
		.header_bytes = mark->header_bytes,
	};

	if (dice_throw(dice, 3) == 0)
		return note;
	note.tsval_more = (uint32_t)throw_bits(dice, 24);
	note.payload_bytes = (uint16_t)throw_bits(dice, 16);
	note.window = (uint16_t)throw_bits(dice, 16);
	note.ip_id = (uint16_t)throw_bits(dice, 16);
	note.header_bytes = (uint8_t)throw_bits(dice, 8);
	note.tsecr_less = (uint8_t)throw_bits(dice, 8);
	note.look = (uint8_t)throw_bits(dice, 8);
	return note;
}

static bool same_note(const struct diary_note *a, const struct diary_note *b)
{
	return a->since == b->since && a->tsval_more == b->tsval_more &&
	       a->payload_bytes == b->payload_bytes && a->window == b->window &&
	       a->ip_id == b->ip_id && a->header_bytes == b->header_bytes &&
	       a->tsecr_less == b->tsecr_less && a->look == b->look && a->from == b->from &&
	       a->fin == b->fin && a->push == b->push;
}

static struct diary random_diary(struct dice *dice)
{
	struct diary diary = {
		.stage = DIARY_OVER,
		.client = dice_throw(dice, 2) & 1,
		.closer = dice_throw(dice, 2) & 1,
		.stamped = dice_throw(dice, 2) & 1,
		.port_taken = dice_throw(dice, 2) & 1,
		.framed = dice_throw(dice, 2) & 1,
		.source = (uint16_t)throw_bits(dice, 16),
		.first_ns = (int64_t)throw_bits(dice, 64),
		.first_number = throw_bits(dice, 64),
		.flow_id = throw_bits(dice, 64),
		.answer_since = throw_bits(dice, 64),
	};

	pair_32(dice, diary.link);
	pair_32(dice, diary.iss);
	pair_32(dice, diary.first_tsval);
	pair_16(dice, diary.mss);
	pair_16(dice, diary.frame_bytes);
	pair_16(dice, diary.window);
	pair_16(dice, diary.ip_id);
	pair_8(dice, diary.ttl);
	pair_8(dice, diary.window_scale);
	pair_8(dice, diary.flags);
	diary.mark = diary_first_mark(&diary);
	return diary;
}

/* What the head of a diary consists of, but for what only a next segment is held against. */
static void expect_same(const struct diary *a, const struct diary *b)
{
	cr_assert_eq(a->stage, b->stage);
	cr_assert_eq(a->client, b->client);
	cr_assert_eq(a->closer, b->closer);
	cr_assert_eq(a->stamped, b->stamped);
	cr_assert_eq(a->port_taken, b->port_taken);
	cr_assert_eq(a->framed, b->framed);
	cr_assert_eq(a->source, b->source);
	cr_assert_eq(a->first_ns, b->first_ns);
	cr_assert_eq(a->first_number, b->first_number);
	cr_assert_eq(a->flow_id, b->flow_id);
	cr_assert_eq(a->answer_since, b->answer_since);
	cr_assert_eq(a->mark.bytes, b->mark.bytes);
	for (unsigned side = 0; side < 2; side++) {
		cr_assert_eq(a->link[side], b->link[side]);
		cr_assert_eq(a->iss[side], b->iss[side]);
		cr_assert_eq(a->first_tsval[side], b->first_tsval[side]);
		cr_assert_eq(a->mss[side], b->mss[side]);
		cr_assert_eq(a->frame_bytes[side], b->frame_bytes[side]);
		cr_assert_eq(a->window[side], b->window[side]);
		cr_assert_eq(a->ip_id[side], b->ip_id[side]);
		cr_assert_eq(a->ttl[side], b->ttl[side]);
		cr_assert_eq(a->window_scale[side], b->window_scale[side]);
		cr_assert_eq(a->flags[side], b->flags[side]);
	}
}

Test(diary, keeps_the_time_and_the_frames_between_two_segments)
{
	const int64_t us = 1000;
	struct dice dice = {1};

	for (unsigned i = 0; i < ROUNDS; i++) {
		int64_t ns = (int64_t)throw_bits(&dice, 36) * (i % 2 == 0 ? us : 1), ts_ns = 5;
		int64_t most_ns = ((INT64_C(1) << 35) - 1) * (ns % us == 0 ? us : 1);
		uint64_t frames = throw_bits(&dice, 29), number = 7, since;
		bool fits = ns <= most_ns && frames < 1 << 28;

		cr_assert_eq(diary_since(ns, frames, &since), fits);
		if (!fits)
			continue;
		diary_pass(since, &ts_ns, &number);
		cr_assert_eq(ts_ns, 5 + ns);
		cr_assert_eq(number, 7 + frames);
	}
	cr_assert_not(diary_since(-1, 0, &(uint64_t){0}));
	cr_assert_not(diary_since(-us, 0, &(uint64_t){0}));
}

Test(diary, notes_come_back)
{
	struct dice dice = {2};

	for (unsigned i = 0; i < ROUNDS / NOTES; i++) {
		uint8_t written[DIARY_NOTES_MAX_BYTES + DIARY_NOTES_SLACK_BYTES] = {0}, *exact;
		const struct diary diary = random_diary(&dice);
		struct diary_mark mark = diary.mark, again = mark;
		struct diary_note note[NOTES];
		unsigned count = 0;

		do {
			note[count] = random_note(&dice, &mark);
		} while (diary_note_write(&note[count], &mark, written, DIARY_NOTES_MAX_BYTES) &&
			 ++count < NOTES);
		exact = malloc(mark.bytes + (size_t)DIARY_NOTES_SLACK_BYTES);
		memcpy(exact, written, mark.bytes + (size_t)DIARY_NOTES_SLACK_BYTES);
		for (unsigned k = 0; k < count; k++) {
			const struct diary_note read = diary_note_read(&again, exact);

			cr_assert(same_note(&read, &note[k]));
		}
		cr_assert_eq(again.bytes, mark.bytes);
		free(exact);
	}
}

Test(diary, a_note_without_room_changes_nothing)
{
	struct dice dice = {3};

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t written[DIARY_NOTE_MAX_BYTES + DIARY_NOTES_SLACK_BYTES] = {0};
		const struct diary diary = random_diary(&dice);
		struct diary_mark mark = diary.mark, full;
		const struct diary_note note = random_note(&dice, &mark);

		cr_assert(diary_note_write(&note, &mark, written, DIARY_NOTE_MAX_BYTES));
		full = mark;
		mark = diary.mark;
		memset(written, 0xee, sizeof written);
		cr_assert_not(diary_note_write(&note, &mark, written, full.bytes - 1U));
		cr_assert_eq(written[0], 0xee);
		cr_assert_eq(mark.bytes, 0);
		cr_assert(diary_note_write(&note, &mark, written, full.bytes));
	}
}

Test(diary, what_usually_follows_takes_little)
{
	enum { HEADER_BYTES = 66, WORTH_BYTES = 4 };
	uint8_t written[WORTH_BYTES + DIARY_NOTES_SLACK_BYTES];
	struct diary_mark mark = {
		.window = {500, 700}, .ip_id = {100, 200}, .header_bytes = HEADER_BYTES};
	struct diary_note note = {
		.from = 1, .window = 700, .ip_id = 201, .header_bytes = HEADER_BYTES};

	cr_assert(diary_since(60000, 2, &note.since));
	cr_assert(diary_note_write(&note, &mark, written, WORTH_BYTES));
}

Test(diary, one_that_is_over_comes_back)
{
	struct dice dice = {4};
	struct {
		struct diary diary;
		uint8_t notes[DIARY_NOTES_MAX_BYTES + DIARY_NOTES_SLACK_BYTES];
	} whole;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t sealed[DIARY_SEALED_MAX_BYTES], *exact;
		const uint8_t *notes;
		struct diary unsealed;
		size_t bytes;

		whole.diary = random_diary(&dice);
		whole.diary.mark.bytes = (uint8_t)dice_throw(&dice, DIARY_NOTES_MAX_BYTES + 1);
		for (unsigned k = 0; k < sizeof whole.notes; k++)
			whole.notes[k] = (uint8_t)dice_throw(&dice, 256);
		bytes = diary_seal(&whole.diary, sealed);
		cr_assert_leq(bytes, sizeof sealed);
		exact = malloc(bytes); /* so that a sanitizer sees what reads too far */
		memcpy(exact, sealed, bytes);
		notes = diary_unseal(exact, bytes, &unsealed);
		expect_same(&unsealed, &whole.diary);
		cr_assert_eq(memcmp(notes, whole.notes, unsealed.mark.bytes), 0);
		free(exact);
	}
}
