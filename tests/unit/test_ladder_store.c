/*
 * Reports that wait for their segments.
 */
#include "sink/ladder_store.h"

#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(ladder_store, no_more_of_a_report_is_taken_than_there_is)
{
	struct ladder_store store = {0};
	struct flow_report *whole = calloc(1, sizeof(*whole)), *lent;
	size_t bytes;

	cr_assert_not_null(whole);
	fixture_four_way(whole);
	whole->anomaly_count = 2;
	whole->anomaly[1].id = ANOMALY_RST_REPLY;
	bytes = flow_report_bytes(whole);
	cr_assert_lt(bytes, sizeof(*whole));
	lent = malloc(bytes);
	cr_assert_not_null(lent);
	memcpy(lent, whole, bytes);

	cr_assert(ladder_store_add(&store, lent));
	cr_expect(ladder_store_is_last(&store, lent));
	cr_expect_eq(store.ladder[0]->report.anomaly[1].id, ANOMALY_RST_REPLY);
	cr_expect_eq(store.ladder[0]->report.anomaly[2].count, 0);

	free(whole);
	free(lent);
	ladder_store_release(&store);
}

Test(ladder_store, segments_find_their_connection)
{
	static struct flow_report report;
	struct ladder_store store = {0};
	struct segment syn = {.number = 1, .flags = TCP_SYN};

	fixture_four_way(&report);
	for (uint64_t flow_id = 1; flow_id <= 40; flow_id++) {
		report.envelope.flow_id = flow_id;
		cr_assert(ladder_store_add(&store, &report));
	}
	cr_assert(ladder_store_take(&store, 33, &syn));
	cr_assert(ladder_store_take(&store, 41, &syn), "of one that is not wanted");
	cr_expect_eq(store.count, 40);
	for (unsigned i = 0; i < store.count; i++)
		cr_expect_eq(store.ladder[i]->rows.count, i == 32 ? 1 : 0);
	ladder_store_release(&store);
}
