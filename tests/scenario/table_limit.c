/*
 * S114: the flow table is full in the middle of a close. The connection that leaves it has a record
 * all the same, which says that it was evicted and what of its close was seen.
 *
 * usage: table_limit FILE.pkt RECORDS
 *
 * FILE.pkt is an orderly close of four waves after `handshake` and `data`. Its packets up to wave 2
 * are played for as many connections as the smallest table holds, and then one more begins. The
 * record of the one that left is put into RECORDS. Exit status: 0 as expected; 1 not, and each
 * difference is printed; 2 could not be run.
 */
#include "support/json_match.h"
#include "support/recorder.h"
#include "support/scenario.h"

#include <stdio.h>
#include <string.h>

#define APART_NS INT64_C(100000)

enum { TABLE_LIMIT = 64, PACKETS_TO_WAVE_2 = 9, FIRST_PORT = 40000 };

static const char expectation[] =
	"{'flows': [{"
	"  'src_port': 40000,"
	"  'flow': {'reason': 'evicted', 'flow_end_reason': 5, 'first_pcap_cnt': 1},"
	"  'client': {'state': 'fin_wait_2', 'fin_seq': 1101, 'path': ["
	"    'syn_sent observed', 'established confirmed', 'fin_wait_1 observed', 'fin_wait_2']},"
	"  'server': {'state': 'close_wait', 'fin_seq': null, 'path': ["
	"    'syn_received observed', 'established confirmed', 'close_wait confirmed']},"
	"  'teardown': {'type': 'half_closed', 'closer': 'client', 'complete': false, 'waves': ["
	"    {'wave': 1, 'status': 'ok', 'pcap_cnt': 449, 'seq': 1101},"
	"    {'wave': 2, 'status': 'ok', 'pcap_cnt': 513, 'ack': 1102},"
	"    {'wave': 3, 'status': 'pending', 'pcap_cnt': null},"
	"    {'wave': 4, 'status': 'pending', 'pcap_cnt': null}]},"
	"  'time_wait': [],"
	"  'anomalies': {},"
	"  'anomalies_info': ['evicted']"
	"}]}";

static json_t *read_expectation(void)
{
	char text[sizeof expectation];

	memcpy(text, expectation, sizeof text);
	for (char *quote = text; (quote = strchr(quote, '\'')) != NULL;)
		*quote = '"';
	return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

/* Takes packet `at` of connection `nth`, which has a port of its own and is 0.1 ms behind the one
 * before. */
static void play_packet(struct recorder *recorder, struct scenario *scenario, unsigned at,
			unsigned nth, uint64_t number)
{
	static const uint8_t client[4] = {10, 0, 0, 1}, server[4] = {10, 0, 0, 2};
	struct segment segment;

	scenario_readdress(scenario, 4, client, (uint16_t)(FIRST_PORT + nth), server, 80);
	segment = scenario->event[at].segment;
	segment.ts_ns += nth * APART_NS;
	segment.number = number;
	recorder_take(recorder, &segment);
}

/* The table's fill of connections side by side, then the first packet of one more. */
static void play_connections(struct recorder *recorder, struct scenario *scenario)
{
	uint64_t number = 0;

	for (unsigned at = 0; at < PACKETS_TO_WAVE_2; at++) {
		for (unsigned nth = 0; nth < TABLE_LIMIT; nth++)
			play_packet(recorder, scenario, at, nth, ++number);
	}
	scenario->event[0].segment.ts_ns = scenario->event[PACKETS_TO_WAVE_2 - 1].segment.ts_ns;
	play_packet(recorder, scenario, 0, TABLE_LIMIT, ++number);
}

static json_t *play_all(struct scenario *scenario)
{
	struct analyzer_config config;
	struct recorder *recorder;
	const char *why;
	json_t *records;

	analyzer_config_default(&config);
	config.max_flows = TABLE_LIMIT;
	recorder = recorder_create(&config, "capture");
	if (recorder == NULL)
		return NULL;
	play_connections(recorder, scenario);
	records = recorder_finish(recorder, &why);
	if (records == NULL)
		fprintf(stderr, "table_limit: %s\n", why);
	return records;
}

/* Of the flow records, those of connections that left for want of room. */
static json_t *evicted_of(const json_t *flows)
{
	json_t *evicted = json_array(), *record;
	size_t i;

	json_array_foreach(flows, i, record)
	{
		const char *reason = json_string_value(
			json_object_get(json_object_get(record, "flow"), "reason"));

		if (reason != NULL && strcmp(reason, "evicted") == 0)
			json_array_append(evicted, record);
	}
	return evicted;
}

/* How much differs from what is expected. */
static unsigned judge(const json_t *records, json_t *expected, int64_t origin_ns, FILE *kept)
{
	json_t *flows = records_of_type(records, "flow");
	json_t *evicted = evicted_of(flows);
	unsigned differences = match_flows(expected, evicted, origin_ns, stdout);

	if (json_array_size(flows) != TABLE_LIMIT + 1) {
		printf("%zu flow records, not %d\n", json_array_size(flows), TABLE_LIMIT + 1);
		differences++;
	}
	if (json_dumpf(evicted, kept, JSON_COMPACT) != 0) {
		printf("the record cannot be kept\n");
		differences++;
	}
	json_decref(flows);
	json_decref(evicted);
	return differences;
}

int main(int argc, char **argv)
{
	struct scenario_error error = {"usage: table_limit FILE.pkt RECORDS"};
	struct scenario *scenario = argc == 3 ? scenario_read(argv[1], &error) : NULL;
	FILE *kept = scenario != NULL ? fopen(argv[2], "w") : NULL;
	json_t *expected = read_expectation(), *records = NULL;
	int status = 2;

	if (scenario == NULL)
		fprintf(stderr, "table_limit: %s\n", error.text);
	else if (scenario->count < PACKETS_TO_WAVE_2 || expected == NULL)
		fprintf(stderr, "table_limit: %s: not a scenario of four waves\n", argv[1]);
	else
		records = play_all(scenario);
	if (records != NULL && kept != NULL)
		status = judge(records, expected, scenario->origin_ns, kept) == 0 ? 0 : 1;
	if (kept != NULL && fclose(kept) != 0)
		status = 2;
	json_decref(records);
	json_decref(expected);
	scenario_free(scenario);
	return status;
}
