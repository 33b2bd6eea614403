/* Several sources read as one. */
#define _POSIX_C_SOURCE 200809L

#include "source/merge.h"
#include "test_source_bytes.h"

/* A source with one frame per given second, ended by a negative one; a cut behind them if asked
 * for. */
enum ending { WHOLE, CUT };

static struct source *make_source(const int *seconds, uint16_t index, enum ending ending)
{
	struct bytes file = {.order = BYTES_LITTLE};
	struct source_error error = {""};

	put_pcap_header(&file, 0xa1b2c3d4, 65535, 1);
	for (unsigned i = 0; seconds[i] >= 0; i++)
		put_pcap_record(&file, (uint32_t)seconds[i], 0, 4, 4, index * 16 + i);
	if (ending == CUT)
		put_u8(&file, 0);
	char *name = write_file(&file);
	struct source *source = source_open_file(name, index, &error);
	cr_assert_not_null(source, "%s", error.text);
	unlink(name);
	free(name);
	return source;
}

/* Reads everything and writes it down as "source.number source.number ...". */
static void read_all(struct merge *merge, char *text, size_t size)
{
	struct frame frame;
	enum source_status status;
	size_t length = 0;

	text[0] = '\0';
	while ((status = merge_next(merge, &frame)) == SOURCE_FRAME) {
		cr_assert_eq(frame.bytes[0], (frame.source * 16 + frame.number - 1) & 0xff);
		length += (size_t)snprintf(text + length, size - length, "%s%u.%u",
					   length ? " " : "", frame.source, (unsigned)frame.number);
	}
	cr_assert_eq(status, SOURCE_END);
	cr_assert_eq(merge_next(merge, &frame), SOURCE_END);
}

static void check(enum merge_order order, const int *const *seconds, unsigned count,
		  const char *expected)
{
	struct source *sources[8];
	struct source_error error;
	char text[400];

	for (unsigned i = 0; i < count; i++)
		sources[i] = make_source(seconds[i], (uint16_t)i, WHOLE);
	struct merge *merge = merge_create(sources, count, order);
	cr_assert_not_null(merge);
	read_all(merge, text, sizeof(text));
	cr_assert_str_eq(text, expected);
	for (unsigned i = 0; i < count; i++) {
		cr_assert_eq(merge_status(merge, i, &error), SOURCE_END);
		source_close(sources[i]);
	}
	merge_destroy(merge);
}

Test(merge, none)
{
	check(MERGE_BY_TIME, NULL, 0, "");
	check(MERGE_AS_GIVEN, NULL, 0, "");
}

Test(merge, one)
{
	const int *seconds[] = {(const int[]){5, 3, 4, -1}};

	check(MERGE_BY_TIME, seconds, 1, "0.1 0.2 0.3");
}

Test(merge, by_time)
{
	const int *seconds[] = {
		(const int[]){1, 4, 7, 8, -1},
		(const int[]){-1},
		(const int[]){2, 3, 9, -1},
		(const int[]){0, 5, 6, -1},
	};

	check(MERGE_BY_TIME, seconds, 4, "3.1 0.1 2.1 2.2 0.2 3.2 3.3 0.3 0.4 2.3");
	check(MERGE_AS_GIVEN, seconds, 4, "0.1 0.2 0.3 0.4 2.1 2.2 2.3 3.1 3.2 3.3");
}

Test(merge, equal_times_go_by_source_and_then_by_number)
{
	const int *seconds[] = {
		(const int[]){1, 1, 2, -1},
		(const int[]){1, 1, 2, -1},
		(const int[]){1, 1, 2, -1},
	};

	check(MERGE_BY_TIME, seconds, 3, "0.1 0.2 1.1 1.2 2.1 2.2 0.3 1.3 2.3");
}

Test(merge, a_clock_that_goes_back_does_not_reorder_its_source)
{
	const int *seconds[] = {
		(const int[]){1, 9, 2, 10, -1},
		(const int[]){3, 4, 11, -1},
	};

	check(MERGE_BY_TIME, seconds, 2, "0.1 1.1 1.2 0.2 0.3 0.4 1.3");
}

Test(merge, a_damaged_source_does_not_stop_the_others)
{
	struct source *sources[3] = {
		make_source((const int[]){1, 4, -1}, 0, WHOLE),
		make_source((const int[]){2, -1}, 1, CUT),
		make_source((const int[]){3, 5, -1}, 2, WHOLE),
	};
	struct merge *merge = merge_create(sources, 3, MERGE_BY_TIME);
	struct source_error error = {""};
	char text[100];

	cr_assert_eq(merge_status(merge, 1, &error), SOURCE_FRAME);
	read_all(merge, text, sizeof(text));
	cr_assert_str_eq(text, "0.1 1.1 2.1 0.2 2.2");
	cr_assert_eq(merge_status(merge, 0, &error), SOURCE_END);
	cr_assert_eq(merge_status(merge, 1, &error), SOURCE_CORRUPT);
	cr_assert_not_null(strstr(error.text, "cut in the middle of a packet's header"));
	cr_assert_eq(merge_status(merge, 2, &error), SOURCE_END);
	merge_destroy(merge);
	for (unsigned i = 0; i < 3; i++)
		source_close(sources[i]);
}

/* Against sorting: pseudo-random times, many sources. */
Test(merge, many_sources_come_out_sorted)
{
	enum { SOURCES = 40, FRAMES = 30 };
	struct source *sources[SOURCES];
	struct frame frame;
	int64_t last_ns = -1;
	unsigned last_source = 0, read = 0, state = 1;

	for (unsigned i = 0; i < SOURCES; i++) {
		int seconds[FRAMES + 1], now = 0;

		for (unsigned k = 0; k < FRAMES; k++) {
			state = state * 1103515245 + 12345;
			now += (int)(state >> 16 & 3);
			seconds[k] = now;
		}
		seconds[FRAMES] = -1;
		sources[i] = make_source(seconds, (uint16_t)i, WHOLE);
	}
	struct merge *merge = merge_create(sources, SOURCES, MERGE_BY_TIME);
	for (; merge_next(merge, &frame) == SOURCE_FRAME; read++) {
		cr_assert(frame.ts_ns > last_ns ||
			  (frame.ts_ns == last_ns && frame.source >= last_source));
		last_ns = frame.ts_ns;
		last_source = frame.source;
	}
	cr_assert_eq(read, SOURCES * FRAMES);
	merge_destroy(merge);
	for (unsigned i = 0; i < SOURCES; i++)
		source_close(sources[i]);
}

/* Of several sources each may have the next frame; what is read one after the other has no such
 * doubt. */
Test(merge, runs_come_from_one_source_alone)
{
	static const int first[] = {1, 2, 3, -1}, second[] = {4, 5, -1};
	const int *const seconds[] = {first, second};

	for (unsigned order = MERGE_BY_TIME; order <= MERGE_AS_GIVEN; order++) {
		struct source *sources[2];
		struct frame frames[8];

		for (unsigned i = 0; i < 2; i++)
			sources[i] = make_source(seconds[i], (uint16_t)i, WHOLE);
		struct merge *merge = merge_create(sources, 2, order);
		cr_assert_not_null(merge);
		cr_assert_eq(merge_next(merge, &frames[0]), SOURCE_FRAME);
		unsigned more = merge_more(merge, frames + 1, 7);
		cr_expect_eq(more, order == MERGE_AS_GIVEN ? 2 : 0);
		for (unsigned i = 0; i <= more; i++)
			cr_expect_eq(frames[i].number, i + 1);
		cr_assert_eq(merge_next(merge, &frames[0]), SOURCE_FRAME);
		cr_expect_eq(frames[0].source, order == MERGE_AS_GIVEN);
		merge_destroy(merge);
		for (unsigned i = 0; i < 2; i++)
			source_close(sources[i]);
	}
}
