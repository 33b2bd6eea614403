/*
 * The page of counters: what is counted where, and that its file is replaced as a whole.
 */
#define _POSIX_C_SOURCE 200809L

#include "monitor/metrics.h"

#include "shell/directory.h"
#include "sink/tally.h"
#include "support/report_fixture.h"

#include <errno.h>
#include <sys/stat.h>

static struct metrics *metrics;
static struct flow_report flow;
static char page[CONTENT_MAX_BYTES];

static void set_up(void)
{
	enter_directory();
	metrics = metrics_create();
	cr_assert_not_null(metrics);
	fixture_four_way(&flow);
}

static void tear_down(void)
{
	metrics_destroy(metrics);
	leave_directory();
}

TestSuite(metrics, .init = set_up, .fini = tear_down);

static void write_page(void)
{
	static struct tally_view view;
	struct stats_report stats;
	struct metrics_state state = {
		.version = "1.2.3", .stats = &stats, .queue_bytes = 7, .queue_room_bytes = 8};
	FILE *file = fmemopen(page, sizeof page, "w");

	fixture_stats(&stats, &view);
	cr_assert(metrics_write(metrics, &state, file));
	fclose(file);
}

static void has(const char *line)
{
	char wanted[256];

	snprintf(wanted, sizeof wanted, "\n%s\n", line);
	cr_assert_not_null(strstr(page, wanted), "the page lacks: %s", line);
}

Test(metrics, counts_closes_by_type_and_closer)
{
	metrics_flow(metrics, &flow);
	metrics_flow(metrics, &flow);
	flow.closer = WHO_NULL;
	metrics_flow(metrics, &flow);
	write_page();
	has("tcpbye_closes_total{type=\"four_way\",closer=\"client\"} 2");
	has("tcpbye_closes_total{type=\"four_way\",closer=\"unknown\"} 1");
	has("tcpbye_build_info{version=\"1.2.3\"} 1");
	has("tcpbye_output_queue_bytes 7");
	has("tcpbye_output_queue_room_bytes 8");
}

Test(metrics, counts_anomalies_by_id_and_severity)
{
	flow.anomaly_count = 2;
	flow.anomaly[0] = (struct report_anomaly){.id = ANOMALY_CLOSE_WAIT_STUCK,
						  .severity = SEVERITY_WARNING};
	flow.anomaly[1] =
		(struct report_anomaly){.id = ANOMALY_CLOSE_WAIT_STUCK, .severity = SEVERITY_ERROR};
	metrics_flow(metrics, &flow);
	write_page();
	has("tcpbye_anomalies_total{id=\"close_wait_stuck\",severity=\"warning\"} 1");
	has("tcpbye_anomalies_total{id=\"close_wait_stuck\",severity=\"error\"} 1");
}

/* Buckets are cumulative: a value counts in each that is not below it. */
Test(metrics, parts_latencies_into_buckets)
{
	flow.latency = (struct report_latency){
		.has_peer_ack = true,
		.has_application = true,
		.has_last_ack = true,
		.peer_ack_ns = 1500000,
		.application_ns = 70000000000,
		.last_ack_ns = 3500000,
	};
	metrics_flow(metrics, &flow);
	write_page();
	has("tcpbye_close_network_seconds_bucket{le=\"0.001\"} 0");
	has("tcpbye_close_network_seconds_bucket{le=\"0.005\"} 1");
	has("tcpbye_close_network_seconds_bucket{le=\"+Inf\"} 1");
	has("tcpbye_close_network_seconds_count 1");
	has("tcpbye_close_application_seconds_bucket{le=\"60.000\"} 0");
	has("tcpbye_close_application_seconds_bucket{le=\"+Inf\"} 1");
}

Test(metrics, names_no_address)
{
	metrics_flow(metrics, &flow);
	write_page();
	cr_assert_null(strstr(page, "10.0.0."));
}

static bool write_line(void *context, FILE *file)
{
	return fputs(context, file) != EOF && fflush(file) == 0;
}

static bool write_half(void *context, FILE *file)
{
	fputs(context, file);
	errno = ENOSPC;
	return false;
}

Test(metrics, replaces_its_file_as_a_whole)
{
	struct stat before, after;

	cr_assert(metrics_write_file("page", write_line, "one\n"));
	cr_assert_eq(stat("page", &before), 0);
	cr_assert(metrics_write_file("page", write_line, "two\n"));
	cr_assert_eq(stat("page", &after), 0);
	cr_assert_neq(before.st_ino, after.st_ino, "the file was written in its place");
	read_file("page");
	cr_assert_str_eq(content, "two\n");
	cr_assert_not(metrics_write_file("page", write_half, "three\n"));
	cr_assert_eq(errno, ENOSPC);
	read_file("page");
	cr_assert_str_eq(content, "two\n");
	cr_assert_neq(access("page.new", F_OK), 0, "half a page was left behind");
	cr_assert_not(metrics_write_file("nowhere/page", write_line, "four\n"));
}
