/*
 * The command line: what each option does, what is refused and in which words, and that the table
 * says which defaults hold.
 */
#define _POSIX_C_SOURCE 200809L

#include "options/option_table.h"
#include "options/options.h"
#include "sink/sink.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ARGUMENTS_MAX = 32 };

static struct options options;
static struct options_error error;

/* Parses a command line whose words are parted by single spaces; an empty word is written as ''. */
static bool parse(const char *line)
{
	static char text[512];
	static char *argv[ARGUMENTS_MAX + 2];
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	argv[0] = (char[]){"tcpbye"};
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
		cr_assert_lt(argc, ARGUMENTS_MAX);
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	argv[argc] = NULL;
	error.text[0] = '\0';
	return options_parse(&options, argc, argv, &error);
}

static void accept(const char *line)
{
	cr_assert(parse(line), "\"%s\" is refused: %s", line, error.text);
}

static void refuse(const char *line, const char *text)
{
	cr_expect_not(parse(line), "\"%s\" is not refused", line);
	cr_expect_str_eq(error.text, text, "\"%s\" says: %s", line, error.text);
	options_release(&options);
}

Test(options, without_any_the_defaults_hold)
{
	struct analyzer_config defaults;

	analyzer_config_default(&defaults);
	accept("a.pcap");
	cr_expect_eq(options.action, OPTIONS_RUN);
	cr_expect_eq(options.source_count, 1);
	cr_expect_str_eq(options.source[0], "a.pcap");
	cr_expect_null(options.filter);
	cr_expect_null(options.word_filter);
	cr_expect_eq(options.count, 0);
	cr_expect_eq(options.format, FORMAT_BY_OUTPUT);
	cr_expect_null(options.output);
	cr_expect_eq(options.events, EVENT_FLOW | EVENT_SUMMARY);
	cr_expect_eq(options.color, WHEN_AUTO);
	cr_expect_eq(options.progress, WHEN_AUTO);
	cr_expect_eq(options.width_columns, 0);
	cr_expect_eq(options.fail_on, SEVERITY_NULL);
	cr_expect_eq(options.analyzer.idle_timeout_ns, defaults.idle_timeout_ns);
	cr_expect_eq(options.analyzer.checksum, CHECKSUM_NONE);
	options_release(&options);
}

/* A default in the table that the program does not have would be a lie in help and manual. */
Test(options, the_defaults_in_the_table_are_the_ones_that_hold)
{
	struct analyzer_config defaults;

	analyzer_config_default(&defaults);
	for (unsigned id = 0; id < OPTION_ROWS; id++) {
		const struct option_row *row = option_row(id);
		char line[256];

		if (row->standard == NULL || id == OPTION_TIME_WAIT || id == OPTION_MSL)
			continue;
		snprintf(line, sizeof(line), "a --%s %s", row->name, row->standard);
		accept(line);
		cr_expect_eq(options.analyzer.time_wait_ns, defaults.time_wait_ns, "--%s",
			     row->name);
		cr_expect_eq(options.analyzer.profile, defaults.profile, "--%s", row->name);
		cr_expect_eq(options.analyzer.idle_timeout_ns, defaults.idle_timeout_ns, "--%s",
			     row->name);
		cr_expect_eq(options.analyzer.syn_timeout_ns, defaults.syn_timeout_ns, "--%s",
			     row->name);
		cr_expect_eq(options.analyzer.reset_linger_ns, defaults.reset_linger_ns, "--%s",
			     row->name);
		cr_expect_eq(options.analyzer.reorder_window_ns, defaults.reorder_window_ns, "--%s",
			     row->name);
		cr_expect_eq(options.analyzer.duplicate_window_ns, defaults.duplicate_window_ns,
			     "--%s", row->name);
		cr_expect_eq(options.analyzer.half_close_limit_ns, defaults.half_close_limit_ns,
			     "--%s", row->name);
		cr_expect_eq(options.analyzer.close_wait_limit_ns, defaults.close_wait_limit_ns,
			     "--%s", row->name);
		cr_expect_eq(options.analyzer.max_flows, defaults.max_flows, "--%s", row->name);
		cr_expect_eq(options.analyzer.memcap_bytes, defaults.memcap_bytes, "--%s",
			     row->name);
		cr_expect_eq(options.analyzer.checksum, defaults.checksum, "--%s", row->name);
		cr_expect_eq(options.events, EVENT_FLOW | EVENT_SUMMARY, "--%s", row->name);
		cr_expect_eq(options.color, WHEN_AUTO, "--%s", row->name);
		cr_expect_eq(options.progress, WHEN_AUTO, "--%s", row->name);
		cr_expect_eq(options.community_id_seed, 0, "--%s", row->name);
		cr_expect_eq(options.first, OPTIONS_FIRST_DEFAULT, "--%s", row->name);
		options_release(&options);
	}
	accept("a --time-wait 60s");
	cr_expect_eq(options.analyzer.time_wait_ns, defaults.time_wait_ns);
	options_release(&options);
	accept("a --msl 30s");
	cr_expect_eq(options.analyzer.time_wait_ns, defaults.time_wait_ns);
	options_release(&options);
}

Test(options, words_are_captures_unless_one_was_named)
{
	accept("a.pcap b.pcap -f tcp");
	cr_expect_eq(options.source_count, 2);
	cr_expect_str_eq(options.source[1], "b.pcap");
	cr_expect_str_eq(options.filter, "tcp");
	options_release(&options);

	accept("-r a.pcap tcp port 80 -r b.pcap");
	cr_expect_eq(options.source_count, 2);
	cr_expect_str_eq(options.source[0], "a.pcap");
	cr_expect_str_eq(options.source[1], "b.pcap");
	cr_expect_str_eq(options.word_filter, "tcp port 80");
	cr_expect_eq(options.word_count, 3);
	options_release(&options);

	accept("-r - -- -x");
	cr_expect_str_eq(options.word_filter, "-x");
	options_release(&options);
}

Test(options, output_is_chosen)
{
	accept("a -T text --events anomaly,state,stats --nano --color always --progress never "
	       "--ascii --width 132 -o out");
	cr_expect_eq(options.format, FORMAT_TEXT);
	cr_expect_eq(options.events, EVENT_ANOMALY | EVENT_STATE | EVENT_STATS);
	cr_expect(options.nano);
	cr_expect_eq(options.color, WHEN_ALWAYS);
	cr_expect_eq(options.progress, WHEN_NEVER);
	cr_expect(options.ascii);
	cr_expect_eq(options.width_columns, 132);
	cr_expect_str_eq(options.output, "out");
	options_release(&options);

	accept("a --json --community-id-seed 65535");
	cr_expect_eq(options.format, FORMAT_NDJSON);
	cr_expect_eq(options.community_id_seed, 65535);
	options_release(&options);

	accept("a --format json");
	cr_expect_eq(options.format, FORMAT_JSON);
	options_release(&options);
}

Test(options, time_wait_is_the_last_one_said)
{
	static const struct {
		const char *line;
		enum profile profile;
		int64_t seconds;
	} cases[] = {
		{"a --profile linux", PROFILE_LINUX, 60},
		{"a --profile freebsd", PROFILE_FREEBSD, 60},
		{"a --profile macos", PROFILE_MACOS, 30},
		{"a --profile windows", PROFILE_WINDOWS, 120},
		{"a --profile solaris", PROFILE_SOLARIS, 60},
		{"a --profile rfc", PROFILE_RFC, 240},
		{"a --time-wait 90", PROFILE_CUSTOM, 90},
		{"a --msl 2m", PROFILE_CUSTOM, 240},
		{"a --msl 9 --profile rfc", PROFILE_RFC, 240},
		{"a --profile rfc --msl 9", PROFILE_CUSTOM, 18},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		accept(cases[i].line);
		cr_expect_eq(options.analyzer.profile, cases[i].profile, "%s", cases[i].line);
		cr_expect_eq(options.analyzer.time_wait_ns, cases[i].seconds * 1000000000, "%s",
			     cases[i].line);
		options_release(&options);
	}
}

Test(options, what_tells_connections_apart)
{
	enum { ALL = TUPLE_VLAN | TUPLE_TUNNEL | TUPLE_INTERFACE };

	accept("a --flow-key iface,vlan");
	cr_expect_eq(options.analyzer.flow_key & ALL, TUPLE_VLAN | TUPLE_INTERFACE);
	options_release(&options);
	accept("a --flow-key tunnel");
	cr_expect_eq(options.analyzer.flow_key & ALL, TUPLE_TUNNEL);
	options_release(&options);
	accept("a --flow-key none");
	cr_expect_eq(options.analyzer.flow_key & ALL, 0);
	options_release(&options);
}

Test(options, servers_are_named)
{
	const struct analyzer_net *net = options.analyzer.server_net;

	accept("a --server-net 10.1.2.3/8,192.0.2.7,2001:db8::/32,::/0");
	cr_expect_eq(options.analyzer.server_net_count, 4);
	cr_expect(net[0].ip_version == 4 && net[0].bits == 8 && net[0].addr[3] == 3);
	cr_expect(net[1].ip_version == 4 && net[1].bits == 32);
	cr_expect(net[2].ip_version == 6 && net[2].bits == 32 && net[2].addr[1] == 1);
	cr_expect(net[3].ip_version == 6 && net[3].bits == 0);
	options_release(&options);
}

Test(options, the_analyzer_is_told)
{
	accept("a --idle-timeout 1h --syn-timeout 2m --reset-linger 0 --reorder-window 4us "
	       "--duplicate-window 5ns "
	       "--half-close-limit 6 --close-wait-limit 7d -k all");
	cr_expect_eq(options.analyzer.idle_timeout_ns, INT64_C(3600000000000));
	cr_expect_eq(options.analyzer.syn_timeout_ns, INT64_C(120000000000));
	cr_expect_eq(options.analyzer.reset_linger_ns, 0);
	cr_expect_eq(options.analyzer.reorder_window_ns, 4000);
	cr_expect_eq(options.analyzer.duplicate_window_ns, 5);
	cr_expect_eq(options.analyzer.half_close_limit_ns, INT64_C(6000000000));
	cr_expect_eq(options.analyzer.close_wait_limit_ns, INT64_C(604800000000000));
	cr_expect_eq(options.analyzer.checksum, CHECKSUM_ALL);
	options_release(&options);

	accept("a --max-flows 65 --memcap 3M --server-port 80,443,65535 -k auto --fail-on warning");
	cr_expect_eq(options.analyzer.max_flows, 65);
	cr_expect_eq(options.analyzer.memcap_bytes, 3 << 20);
	cr_expect_eq(options.analyzer.server_port_count, 3);
	cr_expect_eq(options.analyzer.server_port[2], 65535);
	cr_expect_eq(options.analyzer.flow_key, TUPLE_VLAN | TUPLE_TUNNEL);
	cr_expect_eq(options.analyzer.checksum, CHECKSUM_AUTO);
	cr_expect_eq(options.fail_on, SEVERITY_WARNING);
	options_release(&options);
}

Test(options, the_rest_is_taken)
{
	accept("-c 10 --strict-order -qqv -F filter a");
	cr_expect_eq(options.count, 10);
	cr_expect(options.strict_order);
	cr_expect_eq(options.quiet, 2);
	cr_expect_eq(options.verbose, 1);
	cr_expect_str_eq(options.filter_file, "filter");
	options_release(&options);

	accept("--help");
	cr_expect_eq(options.action, OPTIONS_HELP);
	options_release(&options);
	accept("-V");
	cr_expect_eq(options.action, OPTIONS_VERSION);
	options_release(&options);
	accept("--schema");
	cr_expect_eq(options.action, OPTIONS_SCHEMA);
	options_release(&options);
}

Test(options, a_wrong_option_is_named)
{
	refuse("--formt x", "unknown option --formt (did you mean --format?)");
	refuse("--idletimeout=3 x", "unknown option --idletimeout (did you mean --idle-timeout?)");
	refuse("--frobnicate x", "unknown option --frobnicate (see tcpbye --help)");
	refuse("--m 3 x",
	       "option --m is ambiguous (did you mean --metrics-file or --min-severity?)");
	refuse("-z x", "unknown option -z (see tcpbye --help)");
	refuse("-qz x", "unknown option -z (see tcpbye --help)");
	refuse("x -c", "--count needs an argument (write --count N)");
	refuse("x --format",
	       "--format needs an argument (write --format text|ndjson|json|ladder|html)");
	refuse("--json=3 x", "--json takes no argument (write --json)");
	refuse("--help=3 x", "--help takes no argument (write --help)");
}

Test(options, a_wrong_argument_is_named)
{
	refuse("x -T jsn", "--format jsn: there is no jsn (did you mean json?)");
	refuse("x -T docx",
	       "--format docx: there is no docx (it takes text|ndjson|json|ladder|html)");
	refuse("x --fail-on warn", "--fail-on warn: there is no warn (did you mean warning?)");
	refuse("x --events flow,anomly",
	       "--events flow,anomly: there is no anomly (did you mean anomaly?)");
	refuse("x --events flow,",
	       "--events flow,: there is no \"\" (it takes flow,anomaly,state,stats,summary)");
	refuse("x --profile custom", "--profile custom: there is no custom (it takes "
				     "linux|freebsd|macos|windows|solaris|rfc)");
	refuse("x -c ten", "--count ten: not a whole number (it takes 1 to 9007199254740991)");
	refuse("x -c 0", "--count 0: too small (at least 1)");
	refuse("x -c -1", "--count -1: not a whole number (it takes 1 to 9007199254740991)");
	refuse("x -c 99999999999999999999",
	       "--count 99999999999999999999: too large (at most 9007199254740991)");
	refuse("x --width 39", "--width 39: too small (at least 40)");
	refuse("x --community-id-seed 65536",
	       "--community-id-seed 65536: too large (at most 65535)");
	refuse("x --max-flows 4294967296",
	       "--max-flows 4294967296: too large (at most 4294967295)");
	refuse("x --memcap 1.5G", "--memcap 1.5G: not a size (write 1048576, 256M or 2G)");
	refuse("x --memcap 0", "--memcap 0: too small (write 1048576, 256M or 2G)");
	refuse("x --memcap 9999999T",
	       "--memcap 9999999T: too large (at most 9007199254740991 bytes)");
	refuse("x --idle-timeout 3x", "--idle-timeout 3x: not a duration (write 90s, 3ms or 2h)");
	refuse("x --idle-timeout 0", "--idle-timeout 0: too short (write 90s, 3ms or 2h)");
	refuse("x --msl 3651d", "--msl 3651d: too long (at most 3650d)");
	refuse("x --server-port 80,,443",
	       "--server-port 80,,443: not a list of ports (write 80,443; a port is 1 to 65535)");
	refuse("x --server-port 80,",
	       "--server-port 80,: not a list of ports (write 80,443; a port is 1 to 65535)");
	refuse("x --server-port 65536",
	       "--server-port 65536: not a list of ports (write 80,443; a port is 1 to 65535)");
	refuse("x --server-net 10.0.0.0/33",
	       "--server-net 10.0.0.0/33: not a list of networks (write 10.0.0.0/8,2001:db8::/32)");
	refuse("x --server-net 10.0.0/8",
	       "--server-net 10.0.0/8: not a list of networks (write 10.0.0.0/8,2001:db8::/32)");
	refuse("x --server-net ::/",
	       "--server-net ::/: not a list of networks (write 10.0.0.0/8,2001:db8::/32)");
	refuse("x --server-net 10.0.0.0/8,",
	       "--server-net 10.0.0.0/8,: not a list of networks (write 10.0.0.0/8,2001:db8::/32)");
	refuse("x --server-port 0",
	       "--server-port 0: not a list of ports (write 80,443; a port is 1 to 65535)");
	refuse("-r ''", "--read \"\": empty (write --read FILE)");
	refuse("x -o ''", "--output \"\": empty (write --output FILE)");
}

Test(options, more_than_64_server_ports_are_refused)
{
	char line[512] = "x --server-port 1";

	for (int port = 2; port <= ANALYZER_SERVER_PORTS_MAX; port++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ",%d", port);
	accept(line);
	options_release(&options);
	strcat(line, ",65");
	cr_expect_not(parse(line));
	cr_expect_not_null(strstr(error.text, ": too many ports (at most 64)"), "%s", error.text);
	options_release(&options);
}

Test(options, what_does_not_go_together_is_refused)
{
	refuse("", "no capture to read (write tcpbye FILE, tcpbye -r - for standard input, or "
		   "tcpbye -i IF)");
	refuse("-q", "no capture to read (write tcpbye FILE, tcpbye -r - for standard input, or "
		     "tcpbye -i IF)");
	refuse("-r - -r -", "standard input can be read only once (name - once)");
	refuse("-r a -f tcp udp",
	       "two filters: --filter and the words after the options (give one of them; with -r, "
	       "words are a filter, so each capture needs its own -r)");
	refuse("-r a -F f udp", "two filters: --filter-file and the words after the options (give "
				"one of them; with -r, "
				"words are a filter, so each capture needs its own -r)");
	refuse("a -F f -f udp", "two filters: --filter and --filter-file (give one of them)");
}

/* The longest wrong argument must not push the rest of the message over the end of its room. */
Test(options, long_arguments_are_refused_too)
{
	char long_word[600];
	char *lines[][5] = {
		{"tcpbye", "--idle-timeout", long_word, "x", NULL},
		{"tcpbye", "--format", long_word, "x", NULL},
		{"tcpbye", "--events", long_word, "x", NULL},
		{"tcpbye", "--server-port", long_word, "x", NULL},
		{"tcpbye", "--memcap", long_word, "x", NULL},
		{"tcpbye", "-c", long_word, "x", NULL},
	};

	memset(long_word, 'y', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		cr_expect_not(options_parse(&options, 4, lines[i], &error));
		cr_expect_gt(strlen(error.text), 200);
		cr_expect_lt(strlen(error.text), sizeof(error.text));
		options_release(&options);
	}
	memcpy(long_word, "--", 2);
	cr_expect_not(options_parse(&options, 2, (char *[]){"tcpbye", long_word, NULL}, &error));
	cr_expect_not_null(strstr(error.text, "(see tcpbye --help)"));
	options_release(&options);
}

Test(live, interfaces_are_sources_with_other_defaults)
{
	accept("-i lo -i any -s 96 -B 1024 -Q in -p --duration 2m tcp port 80");
	cr_expect_eq(options.interface_count, 2);
	cr_expect_eq(options.source_count, 2);
	cr_expect_str_eq(options.source[1], "any");
	cr_expect_str_eq(options.word_filter, "tcp port 80");
	cr_expect_eq(options.snaplen_bytes, 96);
	cr_expect_eq(options.buffer_kib, 1024);
	cr_expect_eq(options.direction, DIRECTION_IN);
	cr_expect(options.no_promiscuous);
	cr_expect_eq(options.duration_ns, INT64_C(120000000000));
	cr_expect_eq(options.events, EVENT_FLOW | EVENT_ANOMALY | EVENT_STATS | EVENT_SUMMARY);
	options_release(&options);
	accept("-i lo --events state");
	cr_expect_eq(options.events, EVENT_STATE);
	cr_expect_eq(options.snaplen_bytes, 256);
	cr_expect_eq(options.stats_interval_ns, INT64_C(60000000000));
	options_release(&options);
}

Test(live, what_does_not_go_together_is_refused)
{
	refuse("-i lo -r a", "captures and interfaces cannot be read together (give either --read "
			     "or --interface)");
	refuse("-L", "--list-linktypes needs one interface (write -i IF -L)");
	refuse("-i lo -s 10", "--snapshot-length 10: too small (at least 64)");
	refuse("-i lo -Q sideways", "--direction sideways: there is no sideways (it takes "
				    "inout|in|out)");
	refuse("-i lo --duration 0", "--duration 0: too short (write 90s, 3ms or 2h)");
}

Test(options, connections_are_chosen_by_type_and_severity)
{
	accept("a.pcap");
	cr_expect_not(options.only.given);
	cr_expect_eq(options.min_severity, SEVERITY_NULL);
	options_release(&options);

	accept("--only four_way,close_wait_stuck --only refused --min-severity notice a.pcap");
	cr_expect(options.only.given);
	cr_expect(options.only.teardown[TEARDOWN_FOUR_WAY]);
	cr_expect(options.only.teardown[TEARDOWN_REFUSED]);
	cr_expect_not(options.only.teardown[TEARDOWN_NONE]);
	cr_expect(options.only.anomaly[ANOMALY_CLOSE_WAIT_STUCK]);
	cr_expect_not(options.only.anomaly[ANOMALY_FIN_UNACKED]);
	cr_expect_eq(options.min_severity, SEVERITY_NOTICE);
	options_release(&options);
}

Test(options, the_catalogue_needs_no_capture)
{
	accept("--explain stale_pool_write");
	cr_expect_eq(options.action, OPTIONS_EXPLAIN);
	cr_expect_eq(options.explain, ANOMALY_STALE_POOL_WRITE);
	options_release(&options);

	accept("--list-anomalies --json");
	cr_expect_eq(options.action, OPTIONS_LIST_ANOMALIES);
	cr_expect_eq(options.format, FORMAT_NDJSON);
	options_release(&options);
	refuse("--explain ''", "--explain : there is no \"\" (see tcpbye --list-anomalies)");
}
