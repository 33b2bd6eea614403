/*
 * Which segments a ladder shows one by one, and which it folds.
 */
#include "sink/ladder_rows.h"

#include <criterion/criterion.h>
#include <string.h>

static struct flow_report report;
static struct ladder_rows rows;
static uint64_t number;

/* 10.0.0.1:40000 > 10.0.0.2:80, of which nothing is known. */
static void begin(void)
{
	static const uint8_t client[4] = {10, 0, 0, 1}, server[4] = {10, 0, 0, 2};
	struct report_envelope *envelope = &report.envelope;

	report = (struct flow_report){.envelope = {.ip_version = 4, .port = {40000, 80}}};
	memcpy(envelope->addr[REPORT_CLIENT], client, sizeof(client));
	memcpy(envelope->addr[REPORT_SERVER], server, sizeof(server));
	number = 0;
	cr_assert(ladder_rows_begin(&rows, &report));
}

static void end(void)
{
	ladder_rows_release(&rows);
}

static void take(unsigned from, unsigned flags, uint32_t seq, uint32_t payload_bytes)
{
	struct segment segment = {
		.ts_ns = (int64_t)(number + 1) * 1000,
		.number = number + 1,
		.tuple = {.ip_version = 4},
		.flags = (uint8_t)flags,
		.seq = seq,
		.payload_bytes = payload_bytes,
	};

	unsigned client = tuple_set_ends(&segment.tuple, report.envelope.addr[REPORT_CLIENT],
					 report.envelope.port[REPORT_CLIENT],
					 report.envelope.addr[REPORT_SERVER],
					 report.envelope.port[REPORT_SERVER]);

	segment.from = (uint8_t)(from == REPORT_CLIENT ? client : 1 - client);
	number++;
	cr_assert(ladder_rows_take(&rows, &segment));
}

static void takes_data(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		take(i % 2, TCP_ACK, 1 + 100 * i, 100);
}

Test(ladder_rows, fold_data_and_show_what_opens_and_closes, .init = begin, .fini = end)
{
	take(REPORT_CLIENT, TCP_SYN, 0, 0);
	take(REPORT_SERVER, TCP_SYN | TCP_ACK, 0, 0);
	takes_data(1000);
	take(REPORT_CLIENT, TCP_FIN | TCP_ACK, 1, 0);
	take(REPORT_SERVER, TCP_RST, 1, 0);
	cr_assert_eq(rows.count, 5);
	cr_expect(ladder_row_is_folded(&rows.row[2]));
	cr_expect_eq(rows.row[2].number, 3);
	cr_expect_eq(rows.row[2].last_number, 1002);
	cr_expect_eq(rows.row[2].segments[REPORT_CLIENT], 500);
	cr_expect_eq(rows.row[2].payload_sum[REPORT_SERVER], 50000);
	cr_expect_eq(rows.row[3].from, REPORT_CLIENT);
	cr_expect_eq(rows.row[4].from, REPORT_SERVER);
	cr_expect_eq(ladder_rows_find(&rows, 1003), &rows.row[3]);
	cr_expect_null(ladder_rows_find(&rows, 3), "what is folded does not stand by itself");
}

Test(ladder_rows, show_what_the_report_names, .fini = end)
{
	begin();
	ladder_rows_release(&rows);
	report.endpoint[REPORT_SERVER].path_count = 1;
	report.endpoint[REPORT_SERVER].path[0].number = 5;
	report.anomaly_count = 2;
	report.anomaly[0] = (struct report_anomaly){
		.severity = SEVERITY_WARNING, .frame_count = 2, .frame = {8, 9}};
	report.anomaly[1] =
		(struct report_anomaly){.severity = SEVERITY_INFO, .frame_count = 1, .frame = {12}};
	cr_assert(ladder_rows_begin(&rows, &report));
	takes_data(20);
	cr_expect_eq(rows.count, 6, "1-4, 5, 6-7, 8, 9, 10-20");
	cr_expect_not_null(ladder_rows_find(&rows, 5));
	cr_expect_not_null(ladder_rows_find(&rows, 9));
	cr_expect_null(ladder_rows_find(&rows, 12), "what is of little weight is folded");
	cr_expect_eq(rows.row[5].last_number, 20);
}

Test(ladder_rows, count_a_storm_of_the_same, .init = begin, .fini = end)
{
	for (unsigned i = 0; i < 1000; i++)
		take(REPORT_SERVER, TCP_RST, 77, 0);
	cr_assert_eq(rows.count, 6);
	cr_expect_eq(rows.row[5].repeats, 994);
}

Test(ladder_rows, have_a_bound, .init = begin, .fini = end)
{
	for (uint32_t i = 0; i < 10000; i++)
		take(REPORT_SERVER, TCP_RST, i, 0);
	cr_assert_eq(rows.count, LADDER_ROWS_MAX);
	cr_expect_eq(rows.row[LADDER_ROWS_MAX - 1].segments[REPORT_SERVER],
		     10000 - (LADDER_ROWS_MAX - 1));
	cr_expect_eq(rows.row[LADDER_ROWS_MAX - 1].last_number, 10000);
}
