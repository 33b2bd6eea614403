#include "support/report_fixture.h"

#include "core/segment.h"

#include <string.h>

enum { MS_NS = 1000000 };

static int64_t at_ms(int64_t ms)
{
	return FIXTURE_START_NS + ms * MS_NS;
}

void fixture_envelope(struct report_envelope *envelope, int64_t ts_ns, uint64_t number)
{
	*envelope = (struct report_envelope){
		.ts_ns = ts_ns,
		.flow_id = 1482031870951425,
		.number = number,
		.ip_version = 4,
		.addr = {{10, 0, 0, 1}, {10, 0, 0, 2}},
		.port = {40000, 80},
	};
}

static void step(struct report_endpoint *endpoint, enum state state, int64_t ts_ns, uint64_t number)
{
	endpoint->path[endpoint->path_count++] = (struct report_step){
		.ts_ns = ts_ns,
		.number = number,
		.state = state,
		.certainty = number != 0 ? CERTAINTY_OBSERVED : CERTAINTY_TIMER,
	};
}

static void set_client_path(struct report_endpoint *client)
{
	*client = (struct report_endpoint){
		.state = STATE_CLOSED,
		.state_proven = STATE_TIME_WAIT,
		.has_iss = true,
		.has_fin_seq = true,
		.iss = 1000,
		.fin_seq = 1101,
	};
	step(client, STATE_SYN_SENT, at_ms(0), 1);
	step(client, STATE_ESTABLISHED, at_ms(10), 3);
	step(client, STATE_FIN_WAIT_1, at_ms(60), 7);
	step(client, STATE_FIN_WAIT_2, at_ms(90), 10);
	step(client, STATE_TIME_WAIT, at_ms(90), 10);
	step(client, STATE_CLOSED, at_ms(60090), 0);
}

static void set_server_path(struct report_endpoint *server)
{
	*server = (struct report_endpoint){
		.state = STATE_CLOSED,
		.state_proven = STATE_LAST_ACK,
		.has_iss = true,
		.has_fin_seq = true,
		.iss = 5000,
		.fin_seq = 5201,
	};
	step(server, STATE_LISTEN, at_ms(0), 1);
	step(server, STATE_SYN_RECEIVED, at_ms(5), 2);
	step(server, STATE_ESTABLISHED, at_ms(20), 4);
	step(server, STATE_CLOSE_WAIT, at_ms(65), 8);
	step(server, STATE_LAST_ACK, at_ms(80), 9);
	step(server, STATE_CLOSED, at_ms(90), 10);
}

static struct report_wave wave(enum wave_role role, enum who side, int64_t ts_ns, uint64_t number)
{
	return (struct report_wave){
		.role = role,
		.side = side,
		.status = WAVE_STATUS_OK,
		.why = WAVE_WHY_NULL,
		.has_segment = true,
		.has_expected_seq = true,
		.has_expected_ack = role == WAVE_ROLE_ACK,
		.ts_ns = ts_ns,
		.number = number,
		.flags = role == WAVE_ROLE_FIN ? TCP_FIN | TCP_ACK : TCP_ACK,
	};
}

static void number_wave(struct report_wave *wave, uint32_t seq, uint32_t ack)
{
	wave->seq = wave->expected_seq = seq;
	wave->ack = wave->expected_ack = ack;
}

static void set_waves(struct flow_report *report)
{
	report->wave_count = 4;
	report->wave[0] = wave(WAVE_ROLE_FIN, WHO_CLIENT, at_ms(60), 7);
	report->wave[1] = wave(WAVE_ROLE_ACK, WHO_SERVER, at_ms(65), 8);
	report->wave[2] = wave(WAVE_ROLE_FIN, WHO_SERVER, at_ms(80), 9);
	report->wave[3] = wave(WAVE_ROLE_ACK, WHO_CLIENT, at_ms(90), 10);
	number_wave(&report->wave[0], 1101, 5201);
	number_wave(&report->wave[1], 5201, 1102);
	number_wave(&report->wave[2], 5201, 1102);
	number_wave(&report->wave[3], 1102, 5202);
}

static void set_close(struct flow_report *report)
{
	report->teardown = TEARDOWN_FOUR_WAY;
	report->closer = WHO_CLIENT;
	report->closer_by = CLOSER_BY_ACK_COVERAGE;
	report->complete = true;
	report->has_teardown_start = report->has_teardown_end = true;
	report->teardown_start_ns = at_ms(60);
	report->teardown_end_ns = at_ms(90);
	report->latency = (struct report_latency){
		.has_peer_ack = true,
		.has_application = true,
		.has_last_ack = true,
		.peer_ack_ns = 5 * MS_NS,
		.application_ns = 15 * MS_NS,
		.last_ack_ns = 10 * MS_NS,
	};
	report->time_wait_count = 1;
	report->time_wait[0] = (struct report_time_wait){
		.side = WHO_CLIENT,
		.via = TW_VIA_FIN_WAIT_2,
		.start_ns = at_ms(90),
		.nominal_ns = INT64_C(60000) * MS_NS,
		.profile = PROFILE_LINUX,
		.has_end = true,
		.end_ns = at_ms(60090),
		.duration_ns = INT64_C(60000) * MS_NS,
		.ended_by = TW_END_TIMER,
	};
}

void fixture_four_way(struct flow_report *report)
{
	*report = (struct flow_report){
		.start_ns = at_ms(0),
		.end_ns = at_ms(90),
		.first_number = 1,
		.packets = {5, 5},
		.frame_bytes = {370, 470},
		.payload_bytes = {100, 200},
		.tcp_flags = {0x1b, 0x1b},
		.flow_state = FLOW_STATE_CLOSED,
		.reason = REASON_CLOSED,
		.origin = ORIGIN_HANDSHAKE,
		.orientation = ORIENTATION_HANDSHAKE,
		.conn_state = CONN_SF,
		.history = "ShADadFf",
		.completeness = 31,
	};
	fixture_envelope(&report->envelope, at_ms(60090), 10);
	set_client_path(&report->endpoint[REPORT_CLIENT]);
	set_server_path(&report->endpoint[REPORT_SERVER]);
	set_waves(report);
	set_close(report);
}

static void set_evidence(struct report_evidence *evidence)
{
	*evidence = (struct report_evidence){
		.has = EVIDENCE_SEQ | EVIDENCE_ACK | EVIDENCE_BYTES | EVIDENCE_DURATION |
		       EVIDENCE_TTL | EVIDENCE_FLAGS,
		.ttl = 57,
		.flags = TCP_RST | TCP_ACK,
		.seq = UINT32_MAX,
		.ack = 1,
		.bytes = UINT64_MAX,
		.duration_ns = INT64_MAX,
	};
}

static struct report_anomaly anomaly(enum anomaly_id id)
{
	struct report_anomaly anomaly = {
		.id = id,
		.severity = anomaly_row(id)->severity,
		.side = WHO_SERVER,
		.doubt = DOUBT_POSSIBLE,
		.ts_ns = at_ms(80),
		.count = 12,
		.frame_count = REPORT_FRAMES_MAX,
		.frame = {1, 2, 3, 4, 97, 98, 99, 100},
	};
	set_evidence(&anomaly.expected);
	set_evidence(&anomaly.observed);
	return anomaly;
}

static void fill_lists(struct flow_report *report)
{
	struct report_endpoint *client = &report->endpoint[REPORT_CLIENT];
	while (client->path_count < REPORT_PATH_MAX)
		step(client, STATE_TIME_WAIT, at_ms(91), 11);
	client->path[REPORT_PATH_MAX - 2].refuted = true;
	report->anomaly_count = REPORT_ANOMALIES_MAX;
	for (unsigned i = 0; i < REPORT_ANOMALIES_MAX; i++)
		report->anomaly[i] = anomaly((enum anomaly_id)i);
	report->anomaly[1].side = WHO_NULL;
	report->anomaly[1].expected.has = 0;
	report->anomaly[1].observed.has = EVIDENCE_TTL;
	report->explanation_count = REPORT_EXPLANATIONS_MAX;
	for (unsigned i = 0; i < REPORT_EXPLANATIONS_MAX; i++) {
		report->explanation[i] = (struct report_explanation){
			.cause = (enum cause)i,
			.weight = (enum weight)(i % WEIGHT_COUNT),
			.frame_count = i,
			.frame = {1, 2, 3, 4, 5, 6, 7},
			.has_idle = i > 0,
			.idle_ns = INT64_C(60000000000) * i,
			.timer_count = i % REPORT_TIMERS_MAX,
			.timer = {0, 1, 2, 3, 4},
		};
	}
}

static void set_reset(struct flow_report *report)
{
	report->teardown = TEARDOWN_FIN_THEN_RST;
	report->reason = REASON_RESET;
	report->reset = (struct report_reset){
		.present = true,
		.by = WHO_SERVER,
		.ts_ns = at_ms(90),
		.number = 10,
		.form = RESET_FORM_REPLY,
		.class = RESET_CLASS_EXACT,
		.accepted = RESET_ACCEPTED_OBSERVED,
		.trigger_number = 9,
		.bytes_lost = {17, 0},
	};
	report->half_close = (struct report_half_close){
		.present = true,
		.side = WHO_SERVER,
		.duration_ns = 15 * MS_NS,
		.bytes = 512,
	};
}

void fixture_everything(struct flow_report *report)
{
	static const uint8_t client[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	static const uint8_t server[16] = {0x20, 0x01, 0x0d, 0xb8, [8] = 0xab, [15] = 2};
	fixture_four_way(report);
	report->envelope.ip_version = 6;
	memcpy(report->envelope.addr[REPORT_CLIENT], client, sizeof client);
	memcpy(report->envelope.addr[REPORT_SERVER], server, sizeof server);
	report->envelope.vlan_count = 2;
	report->envelope.vlan[0] = 100;
	report->envelope.vlan[1] = 4094;
	report->envelope.tunnel = (struct report_tunnel){true, true, TUNNEL_VXLAN, 0xabcdef};
	report->envelope.multipath = true;
	set_reset(report);
	fill_lists(report);
	report->wave[0].status = WAVE_STATUS_BAD;
	report->wave[0].why = WAVE_WHY_WINDOW;
	report->wave[1].piggybacked = true;
	report->wave[3].status = WAVE_STATUS_MISSING;
	report->wave[3].has_segment = false;
	report->time_wait_count = 2;
	report->time_wait[1] = report->time_wait[0];
	report->time_wait[1].side = WHO_SERVER;
	report->time_wait[1].ended_by = TW_END_ABSENT;
	report->time_wait[1].has_evidence_max = true;
	report->time_wait[1].evidence_max_ns = 1500 * MS_NS;
	report->quality = (struct report_quality){
		.capture_loss = true,
		.one_direction = true,
		.reordered_at_tap = 1,
		.frame_duplicates = 2,
		.truncated_headers = 3,
		.fragments = 4,
		.path_truncated = true,
		.anomalies_truncated = true,
		.capture_doubt = DOUBT_LIKELY,
	};
}

void fixture_minimal(struct flow_report *report)
{
	*report = (struct flow_report){
		.start_ns = at_ms(0),
		.end_ns = at_ms(0),
		.first_number = 3,
		.packets = {1, 0},
		.flow_state = FLOW_STATE_NEW,
		.reason = REASON_CAPTURE_END,
		.origin = ORIGIN_MIDSTREAM,
		.orientation = ORIENTATION_UNKNOWN,
		.conn_state = CONN_OTH,
		.teardown = TEARDOWN_NONE,
		.closer = WHO_NULL,
		.closer_by = CLOSER_BY_NULL,
	};
	fixture_envelope(&report->envelope, at_ms(0), 3);
	for (unsigned side = 0; side < 2; side++) {
		report->endpoint[side].state = STATE_NULL;
		report->endpoint[side].state_proven = STATE_NULL;
	}
}

void fixture_anomaly(struct anomaly_report *report, enum anomaly_id id)
{
	*report = (struct anomaly_report){.anomaly = anomaly(id), .state = STATE_LAST_ACK};
	fixture_envelope(&report->envelope, at_ms(80), 100);
}

void fixture_transition(struct transition_report *report)
{
	*report = (struct transition_report){
		.side = WHO_CLIENT,
		.from = STATE_TIME_WAIT,
		.to = STATE_CLOSED,
		.certainty = CERTAINTY_TIMER,
		.cause = "2MSL timeout",
	};
	fixture_envelope(&report->envelope, at_ms(60090), 0);
	report->envelope.tunnel = (struct report_tunnel){.present = true, .type = TUNNEL_GTP_U};
}

void fixture_port(struct port_report *report, uint16_t client_port, int64_t ts_ns)
{
	*report = (struct port_report){.taken = true, .opened = true};
	fixture_envelope(&report->envelope, ts_ns, 9);
	report->envelope.port[REPORT_CLIENT] = client_port;
}

void fixture_time_wait(struct time_wait_report *report, uint16_t client_port, int64_t ts_ns)
{
	*report = (struct time_wait_report){.holder = WHO_CLIENT, .begins = true};
	fixture_envelope(&report->envelope, ts_ns, 10);
	report->envelope.port[REPORT_CLIENT] = client_port;
}

void fixture_run(struct run_report *run)
{
	static const struct source_info source = {
		.name = "one.pcap",
		.format = "pcap",
		.linktype_count = 2,
		.linktype = {1, 65000},
		.tstamp_digits = 6,
		.snaplen = 262144,
		.bytes = 1024,
		.frames = 10,
		.complete = true,
	};
	*run = (struct run_report){
		.version = "0.1.0",
		.source_count = 1,
		.source = &source,
		.has_packets = true,
		.first_ns = at_ms(0),
		.last_ns = at_ms(90),
		.stopped_by = "end_of_input",
		.decoder = {.frames = 10,
			    .bytes = 840,
			    .by_verdict = {[DECODE_TCP] = 10},
			    .ipv4 = 10},
		.analyzer = {.segments = 10,
			     .flows_total = 1,
			     .memory_bytes = 256,
			     .memcap_bytes = 4096},
	};
}

void fixture_stats(struct stats_report *stats, const struct tally_view *tally)
{
	*stats = (struct stats_report){
		.ts_ns = at_ms(90),
		.uptime_s = 60,
		.sequence = 1,
		.final = true,
		.capture = {.present = true,
			    .kernel_packets = 12,
			    .kernel_drops = 2,
			    .kernel_ifdrops = 1},
		.decoder = {.frames = 10, .bytes = 840, .by_verdict = {[DECODE_TCP] = 10}},
		.analyzer = {.flows_active = 3,
			     .flows_total = 5,
			     .time_waits_active = 1,
			     .time_waits_peak = 2},
		.tally = tally,
		.output = {.records = 7, .bytes = 7000, .errors = 1, .dropped = 4},
	};
}
