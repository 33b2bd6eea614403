/*
 * The text report's lines about single connections, compared character for character.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/sink.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ALL_EVENTS = EVENT_FLOW | EVENT_ANOMALY | EVENT_STATE | EVENT_SUMMARY };

static const int64_t begin_ns = 1700000000000000000; /* 2023-11-14 22:13:20 UTC */
static const int64_t ms_ns = 1000000;
static const int64_t s_ns = 1000000000;

/* A text sink that writes into memory. */
struct page {
	struct sink *sink;
	FILE *file;
	char *text;
	size_t bytes;
};

static void open_page(struct page *page, unsigned events, const struct sink_text_config *text)
{
	struct sink_config config = {.events = events, .tstamp_digits = 6};

	page->file = open_memstream(&page->text, &page->bytes);
	cr_assert_not_null(page->file);
	page->sink = sink_text_create(&config, text, page->file);
	cr_assert_not_null(page->sink);
}

static void close_page(struct page *page, const char *expected)
{
	page->sink->destroy(page->sink);
	cr_assert_eq(fclose(page->file), 0);
	cr_assert_str_eq(page->text, expected, "expected:\n%s\nwritten:\n%s\n", expected,
			 page->text);
	free(page->text);
}

static void set_ends(struct report_envelope *envelope, const char *client, uint16_t client_port,
		     const char *server, uint16_t server_port)
{
	bool is_ipv6 = strchr(client, ':') != NULL;
	int family = is_ipv6 ? AF_INET6 : AF_INET;

	envelope->ip_version = is_ipv6 ? 6 : 4;
	cr_assert_eq(inet_pton(family, client, envelope->addr[REPORT_CLIENT]), 1);
	cr_assert_eq(inet_pton(family, server, envelope->addr[REPORT_SERVER]), 1);
	envelope->port[REPORT_CLIENT] = client_port;
	envelope->port[REPORT_SERVER] = server_port;
}

/* An orderly close of 90 ms with the client first, which holds TIME-WAIT. */
static struct flow_report *four_way(void)
{
	static struct flow_report report;

	report = (struct flow_report){
		.start_ns = begin_ns,
		.end_ns = begin_ns + 90 * ms_ns,
		.reason = REASON_CLOSED,
		.orientation = ORIENTATION_HANDSHAKE,
		.flow_state = FLOW_STATE_CLOSED,
		.teardown = TEARDOWN_FOUR_WAY,
		.closer = WHO_CLIENT,
		.closer_by = CLOSER_BY_ACK_COVERAGE,
		.time_wait_count = 1,
		.time_wait = {{.side = WHO_CLIENT, .ended_by = TW_END_TIMER}},
	};
	set_ends(&report.envelope, "10.0.0.1", 40000, "10.0.0.2", 80);
	return &report;
}

/* A connection that ended otherwise, and left no TIME-WAIT. */
static struct flow_report *ended(enum teardown teardown, enum who closer, enum reason reason)
{
	struct flow_report *report = four_way();

	report->teardown = teardown;
	report->closer = closer;
	report->closer_by = closer == WHO_NULL ? CLOSER_BY_NULL : CLOSER_BY_ONLY_FIN;
	report->reason = reason;
	report->time_wait_count = 0;
	return report;
}

static struct flow_report *reset(enum teardown teardown, enum who closer, enum who by,
				 enum reset_form form)
{
	struct flow_report *report = ended(teardown, closer, REASON_RESET);

	report->reset.present = true;
	report->reset.by = by;
	report->reset.form = form;
	return report;
}

static void add_anomaly(struct flow_report *report, enum anomaly_id id, enum severity severity,
			enum doubt doubt)
{
	struct report_anomaly *anomaly = &report->anomaly[report->anomaly_count++];

	*anomaly = (struct report_anomaly){
		.id = id, .severity = severity, .doubt = doubt, .side = WHO_CLIENT, .count = 1};
}

/* Compares what stands behind the tuple on a line of 200 columns. */
static void expect_end(const struct flow_report *report, const char *expected)
{
	static const char head[] = "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 ";
	char line[512];
	struct page page;

	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = 200});
	cr_assert(page.sink->flow(page.sink, report));
	snprintf(line, sizeof(line), "%s%s\n", head, expected);
	close_page(&page, line);
}

static void expect_page(const struct flow_report *report, unsigned columns, const char *expected)
{
	struct page page;

	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = columns});
	cr_assert(page.sink->flow(page.sink, report));
	close_page(&page, expected);
}

/* No line is wider than `columns`; from 80 on there is one beside the date's. */
static void expect_width(const struct flow_report *report, unsigned columns)
{
	struct page page;
	unsigned lines = 0;

	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = columns, .ascii = true});
	cr_assert(page.sink->flow(page.sink, report));
	page.sink->destroy(page.sink);
	cr_assert_eq(fclose(page.file), 0);
	for (char *line = strtok(page.text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		cr_assert_leq(strlen(line), columns, "%u columns: %s", columns, line);
		lines++;
	}
	cr_assert(lines == 2 || columns < 80, "%u columns: %u lines", columns, lines);
	free(page.text);
}

Test(sink_text, orderly_closes)
{
	struct flow_report *report = four_way();

	expect_end(report, "closed in order (4 segments), client first; 90.0 ms; TIME-WAIT client");
	report->teardown = TEARDOWN_THREE_SEGMENT;
	report->closer = WHO_SERVER;
	report->time_wait[0].side = WHO_SERVER;
	expect_end(report, "closed in order (3 segments), server first; 90.0 ms; TIME-WAIT server");
	report->teardown = TEARDOWN_SIMULTANEOUS;
	report->closer = WHO_BOTH;
	report->time_wait_count = 2;
	expect_end(report, "closed in order by both at once; 90.0 ms; TIME-WAIT both");
}

Test(sink_text, how_the_closer_is_known)
{
	struct flow_report *report = four_way();

	report->time_wait_count = 0;
	report->closer_by = CLOSER_BY_INFERRED_GAP;
	expect_end(report, "closed in order (4 segments), client first (inferred); 90.0 ms");
	report->closer_by = CLOSER_BY_ORDER_ASSUMED;
	expect_end(report, "closed in order (4 segments), client first (assumed); 90.0 ms");
	report->closer_by = CLOSER_BY_NULL;
	report->closer = WHO_NULL;
	expect_end(report, "closed in order (4 segments); 90.0 ms");
	report->teardown = TEARDOWN_FOUR_WAY_INCOMPLETE;
	report->closer = WHO_BOTH;
	expect_end(report, "both closed, one FIN never acknowledged, both at once; 90.0 ms");
}

Test(sink_text, closes_that_stay_open)
{
	struct flow_report *report = ended(TEARDOWN_HALF_CLOSED, WHO_CLIENT, REASON_CAPTURE_END);

	report->end_ns = begin_ns + 125 * s_ns;
	expect_end(report, "half-closed, server still open; 2 m 05 s");
	report->reason = REASON_IDLE_TIMEOUT;
	expect_end(report, "half-closed, server never closed; 2 m 05 s");
	report = ended(TEARDOWN_ONE_SIDED_FIN, WHO_SERVER, REASON_IDLE_TIMEOUT);
	expect_end(report, "FIN by server, never acknowledged; 90.0 ms");
	report->reason = REASON_CAPTURE_END;
	report->wave_count = 4;
	report->wave[1].status = WAVE_STATUS_PENDING;
	expect_end(report, "FIN by server, not yet acknowledged; 90.0 ms");
}

Test(sink_text, resets)
{
	struct flow_report *report =
		reset(TEARDOWN_RST_ABORT, WHO_SERVER, WHO_SERVER, RESET_FORM_ABORT);

	expect_end(report, "reset by server (abort); 90.0 ms");
	report->reset.by = WHO_THIRD_PARTY;
	report->reset.form = RESET_FORM_UNKNOWN;
	expect_end(report, "reset by a third party; 90.0 ms");
	report = reset(TEARDOWN_FIN_THEN_RST, WHO_CLIENT, WHO_SERVER, RESET_FORM_REPLY);
	expect_end(report, "closed by client, then reset by server (reply: socket gone); 90.0 ms");
	report = reset(TEARDOWN_FIN_THEN_RST, WHO_SERVER, WHO_SERVER, RESET_FORM_REPLY);
	add_anomaly(report, ANOMALY_RST_ON_DATA_AFTER_CLOSE, SEVERITY_INFO, DOUBT_NONE);
	expect_end(report, "closed, then reset by server (reply to data after close); 90.0 ms");
	report = reset(TEARDOWN_REFUSED, WHO_NULL, WHO_SERVER, RESET_FORM_REFUSAL);
	report->end_ns = begin_ns + 120500;
	expect_end(report, "refused; 120 µs");
}

Test(sink_text, no_close)
{
	struct flow_report *report = ended(TEARDOWN_NONE, WHO_NULL, REASON_CAPTURE_END);

	expect_end(report, "still open at the end; 90.0 ms");
	report->flow_state = FLOW_STATE_NEW;
	expect_end(report, "still opening; 90.0 ms");
	report->reason = REASON_IDLE_TIMEOUT;
	expect_end(report, "no close seen, idle for too long; 90.0 ms");
	report->reason = REASON_EVICTED;
	expect_end(report, "no close seen, dropped for want of memory; 90.0 ms");
	expect_end(ended(TEARDOWN_CONNECT_TIMEOUT, WHO_NULL, REASON_IDLE_TIMEOUT),
		   "no answer to SYN; 90.0 ms");
}

Test(sink_text, time_wait_cut_short)
{
	struct flow_report *report = four_way();

	report->time_wait[0].ended_by = TW_END_REUSE;
	report->time_wait[0].has_end = true;
	report->time_wait[0].duration_ns = 1234 * ms_ns;
	expect_end(report, "closed in order (4 segments), client first; 90.0 ms; "
			   "TIME-WAIT client, reused after 1.23 s");
	report->time_wait[0].ended_by = TW_END_ABSENT;
	expect_end(report, "closed in order (4 segments), client first; 90.0 ms; "
			   "TIME-WAIT client, proven absent");
}

Test(sink_text, anomalies_gravest_first)
{
	struct flow_report *report = ended(TEARDOWN_NONE, WHO_NULL, REASON_CAPTURE_END);

	add_anomaly(report, ANOMALY_NO_HANDSHAKE, SEVERITY_INFO, DOUBT_NONE);
	add_anomaly(report, ANOMALY_LAST_ACK_LOST, SEVERITY_NOTICE, DOUBT_NONE);
	add_anomaly(report, ANOMALY_FIN_SEQ_CHANGED, SEVERITY_ERROR, DOUBT_LIKELY);
	add_anomaly(report, ANOMALY_RST_EXACT, SEVERITY_NOTICE, DOUBT_NONE);
	expect_end(report, "still open at the end; 90.0 ms; "
			   "error: fin_seq_changed?; notice: last_ack_lost, rst_exact");
	add_anomaly(report, ANOMALY_RST_IGNORED, SEVERITY_WARNING, DOUBT_NONE);
	expect_end(report,
		   "still open at the end; 90.0 ms; "
		   "error: fin_seq_changed?; warning: rst_ignored; notice: last_ack_lost +1");
}

Test(sink_text, doubt_cause_and_vlans)
{
	struct flow_report *report =
		reset(TEARDOWN_RST_ABORT, WHO_CLIENT, WHO_CLIENT, RESET_FORM_ABORT);

	report->explanation_count = 1;
	report->explanation[0] =
		(struct report_explanation){.cause = CAUSE_SO_LINGER_0, .weight = WEIGHT_MEDIUM};
	report->quality.capture_doubt = DOUBT_LIKELY;
	report->envelope.vlan_count = 2;
	report->envelope.vlan[0] = 10;
	report->envelope.vlan[1] = 4094;
	expect_end(report, "reset by client (abort); 90.0 ms; perhaps SO_LINGER 0; "
			   "capture is likely at fault; VLAN 10, 4094");
	report->quality.one_direction = true;
	report->envelope.vlan_count = 0;
	expect_end(report, "reset by client (abort); 90.0 ms; perhaps SO_LINGER 0; "
			   "only one direction captured");
}

/* Where nobody knows who the client is, nobody is called so. */
Test(sink_text, unknown_orientation)
{
	struct flow_report *report = four_way();

	report->orientation = ORIENTATION_UNKNOWN;
	expect_page(report, 120,
		    "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 <> 10.0.0.2:80 "
		    "closed in order (4 segments), left first; 90.0 ms; TIME-WAIT left\n");
}

/* One line at 80 columns, down to the longest IPv4 addresses; what the end implies is left out
 * first. */
Test(sink_text, words_shorten_before_lines_break)
{
	struct flow_report *report = four_way();

	add_anomaly(report, ANOMALY_LAST_ACK_LOST, SEVERITY_NOTICE, DOUBT_NONE);
	expect_page(report, 200,
		    "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 "
		    "closed in order (4 segments), client first; 90.0 ms; TIME-WAIT client; "
		    "notice: last_ack_lost\n");
	expect_page(report, 120,
		    "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 "
		    "closed in order (4 segments), client first; 90.0 ms; notice: last_ack_lost\n");
	expect_page(report, 80,
		    "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 "
		    "closed, client first; notice\n");
	expect_page(report, 60,
		    "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80\n"
		    "             closed, client first; 90.0 ms; TW client\n"
		    "             notice: last_ack_lost\n");
	report->anomaly_count = 0;
	set_ends(&report->envelope, "192.168.100.101", 40000, "192.168.100.102", 65535);
	expect_page(report, 80,
		    "2023-11-14 UTC\n22:13:20.000 192.168.100.101:40000 > 192.168.100.102:65535 "
		    "closed, client first\n");
}

/* A holder of TIME-WAIT that the first closer does not imply is named even where there is little
 * room. */
Test(sink_text, unexpected_holder)
{
	struct flow_report *report = four_way();

	report->time_wait[0].side = WHO_SERVER;
	expect_page(report, 80,
		    "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 "
		    "closed, client first; TW server\n");
}

/* Addresses are never cut, not even where they do not fit a line. */
Test(sink_text, long_addresses)
{
	struct flow_report *report =
		reset(TEARDOWN_RST_ABORT, WHO_CLIENT, WHO_CLIENT, RESET_FORM_ABORT);

	set_ends(&report->envelope, "2001:db8:1234:5678:9abc:def0:1234:5678", 40000,
		 "2001:db8:1234:5678:9abc:def0:1234:9abc", 8081);
	expect_page(report, 60,
		    "2023-11-14 UTC\n22:13:20.000 [2001:db8:1234:5678:9abc:def0:1234:5678]:40000 > "
		    "[2001:db8:1234:5678:9abc:def0:1234:9abc]:8081\n"
		    "             reset by client; 90.0 ms\n");
	expect_page(report, 200,
		    "2023-11-14 UTC\n22:13:20.000 [2001:db8:1234:5678:9abc:def0:1234:5678]:40000 > "
		    "[2001:db8:1234:5678:9abc:def0:1234:9abc]:8081 "
		    "reset by client (abort); 90.0 ms\n");
}

/* What follows tuples stays in one column, and a date stands where the day changes. */
Test(sink_text, columns_and_days)
{
	struct flow_report *report = ended(TEARDOWN_REFUSED, WHO_NULL, REASON_RESET);
	struct page page;

	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = 100});
	set_ends(&report->envelope, "10.0.0.1", 1, "10.0.0.2", 80);
	cr_assert(page.sink->flow(page.sink, report));
	set_ends(&report->envelope, "192.168.0.10", 40000, "192.168.0.1", 443);
	cr_assert(page.sink->flow(page.sink, report));
	set_ends(&report->envelope, "10.0.0.1", 1, "10.0.0.2", 80);
	report->start_ns = -1;
	report->end_ns = -1;
	cr_assert(page.sink->flow(page.sink, report));
	report->start_ns = 0;
	cr_assert(page.sink->flow(page.sink, report));
	close_page(&page, "2023-11-14 UTC\n"
			  "22:13:20.000 10.0.0.1:1 > 10.0.0.2:80     refused; 90.0 ms\n"
			  "22:13:20.000 192.168.0.10:40000 > 192.168.0.1:443 refused; 90.0 ms\n"
			  "1969-12-31 UTC\n"
			  "23:59:59.999 10.0.0.1:1 > 10.0.0.2:80             refused; 0 s\n"
			  "1970-01-01 UTC\n"
			  "00:00:00.000 10.0.0.1:1 > 10.0.0.2:80             refused; 0 s\n");
}

static const char anomaly_expected[] =
	"2023-11-14 UTC\n"
	"22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 warning: close_wait_stuck? (server in\n"
	"             CLOSE-WAIT, frames 7 9) One side acknowledged the other's FIN and\n"
	"             never closed: its application may have forgotten the socket.\n";

Test(sink_text, anomaly)
{
	struct anomaly_report report = {.state = STATE_CLOSE_WAIT};
	struct page page;

	report.envelope = four_way()->envelope;
	report.anomaly = (struct report_anomaly){.id = ANOMALY_CLOSE_WAIT_STUCK,
						 .severity = SEVERITY_WARNING,
						 .side = WHO_SERVER,
						 .doubt = DOUBT_POSSIBLE,
						 .ts_ns = begin_ns,
						 .frame_count = 2,
						 .frame = {7, 9}};
	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = 80});
	cr_assert(page.sink->anomaly(page.sink, &report));
	close_page(&page, anomaly_expected);
}

Test(sink_text, transition)
{
	struct transition_report report = {.side = WHO_CLIENT,
					   .from = STATE_ESTABLISHED,
					   .to = STATE_FIN_WAIT_1,
					   .certainty = CERTAINTY_OBSERVED,
					   .cause = "sends FIN"};
	struct page page;

	report.envelope = four_way()->envelope;
	report.envelope.ts_ns = begin_ns;
	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = 120});
	cr_assert(page.sink->transition(page.sink, &report));
	close_page(&page, "2023-11-14 UTC\n22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 "
			  "client ESTABLISHED > FIN-WAIT-1: sends FIN (observed)\n");
}

Test(sink_text, only_what_was_asked_for)
{
	struct anomaly_report anomaly = {.anomaly = {.id = ANOMALY_RST_EXACT}};
	struct transition_report transition = {.side = WHO_CLIENT};
	struct run_report run = {.version = "1"};
	struct page page;

	open_page(&page, 0, &(struct sink_text_config){.columns = 80});
	cr_assert(page.sink->flow(page.sink, four_way()));
	cr_assert(page.sink->anomaly(page.sink, &anomaly));
	cr_assert(page.sink->transition(page.sink, &transition));
	cr_assert(page.sink->summary(page.sink, &run));
	close_page(&page, "");
}

Test(sink_text, ascii)
{
	struct flow_report *report = ended(TEARDOWN_REFUSED, WHO_NULL, REASON_RESET);
	struct page page;

	report->end_ns = begin_ns + 1500;
	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = 80, .ascii = true});
	cr_assert(page.sink->flow(page.sink, report));
	close_page(&page, "2023-11-14 UTC\n"
			  "22:13:20.000 10.0.0.1:40000 > 10.0.0.2:80 refused; 1.50 us\n");
}

/* Colour adds to the same words, and takes no columns. */
Test(sink_text, color)
{
	struct page page;

	open_page(&page, ALL_EVENTS, &(struct sink_text_config){.columns = 80, .color = true});
	cr_assert(page.sink->flow(page.sink, four_way()));
	close_page(&page, "\033[2m2023-11-14\033[0m\033[2m UTC\033[0m\n"
			  "\033[2m22:13:20.000\033[0m 10.0.0.1:40000 > 10.0.0.2:80 "
			  "\033[32mclosed, client first\033[0m; 90.0 ms\n");
}

Test(sink_text, full_disk)
{
	struct sink_config config = {.events = ALL_EVENTS};
	struct sink_text_config text = {.columns = 80};
	struct run_report run = {.version = "1"};
	FILE *full = fopen("/dev/full", "w");

	cr_assert_not_null(full);
	struct sink *sink = sink_text_create(&config, &text, full);
	cr_assert(sink->flow(sink, four_way()), "it still fits the buffer");
	errno = 0;
	cr_assert_not(sink->summary(sink, &run));
	cr_assert_eq(errno, ENOSPC);
	errno = 0;
	cr_assert_not(sink->flow(sink, four_way()), "a failure sticks");
	cr_assert_eq(errno, ENOSPC);
	sink->destroy(sink);
	fclose(full);
}

Test(sink_text, full_disk_without_buffer)
{
	struct sink_config config = {.events = ALL_EVENTS};
	struct sink_text_config text = {.columns = 80};
	FILE *full = fopen("/dev/full", "w");

	cr_assert_not_null(full);
	cr_assert_eq(setvbuf(full, NULL, _IONBF, 0), 0);
	struct sink *sink = sink_text_create(&config, &text, full);
	errno = 0;
	cr_assert_not(sink->flow(sink, four_way()));
	cr_assert_eq(errno, ENOSPC);
	sink->destroy(sink);
	fclose(full);
}

/* Every end of every kind, at every width: one line where the addresses are short, and none too
 * wide. */
Test(sink_text, lines_keep_to_their_width)
{
	for (unsigned end = 0; end <= TEARDOWN_COUNT; end++) {
		for (unsigned reason = 0; reason <= REASON_COUNT; reason++) {
			struct flow_report *report = ended(end, WHO_SERVER, reason);

			add_anomaly(report, ANOMALY_RST_OUTSTANDING_DATA_LOST, SEVERITY_WARNING,
				    DOUBT_LIKELY);
			add_anomaly(report, ANOMALY_RST_EXACT, SEVERITY_NOTICE, DOUBT_NONE);
			report->quality.capture_doubt = DOUBT_POSSIBLE;
			for (unsigned columns = 60; columns <= 200; columns += 7)
				expect_width(report, columns);
		}
	}
}
