/*
 * The catalogue: its rows are whole, its numbers and names are one each, and every anomaly has a
 * page that says something.
 */
#include "catalogue/page.h"
#include "core/anomaly.h"

#include <criterion/criterion.h>
#include <string.h>

static void is_sentence(const char *text, const char *id)
{
	cr_assert_not_null(text, "%s", id);
	cr_expect_gt(strlen(text), 10, "%s: %s", id, text);
	cr_expect_eq(text[strlen(text) - 1], '.', "%s: %s", id, text);
}

Test(catalogue, numbers_and_ids_are_unique)
{
	for (unsigned a = 0; a < ANOMALY_COUNT; a++) {
		for (unsigned b = 0; b < a; b++) {
			cr_expect_neq(anomaly_row(a)->number, anomaly_row(b)->number, "%s, %s",
				      anomaly_row(a)->id, anomaly_row(b)->id);
			cr_expect_str_neq(anomaly_row(a)->id, anomaly_row(b)->id);
		}
	}
}

Test(catalogue, rows_say_what_and_what_to_do)
{
	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		const struct anomaly_row *row = anomaly_row(id);

		is_sentence(row->message, row->id);
		is_sentence(row->advice, row->id);
		cr_expect_gt(strlen(row->source), 3, "%s", row->id);
		cr_expect_not_null(anomaly_group_title(row->group), "%s", row->id);
	}
	cr_expect_null(anomaly_row(ANOMALY_COUNT));
	cr_expect_null(anomaly_group_title(ANOMALY_GROUP_COUNT));
}

Test(catalogue, every_anomaly_has_a_page)
{
	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		const struct anomaly_page *page = anomaly_page(id);

		is_sentence(page->seen, anomaly_row(id)->id);
		is_sentence(page->limits, anomaly_row(id)->id);
		cr_assert_not_null(page->causes, "%s", anomaly_row(id)->id);
		cr_expect_gt(strlen(page->causes), 10, "%s", anomaly_row(id)->id);
		cr_assert_not_null(page->checks, "%s", anomaly_row(id)->id);
		cr_expect_gt(strlen(page->checks), 5, "%s", anomaly_row(id)->id);
	}
	cr_expect_null(anomaly_page(ANOMALY_COUNT));
}
