/*
 * Values in an archive: what is written comes back, and what cannot be so is refused.
 */
#include "core/archive.h"

#include "support/stored_bytes.h"

#include <criterion/criterion.h>
#include <string.h>

static struct stored_bytes stored;
static struct archive archive;

static void go(enum archive_way way)
{
	archive = (struct archive){
		.way = way, .context = &stored, .put = stored_bytes_put, .get = stored_bytes_get};
	archive_open(&archive);
	if (way == ARCHIVE_WRITES)
		stored.count = 0;
	stored.read = 0;
}

static void store_bytes(const uint8_t *bytes, size_t count)
{
	memcpy(stored.bytes, bytes, count);
	stored.count = count;
	go(ARCHIVE_READS);
}

static void begin(void)
{
	stored.full = false;
}

TestSuite(archive, .init = begin);

struct sample {
	uint8_t small;
	uint16_t two;
	uint32_t four;
	uint64_t eight;
	int64_t time_ns, span_ns;
	bool one : 1, other : 1;
	uint8_t bytes[5];
};

static void visit(struct sample *sample)
{
	ARCHIVE(&archive, sample->small);
	ARCHIVE(&archive, sample->two);
	ARCHIVE_UPTO(&archive, sample->four, 70000);
	ARCHIVE(&archive, sample->eight);
	ARCHIVE_TIME(&archive, sample->time_ns);
	ARCHIVE_SPAN(&archive, sample->span_ns);
	ARCHIVE_FLAG(&archive, sample->one);
	ARCHIVE_FLAG(&archive, sample->other);
	ARCHIVE_BYTES(&archive, sample->bytes);
}

Test(archive, gives_back_what_was_written)
{
	struct sample sample = {.small = 255,
				.two = 65535,
				.four = 70000,
				.eight = UINT64_MAX,
				.time_ns = INT64_C(1700000000000000000),
				.span_ns = -5,
				.one = true,
				.bytes = {1, 2, 3, 4, 5}};
	struct sample back = {0};

	go(ARCHIVE_WRITES);
	archive.origin_ns = INT64_C(1700000000000000001);
	visit(&sample);
	cr_assert(archive_flush(&archive));
	go(ARCHIVE_READS);
	archive.origin_ns = INT64_C(1700000000000000001);
	visit(&back);
	cr_assert(archive_is_well(&archive));
	cr_assert(archive_is_at_end(&archive));
	cr_assert_eq(back.small, sample.small);
	cr_assert_eq(back.two, sample.two);
	cr_assert_eq(back.four, sample.four);
	cr_assert_eq(back.eight, sample.eight);
	cr_assert_eq(back.time_ns, sample.time_ns);
	cr_assert_eq(back.span_ns, sample.span_ns);
	cr_assert(back.one && !back.other);
	cr_assert_eq(memcmp(back.bytes, sample.bytes, sizeof back.bytes), 0);
}

Test(archive, holds_more_than_its_buffer)
{
	go(ARCHIVE_WRITES);
	for (uint64_t i = 0; i < ARCHIVE_BUFFER_BYTES; i++)
		archive_value(&archive, "value", i, UINT64_MAX);
	cr_assert(archive_flush(&archive));
	cr_assert_gt(stored.count, ARCHIVE_BUFFER_BYTES);
	go(ARCHIVE_READS);
	for (uint64_t i = 0; i < ARCHIVE_BUFFER_BYTES; i++)
		cr_assert_eq(archive_value(&archive, "value", 0, UINT64_MAX), i);
	cr_assert(archive_is_well(&archive));
}

Test(archive, refuses_what_ends_too_early)
{
	struct sample sample = {.small = 1};

	go(ARCHIVE_WRITES);
	visit(&sample);
	archive_flush(&archive);
	for (size_t whole = stored.count; stored.count > 0; stored.count--) {
		struct sample back = {0};

		if (stored.count == whole)
			continue;
		go(ARCHIVE_READS);
		visit(&back);
		cr_assert_not(archive_is_well(&archive));
		cr_assert_not_null(archive.wrong);
	}
}

Test(archive, refuses_values_beyond_their_bounds)
{
	uint8_t small = 0;

	store_bytes((const uint8_t[]){0x80, 0x02}, 2); /* 256 */
	ARCHIVE(&archive, small);
	cr_assert_str_eq(archive.wrong, "small");
	store_bytes((const uint8_t[]){4}, 1);
	ARCHIVE_UPTO(&archive, small, 3);
	cr_assert_str_eq(archive.wrong, "small");
	cr_assert_eq(small, 0);
	store_bytes((const uint8_t[]){2}, 1);
	archive_flag(&archive, "flag", false);
	cr_assert_str_eq(archive.wrong, "flag");
}

Test(archive, refuses_numbers_of_more_than_64_bits)
{
	static const uint8_t wide[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0x81, 0x00};

	store_bytes(wide, sizeof wide);
	cr_assert_eq(archive_value(&archive, "wide", 0, UINT64_MAX), 0);
	cr_assert_str_eq(archive.wrong, "wide");
	store_bytes(endless, sizeof endless);
	cr_assert_eq(archive_value(&archive, "endless", 0, UINT64_MAX), 0);
	cr_assert_str_eq(archive.wrong, "endless");
}

Test(archive, refuses_times_that_no_sum_could_hold)
{
	int64_t time_ns = INT64_MAX, span_ns = INT64_MIN;

	go(ARCHIVE_WRITES);
	ARCHIVE_TIME(&archive, time_ns);
	archive_flush(&archive);
	go(ARCHIVE_READS);
	ARCHIVE_TIME(&archive, time_ns);
	cr_assert_str_eq(archive.wrong, "time_ns");
	cr_assert_eq(time_ns, 0);
	go(ARCHIVE_WRITES);
	ARCHIVE_SPAN(&archive, span_ns);
	archive_flush(&archive);
	go(ARCHIVE_READS);
	ARCHIVE_SPAN(&archive, span_ns);
	cr_assert_str_eq(archive.wrong, "span_ns");
}

Test(archive, remembers_the_first_thing_that_was_wrong)
{
	store_bytes((const uint8_t[]){9, 1}, 2);
	archive_value(&archive, "first", 0, 8);
	cr_assert_eq(archive_value(&archive, "second", 0, 8), 0);
	cr_assert_str_eq(archive.wrong, "first");
}

Test(archive, tells_that_it_could_not_be_written)
{
	stored.full = true;
	go(ARCHIVE_WRITES);
	archive_value(&archive, "value", 1, UINT64_MAX);
	cr_assert_not(archive_flush(&archive));
	cr_assert_not(archive_is_well(&archive));
}

Test(archive, is_described_by_names_and_sizes)
{
	struct sample sample = {0};
	uint64_t layout;

	go(ARCHIVE_DESCRIBES);
	visit(&sample);
	layout = archive.layout;
	sample.eight = 1;
	go(ARCHIVE_DESCRIBES);
	visit(&sample);
	cr_assert_eq(archive.layout, layout);
	ARCHIVE(&archive, sample.small);
	cr_assert_neq(archive.layout, layout);
}

Test(archive, notes_which_sources_are_named)
{
	struct archive_sources sources = {{0}};
	uint16_t source = 9;

	go(ARCHIVE_WRITES);
	archive.sources = &sources;
	archive_source(&archive, &source);
	archive_flush(&archive);
	cr_assert_eq(sources.named[1], 2);
	go(ARCHIVE_READS);
	source = 0;
	archive_source(&archive, &source);
	cr_assert_eq(source, 9);
	go(ARCHIVE_READS);
	archive.forgets_sources = true;
	archive_source(&archive, &source);
	cr_assert_eq(source, UINT16_MAX);
}
