#include "core/lone_report.h"

#include "core/doubt.h"
#include "core/envelope.h"
#include "core/fsm.h"
#include "core/path.h"
#include "core/raise.h"
#include "core/vantage.h"
#include "core/verdict.h"

/* Both that there can be, and the record that they would be of. */
#define EVIDENCE_BYTES_MOST                                                                        \
	(2 * sizeof(struct anomaly_entry) + sizeof(struct flow) + sizeof(struct seat))

static void fill_envelope(const struct tuple *tuple, const struct lone_syn *syn,
			  struct report_envelope *envelope)
{
	*envelope = (struct report_envelope){
		.ts_ns = syn->ts_ns,
		.flow_id = syn->flow_id,
		.number = syn->number,
		.source = syn->source,
		.ip_version = tuple->ip_version,
		.tunnel.type = TUNNEL_NULL,
		.port = {tuple->port[syn->from], tuple->port[other(syn->from)]},
		.birth = {.ttl = {syn->ttl}, .iss = {syn->seq}},
		.orientation = ORIENTATION_HANDSHAKE,
	};
	memcpy(envelope->addr[REPORT_CLIENT], tuple->addr[syn->from], sizeof envelope->addr[0]);
	memcpy(envelope->addr[REPORT_SERVER], tuple->addr[other(syn->from)],
	       sizeof envelope->addr[0]);
}

static void tell_port(const struct analyzer *analyzer, struct port_report *report)
{
	report->envelope.ts_ns = analyzer->now_ns;
	report->opened = true;
	analyzer->sink.port(analyzer->sink.context, report);
}

void lone_report_opening(struct analyzer *analyzer, const struct tuple *tuple,
			 const struct lone_syn *syn)
{
	struct transition_report step;
	struct port_report port;

	if (analyzer->sink.transition != NULL) {
		step = (struct transition_report){
			.side = WHO_CLIENT,
			.from = STATE_CLOSED,
			.to = STATE_SYN_SENT,
			.certainty = CERTAINTY_OBSERVED,
			.cause = fsm_row(STATE_CLOSED, FSM_SEND_SYN)->cause,
		};
		fill_envelope(tuple, syn, &step.envelope);
		analyzer->sink.transition(analyzer->sink.context, &step);
	}
	if (analyzer->sink.port != NULL) {
		fill_envelope(tuple, syn, &port.envelope);
		port.taken = true;
		tell_port(analyzer, &port);
	}
}

static void fill_client(const struct lone_syn *syn, struct report_endpoint *client)
{
	client->state = client->state_proven = STATE_SYN_SENT;
	client->has_iss = true;
	client->has_fin_seq = false;
	client->iss = syn->seq;
	client->fin_seq = 0;
	client->path_count = 1;
	client->path[0] = (struct report_step){
		.ts_ns = syn->ts_ns,
		.number = syn->number & STEP_NUMBER_MAX,
		.state = STATE_SYN_SENT,
		.certainty = CERTAINTY_OBSERVED,
	};
}

static void fill_server(struct report_endpoint *server)
{
	server->state = server->state_proven = STATE_LISTEN;
	server->has_iss = server->has_fin_seq = false;
	server->iss = server->fin_seq = 0;
	server->path_count = 0;
}

/* What the capture may lack of it. */
static enum doubt doubt_about(const struct analyzer *analyzer, const struct lone_syn *syn)
{
	return core_may_lack_frames(analyzer, syn->ts_ns) ? DOUBT_LIKELY : DOUBT_NONE;
}

static void fill(const struct analyzer *analyzer, const struct tuple *tuple,
		 const struct lone_syn *syn, enum reason reason, struct flow_report *report)
{
	bool one_host = vantage_is_one_host(tuple);

	verdict_clear(report);
	fill_envelope(tuple, syn, &report->envelope);
	report->start_ns = report->end_ns = syn->ts_ns;
	report->first_number = syn->number;
	report->packets[REPORT_CLIENT] = 1;
	report->frame_bytes[REPORT_CLIENT] = syn->frame_bytes;
	report->tcp_flags[REPORT_CLIENT] = syn->flags;
	report->flow_state = FLOW_STATE_NEW;
	report->reason = reason;
	report->origin = ORIGIN_HANDSHAKE;
	report->orientation = ORIENTATION_HANDSHAKE;
	report->conn_state = CONN_S0;
	report->history[0] = 'S';
	report->completeness = LONE_SYN_COMPLETENESS;
	fill_client(syn, &report->endpoint[REPORT_CLIENT]);
	fill_server(&report->endpoint[REPORT_SERVER]);
	report->teardown = TEARDOWN_CONNECT_TIMEOUT;
	report->closer = WHO_NULL;
	report->closer_by = CLOSER_BY_NULL;
	report->explanation_count = report->time_wait_count = 0;
	report->quality = (struct report_quality){.capture_doubt = doubt_about(analyzer, syn)};
	report->vantage = (struct report_vantage){
		.present = one_host,
		.place = one_host ? VANTAGE_SAME_HOST : VANTAGE_MIDDLE,
	};
	report->context_count = report->anomaly_count = 0;
}

static struct report_anomaly *find(const struct analyzer *analyzer, const struct lone_syn *syn,
				   enum anomaly_id id, struct flow_report *report)
{
	const struct anomaly_row *row = anomaly_row(id);
	enum doubt doubt =
		row->group == ANOMALY_GROUP_CAPTURE ? DOUBT_NONE : doubt_about(analyzer, syn);
	struct report_anomaly *anomaly = &report->anomaly[report->anomaly_count++];

	*anomaly = (struct report_anomaly){
		.id = id,
		.severity = doubt_demote(row->severity, doubt),
		.side = WHO_NULL,
		.doubt = doubt,
		.ts_ns = syn->ts_ns,
		.number = syn->number,
		.count = 1,
		.frame_count = syn->number != 0,
		.frame = {syn->number},
	};
	return anomaly;
}

static void tell_anomaly(const struct analyzer *analyzer, const struct flow_report *report,
			 const struct report_anomaly *anomaly, enum state state)
{
	struct anomaly_report told;

	if (analyzer->sink.anomaly == NULL)
		return;
	told = (struct anomaly_report){
		.envelope = report->envelope,
		.anomaly = *anomaly,
		.state = state,
	};
	told.envelope.ts_ns = analyzer->now_ns;
	analyzer->sink.anomaly(analyzer->sink.context, &told);
}

/* The attempt was in vain, if it has waited for an answer for long enough. */
static void judge(const struct analyzer *analyzer, const struct lone_syn *syn, enum reason reason,
		  struct flow_report *report)
{
	struct report_anomaly *anomaly;

	if (analyzer->now_ns - syn->ts_ns >= core_patience_ns(0)) {
		anomaly = find(analyzer, syn, ANOMALY_CONNECT_TIMEOUT, report);
		anomaly->side = WHO_CLIENT;
		if (syn->number != 0)
			anomaly->observed = evidence_seq(syn->seq);
		tell_anomaly(analyzer, report, anomaly, STATE_SYN_SENT);
	}
	if (reason == REASON_EVICTED) {
		anomaly = find(analyzer, syn, ANOMALY_EVICTED, report);
		tell_anomaly(analyzer, report, anomaly, STATE_NULL);
	}
}

static bool is_open(const struct analyzer *analyzer, const struct flow_node *node)
{
	return flow_table_is_lone(node) && node->names == POOL_NONE && !analyzer->long_way &&
	       core_memory_bytes(analyzer) + EVIDENCE_BYTES_MOST <= analyzer->config.memcap_bytes;
}

bool lone_report_end(struct analyzer *analyzer, uint32_t handle, enum reason reason)
{
	struct flow_report *report = &analyzer->scratch->report;
	struct port_report port;
	struct tuple tuple;
	struct lone_syn syn;

	if (!is_open(analyzer, node_at(&analyzer->table, handle)))
		return false;
	flow_table_copy_lone(&analyzer->table, handle, &tuple, &syn);
	if (analyzer->sink.expect != NULL)
		analyzer->sink.expect(analyzer->sink.context, &tuple, PREFETCH_SECOND);
	fill(analyzer, &tuple, &syn, reason, report);
	judge(analyzer, &syn, reason, report);
	if (syn.port_taken && analyzer->sink.port != NULL) {
		port.envelope = report->envelope;
		port.taken = false;
		tell_port(analyzer, &port);
	}
	if (analyzer->sink.flow != NULL)
		analyzer->sink.flow(analyzer->sink.context, report);
	return true;
}
