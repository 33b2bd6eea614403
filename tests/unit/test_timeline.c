/*
 * Which times are believed: each test gives days, and says which days come out.
 */
#include <criterion/criterion.h>

#include "core/timeline.h"

static const int64_t day_ns = 86400 * INT64_C(1000000000);

enum { FRAMES_MAX = 16 };

/* What came out: times in days, and whether they were marked as wrong. */
struct outcome {
	unsigned count;
	int64_t day[FRAMES_MAX];
	uint64_t number[FRAMES_MAX];
	bool marked[FRAMES_MAX];
};

static void note_segment(void *context, const struct segment *segment)
{
	struct outcome *outcome = context;

	outcome->day[outcome->count] = segment->ts_ns / day_ns;
	outcome->number[outcome->count] = segment->number;
	outcome->marked[outcome->count++] = (segment->marks & SEGMENT_WRONG_TIME) != 0;
}

static void note_time(void *context, int64_t ts_ns, uint64_t number)
{
	struct outcome *outcome = context;

	outcome->day[outcome->count] = ts_ns / day_ns;
	outcome->number[outcome->count] = number;
	outcome->marked[outcome->count++] = false;
}

/* Every third frame holds no segment. */
static void check(const int64_t *days, const int64_t *expected, unsigned count)
{
	struct outcome outcome = {.count = 0};
	struct timeline timeline = {.output = {&outcome, note_segment, note_time}};
	uint64_t wrong = 0;

	for (unsigned i = 0; i < count; i++) {
		struct segment segment = {.ts_ns = days[i] * day_ns, .number = i + 1};

		wrong += days[i] != expected[i];
		if (i % 3 == 2)
			timeline_time(&timeline, segment.ts_ns, segment.number);
		else
			timeline_segment(&timeline, &segment);
	}
	timeline_finish(&timeline);
	cr_assert_eq(outcome.count, count);
	for (unsigned i = 0; i < count; i++) {
		cr_expect_eq(outcome.number[i], i + 1, "what goes in comes out in its order");
		cr_expect_eq(outcome.day[i], expected[i], "frame %u", i + 1);
		cr_expect_eq(outcome.marked[i], i % 3 != 2 && days[i] != expected[i]);
	}
	cr_expect_eq(timeline.wrong, wrong);
}

#define CHECK(days, expected)                                                                      \
	check((const int64_t[])days, (const int64_t[])expected,                                    \
	      sizeof((const int64_t[])days) / sizeof(int64_t))
#define DAYS(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

Test(timeline, one_time_far_off_is_that_of_the_frame_before)
{
	CHECK(DAYS(100, 101, 9000, 102, 103), DAYS(100, 101, 101, 102, 103));
	CHECK(DAYS(100, 101, 1, 102, 103), DAYS(100, 101, 101, 102, 103));
	CHECK(DAYS(100, 101, 9000, 1, 102), DAYS(100, 101, 101, 101, 102));
	CHECK(DAYS(100, 101, 9000, 9000, 9000, 102), DAYS(100, 101, 101, 101, 101, 102));
}

Test(timeline, a_gap_that_others_witness_is_one)
{
	CHECK(DAYS(100, 101, 300, 300, 301, 302, 303), DAYS(100, 101, 300, 300, 301, 302, 303));
	CHECK(DAYS(300, 300, 100, 100, 100, 100, 101), DAYS(300, 300, 100, 100, 100, 100, 101));
}

Test(timeline, in_the_end_one_witness_is_enough)
{
	CHECK(DAYS(100, 101, 300, 300), DAYS(100, 101, 300, 300));
	CHECK(DAYS(100, 101, 300), DAYS(100, 101, 101));
}

Test(timeline, the_first_time_may_be_wrong_too)
{
	CHECK(DAYS(9000, 100, 101, 102), DAYS(100, 100, 101, 102));
	CHECK(DAYS(1, 100, 101, 102), DAYS(100, 100, 101, 102));
	CHECK(DAYS(100, 9000, 100, 100), DAYS(100, 100, 100, 100));
}

Test(timeline, what_few_frames_there_are_is_believed)
{
	CHECK(DAYS(100), DAYS(100));
	CHECK(DAYS(100, 9000), DAYS(100, 9000));
	CHECK(DAYS(1, 100, 300, 500), DAYS(1, 100, 300, 500));
}

Test(timeline, the_largest_differences_do_not_overflow)
{
	CHECK(DAYS(-106000, 106000, -106000, -106000), DAYS(-106000, -106000, -106000, -106000));
}
