/*
 * Counts over time as bars.
 */
#include "sink/text_timeline.h"

#include <criterion/criterion.h>

static const struct series rise = {
	.start_s = 100, .step_s = 2, .count = 8, .most = {0, 1, 2, 3, 4, 5, 6, 8}};

static void expect(const struct series *series, const struct timeline_scale *scale,
		   enum text_charset charset, const char *bars)
{
	struct phrase words;

	cr_expect_str_eq(timeline_bars(&words, series, scale, charset), bars, "%s, not %s",
			 words.text, bars);
}

Test(text_timeline, a_step_is_a_column_where_there_is_room)
{
	struct timeline_scale scale = timeline_scale_of(&rise, 40);

	cr_expect_eq(scale.columns, 8);
	cr_expect_eq(scale.step_s, 2);
	expect(&rise, &scale, TEXT_UNICODE, " ▁▂▃▄▅▆█");
	expect(&rise, &scale, TEXT_ASCII, " .:-=+*@");
}

Test(text_timeline, several_steps_share_a_column_that_shows_the_most)
{
	static struct series series;
	struct timeline_scale scale;

	series = (struct series){.start_s = 0, .step_s = 1, .count = 25};
	series.most[4] = 8;
	series.most[24] = 1;
	scale = timeline_scale_of(&series, TIMELINE_COLUMNS_MIN);
	cr_expect_eq(scale.columns, 9);
	cr_expect_eq(scale.step_s, 3);
	expect(&series, &scale, TEXT_ASCII, " @      .");
}

Test(text_timeline, another_series_is_drawn_on_the_same_scale)
{
	const struct series late = {.start_s = 104, .step_s = 1, .count = 3, .most = {1, 2, 1}};
	struct timeline_scale scale = timeline_scale_of(&rise, 40);

	expect(&late, &scale, TEXT_ASCII, "  @=    ");
}

Test(text_timeline, nothing_has_no_columns)
{
	const struct series nothing = {0};
	struct timeline_scale scale = timeline_scale_of(&nothing, 40);

	cr_expect_eq(scale.columns, 0);
	expect(&nothing, &scale, TEXT_ASCII, "");
}
