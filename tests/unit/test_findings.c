/*
 * What is found odd across connections, and how the report tells it.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/findings.h"

#include "sink/tally.h"
#include "sink/text_findings.h"
#include "sink/text_headline.h"
#include "support/report_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct tally *tally;
static struct flow_report report;

static void begin(void)
{
	tally = tally_create();
	cr_assert_not_null(tally);
}

static void end(void)
{
	tally_destroy(tally);
}

/* The next connections are orderly ones of this server's port. */
static void make(uint16_t server_port, uint64_t flow_id)
{
	fixture_four_way(&report);
	report.envelope.port[REPORT_SERVER] = server_port;
	report.envelope.flow_id = flow_id;
	report.anomaly_count = report.explanation_count = 0;
}

static void add(enum anomaly_id id, enum severity severity, enum doubt doubt, int64_t ts_ns)
{
	report.anomaly[report.anomaly_count++] = (struct report_anomaly){
		.id = id,
		.severity = severity,
		.doubt = doubt,
		.side = WHO_CLIENT,
		.ts_ns = ts_ns,
		.count = 1,
		.frame_count = 2,
		.frame = {report.envelope.flow_id, report.envelope.flow_id + 1},
	};
}

static void take(unsigned times)
{
	while (times-- > 0)
		tally_flow(tally, &report);
}

Test(findings, are_ranked_by_severity_and_number, .init = begin, .fini = end)
{
	struct finding list[ANOMALY_COUNT];

	make(80, 1);
	add(ANOMALY_RST_REPLY, SEVERITY_NOTICE, DOUBT_NONE, 30);
	take(5);
	make(80, 2);
	add(ANOMALY_FIN_UNACKED, SEVERITY_NOTICE, DOUBT_LIKELY, 20);
	take(1);
	make(443, 3);
	add(ANOMALY_FIN_UNACKED, SEVERITY_WARNING, DOUBT_NONE, 10);
	add(ANOMALY_FIN_UNACKED, SEVERITY_WARNING, DOUBT_NONE, 40);
	take(1);

	cr_assert_eq(findings_list(tally_findings(tally), list), 2);
	cr_expect_eq(list[0].id, ANOMALY_FIN_UNACKED);
	cr_expect_eq(list[0].severity, SEVERITY_WARNING);
	cr_expect_eq(list[0].connections, 2, "both sides of a connection count once");
	cr_expect_eq(list[0].doubtful, 1);
	cr_expect_eq(list[0].first_ns, 10);
	cr_expect_eq(list[0].last_ns, 40);
	cr_expect_eq(list[0].flow_id, 3, "the gravest is shown");
	cr_expect_eq(list[1].id, ANOMALY_RST_REPLY);
	cr_expect_eq(list[1].connections, 5);
	cr_expect_eq(list[1].place[0].connections, 5);
}

Test(findings, name_the_places_where_they_are_most_frequent, .init = begin, .fini = end)
{
	struct finding list[ANOMALY_COUNT];

	for (uint16_t port = 1; port <= 9; port++) {
		make(port, port);
		add(ANOMALY_RST_REPLY, SEVERITY_NOTICE, DOUBT_NONE, 1);
		take(port == 4 ? 7 : port == 8 ? 9 : 1);
	}
	cr_assert_eq(findings_list(tally_findings(tally), list), 1);
	cr_assert_eq(list[0].place_count, FINDING_PLACES);
	cr_expect_eq(list[0].place[0].port, 8);
	cr_expect_eq(list[0].place[0].connections, 9);
	cr_expect_eq(list[0].place[1].port, 4);
	cr_expect_eq(list[0].place[2].port, 1, "of equal ones the first");
}

Test(findings, tell_why_connections_are_reset, .init = begin, .fini = end)
{
	struct finding_cause causes;

	make(80, 1);
	take(3);
	report.teardown = TEARDOWN_RST_ABORT;
	take(2);
	report.explanation_count = 1;
	report.explanation[0] = (struct report_explanation){.cause = CAUSE_SO_LINGER_0};
	take(4);
	make(443, 2);
	report.teardown = TEARDOWN_FIN_THEN_RST;
	report.explanation_count = 1;
	report.explanation[0] = (struct report_explanation){.cause = CAUSE_HTTP_KEEPALIVE_RACE};
	take(5);

	findings_causes(tally_findings(tally), &causes);
	cr_expect_eq(causes.resets, 11);
	cr_expect_eq(causes.by_cause[CAUSE_NULL], 2);
	cr_expect_eq(causes.by_cause[CAUSE_SO_LINGER_0], 4);
	cr_expect_eq(causes.commonest, CAUSE_HTTP_KEEPALIVE_RACE);
	cr_expect_eq(causes.place.port, 443);
	cr_expect_eq(causes.place.connections, 5);
}

Test(findings, keep_the_slowest_closes, .init = begin, .fini = end)
{
	struct finding_slow list[FINDINGS_SLOWEST];

	for (uint64_t i = 1; i <= 20; i++) {
		make(80, i);
		report.teardown_end_ns = report.teardown_start_ns + (int64_t)(i * 7 % 20) * 1000;
		take(1);
	}
	cr_assert_eq(findings_slowest(tally_findings(tally), list), FINDINGS_SLOWEST);
	for (unsigned i = 0; i < FINDINGS_SLOWEST; i++)
		cr_expect_eq(list[i].close_ns, (19 - (int64_t)i) * 1000);
}

static void expect_text(void (*put)(struct text_out *out), unsigned columns, const char *expected)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	struct text_out out = {.file = file, .columns = columns, .charset = TEXT_ASCII};

	cr_assert_not_null(file);
	put(&out);
	cr_assert(text_out_ok(&out));
	cr_assert_eq(fclose(file), 0);
	cr_expect_str_eq(text, expected, "expected:\n%s\nwritten:\n%s\n", expected, text);
	free(text);
}

static void put_findings(struct text_out *out)
{
	static const struct source_info sources[] = {{.name = "a.pcap"}, {.name = "dir/b.pcap"}};

	text_findings(out, &(struct run_report){.source = sources, .source_count = 2},
		      &(struct tally_view){0}, tally_findings(tally));
}

static void put_findings_of_hostile_name(struct text_out *out)
{
	static const struct source_info source = {.name = "$(reboot).pcap"};

	text_findings(out, &(struct run_report){.source = &source, .source_count = 1},
		      &(struct tally_view){0}, tally_findings(tally));
}

Test(findings, are_told_with_what_to_do, .init = begin, .fini = end)
{
	make(443, 77);
	add(ANOMALY_HTTP_KEEPALIVE_RACE, SEVERITY_ERROR, DOUBT_NONE, FIXTURE_START_NS);
	add(ANOMALY_HALF_CLOSE, SEVERITY_INFO, DOUBT_NONE, FIXTURE_START_NS);
	take(1);
	expect_text(
		put_findings, 80,
		"\n"
		"Findings, worst first\n"
		"  error: http_keepalive_race in 1 connection\n"
		"    what     A request crossed the server's close of an idle connection and was\n"
		"             lost.\n"
		"    where    10.0.0.2:443\n"
		"    since    2023-11-14 22:13:20.000 UTC\n"
		"    do       Make the client's idle timeout shorter than the server's, and retry\n"
		"             on a fresh connection.\n"
		"    see      tcpbye -T ladder --flow 77 a.pcap dir/b.pcap (frames 77 78)\n"
		"    more     tcpbye --explain http_keepalive_race\n"
		"  Also: half_close 1\n");
}

Test(findings, of_little_weight_are_named, .init = begin, .fini = end)
{
	make(443, 77);
	add(ANOMALY_HALF_CLOSE, SEVERITY_INFO, DOUBT_NONE, FIXTURE_START_NS);
	take(3);
	expect_text(put_findings, 80,
		    "\n"
		    "Findings, worst first\n"
		    "  nothing of weight\n"
		    "  Also: half_close 3\n");
}

/* A command is there to be pasted: what a shell could take for more than a name is not in it. */
Test(findings, name_no_file_that_a_shell_would_act_on, .init = begin, .fini = end)
{
	make(443, 77);
	add(ANOMALY_STALE_POOL_WRITE, SEVERITY_ERROR, DOUBT_LIKELY, FIXTURE_START_NS);
	take(2);
	expect_text(
		put_findings_of_hostile_name, 120,
		"\n"
		"Findings, worst first\n"
		"  error: stale_pool_write in 2 connections (the capture may be at fault)\n"
		"    what     A request was written to a connection that the server had already "
		"closed.\n"
		"    where    10.0.0.2:443 (2)\n"
		"    since    2023-11-14 22:13:20.000 UTC, for 0 s\n"
		"    do       Make the client's pool notice end of file before it hands a "
		"connection "
		"out.\n"
		"    see      tcpbye -T ladder --flow 77 FILE... (frames 77 78)\n"
		"    more     tcpbye --explain stale_pool_write\n");
}

static void put_headline(struct text_out *out)
{
	struct tally_view view;

	tally_view(tally, &view);
	text_headline(out, &view, tally_findings(tally));
}

Test(headline, answers_in_a_sentence, .init = begin, .fini = end)
{
	expect_text(put_headline, 80, "0 connections\n");
	make(443, 1);
	take(1);
	expect_text(put_headline, 80, "1 connection; closed in order; the client closed first\n");
	take(780);
	report.closer = WHO_SERVER;
	take(10);
	expect_text(put_headline, 80,
		    "791 connections; all closed in order; the client closed first in 99 %\n");
	report.teardown = TEARDOWN_FIN_THEN_RST;
	take(3);
	report.explanation_count = 1;
	report.explanation[0] = (struct report_explanation){.cause = CAUSE_HTTP_KEEPALIVE_RACE};
	take(11);
	expect_text(put_headline, 80,
		    "805 connections; 98 % closed in order; the client closed first in 97 %; 14\n"
		    "  reset, 11 of them explained by HTTP keep-alive race at 10.0.0.2:443\n");
}

/* An alarm stands before the findings that are no graver. */
static void put_findings_and_alarm(struct text_out *out)
{
	static const struct source_info source = {.name = "a.pcap"};
	static struct tally_view view = {
		.alarm_count = 1,
		.alarm = {{.envelope = {.ip_version = 4,
					.ts_ns = INT64_C(1700000000000000000),
					.addr = {{10, 0, 0, 1}, {10, 0, 0, 2}},
					.port = {40000, 80}},
			   .anomaly = {.id = ANOMALY_TIME_WAIT_PILEUP,
				       .severity = SEVERITY_WARNING,
				       .count = 20000}}},
	};

	text_findings(out, &(struct run_report){.source = &source, .source_count = 1}, &view,
		      tally_findings(tally));
}

Test(findings, of_services_stand_among_those_of_connections, .init = begin, .fini = end)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	struct text_out out = {.file = file, .columns = 80};
	const char *alarm, *notice;

	cr_assert_not_null(file);
	make(80, 1);
	add(ANOMALY_RST_REPLY, SEVERITY_NOTICE, DOUBT_NONE, 30);
	take(1);
	put_findings_and_alarm(&out);
	cr_assert_eq(fclose(file), 0);
	alarm = strstr(text, "  warning: time_wait_pileup of a service as a whole\n");
	notice = strstr(text, "  notice: rst_reply in 1 connection\n");
	cr_assert(alarm != NULL && notice != NULL && alarm < notice, "%s", text);
	cr_expect_not_null(strstr(alarm, "    where    10.0.0.1 > 10.0.0.2:80; 20,000 by then\n"));
	free(text);
}
