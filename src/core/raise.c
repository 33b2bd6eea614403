#include "core/raise.h"

#include "core/doubt.h"
#include "core/envelope.h"

static struct anomaly_entry *entry_at(const struct analyzer *analyzer, uint32_t handle)
{
	return pool_at(&analyzer->anomalies, handle);
}

static struct anomaly_entry *find(const struct analyzer *analyzer, const struct flow *flow,
				  enum anomaly_id id, unsigned side)
{
	for (uint32_t at = flow->anomalies; at != POOL_NONE; at = entry_at(analyzer, at)->next) {
		struct anomaly_entry *entry = entry_at(analyzer, at);

		if (entry->body.id == id && entry->side == side)
			return entry;
	}
	return NULL;
}

const struct report_anomaly *anomaly_find(const struct analyzer *analyzer, const struct flow *flow,
					  enum anomaly_id id)
{
	for (uint32_t at = flow->anomalies; at != POOL_NONE; at = entry_at(analyzer, at)->next) {
		if (entry_at(analyzer, at)->body.id == id)
			return &entry_at(analyzer, at)->body;
	}
	return NULL;
}

bool anomaly_was_raised(const struct analyzer *analyzer, const struct flow *flow,
			enum anomaly_id id)
{
	return anomaly_find(analyzer, flow, id) != NULL;
}

static void add_frame(struct report_anomaly *body, uint64_t number)
{
	if (number == 0)
		return;
	if (body->frame_count < REPORT_FRAMES_MAX) {
		body->frame[body->frame_count++] = number;
		return;
	}
	for (unsigned i = REPORT_FRAMES_MAX / 2; i + 1 < REPORT_FRAMES_MAX; i++)
		body->frame[i] = body->frame[i + 1];
	body->frame[REPORT_FRAMES_MAX - 1] = number;
}

/* What was observed; where that holds no number, those of the segment too. */
static struct report_evidence observed_by(const struct finding *finding)
{
	struct report_evidence observed = finding->observed;

	if ((observed.has & (EVIDENCE_SEQ | EVIDENCE_ACK)) != 0 || finding->by.number == 0 ||
	    finding->by.flags == 0)
		return observed;
	observed.has |= EVIDENCE_SEQ;
	observed.seq = finding->by.seq;
	if ((finding->by.flags & TCP_ACK) == 0)
		return observed;
	observed.has |= EVIDENCE_ACK;
	observed.ack = finding->by.ack;
	return observed;
}

/* New entries go to the end of the chain, so that reports list them as they were found. */
static struct anomaly_entry *append(struct analyzer *analyzer, struct flow *flow)
{
	uint32_t handle = core_take_item(analyzer, &analyzer->anomalies);
	uint32_t *link = &flow->anomalies;

	if (handle == POOL_NONE) {
		flow->anomalies_truncated = true;
		return NULL;
	}
	while (*link != POOL_NONE)
		link = &entry_at(analyzer, *link)->next;
	*link = handle;
	return entry_at(analyzer, handle);
}

static void tell(struct analyzer *analyzer, struct flow *flow, const struct anomaly_entry *entry)
{
	struct anomaly_report report;

	if (analyzer->sink.anomaly == NULL)
		return;
	report = (struct anomaly_report){
		.anomaly = entry->body,
		.state = entry->side > 1 ? STATE_NULL : flow->end[entry->side].state,
	};
	report.anomaly.side = envelope_who(flow, entry->side);
	envelope_fill(flow, analyzer->now_ns, entry->body.number, &report.envelope);
	analyzer->sink.anomaly(analyzer->sink.context, &report);
}

void anomaly_raise_as(struct analyzer *analyzer, struct flow *flow, const struct finding *finding,
		      enum severity severity)
{
	struct anomaly_entry *entry = find(analyzer, flow, finding->id, finding->side);
	bool fresh = entry == NULL;
	enum doubt doubt = doubt_of(analyzer, flow, finding->id, &finding->by);

	severity = doubt_demote(severity, doubt);
	if (fresh) {
		entry = append(analyzer, flow);
		if (entry == NULL)
			return;
		entry->side = (uint8_t)finding->side;
		entry->body.id = finding->id;
		entry->body.ts_ns = finding->by.ts_ns;
		entry->body.number = finding->by.number;
		entry->body.severity = severity;
		entry->body.doubt = doubt;
		entry->body.expected = finding->expected;
		entry->body.observed = observed_by(finding);
		for (unsigned i = 0; i < 2; i++)
			add_frame(&entry->body, finding->led_by[i]);
	}
	if (severity > entry->body.severity) {
		entry->body.severity = severity;
		entry->body.doubt = doubt;
	}
	entry->body.count += finding->count == 0 ? 1 : finding->count;
	add_frame(&entry->body, finding->by.number);
	if (fresh)
		tell(analyzer, flow, entry);
}

void anomaly_raise(struct analyzer *analyzer, struct flow *flow, const struct finding *finding)
{
	anomaly_raise_as(analyzer, flow, finding, anomaly_row(finding->id)->severity);
}

void anomaly_worsen(struct analyzer *analyzer, struct flow *flow, enum anomaly_id id, unsigned side,
		    enum severity severity)
{
	struct anomaly_entry *entry = find(analyzer, flow, id, side);

	if (entry != NULL && entry->body.doubt != DOUBT_LIKELY && severity > entry->body.severity)
		entry->body.severity = severity;
}

void anomaly_note(struct analyzer *analyzer, struct flow *flow, enum anomaly_id id, unsigned side,
		  const struct trace *by)
{
	anomaly_raise(analyzer, flow, &(struct finding){.id = id, .side = side, .by = *by});
}

void anomaly_withdraw(struct analyzer *analyzer, struct flow *flow, enum anomaly_id id,
		      unsigned side)
{
	for (uint32_t *link = &flow->anomalies; *link != POOL_NONE;) {
		struct anomaly_entry *entry = entry_at(analyzer, *link);
		uint32_t handle = *link;

		if (entry->body.id != id || entry->side != side) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		pool_give(&analyzer->anomalies, handle);
		return;
	}
}

/* What was raised without doubt may have been explained since. */
static void reconsider(const struct analyzer *analyzer, const struct flow *flow,
		       struct report_anomaly *body)
{
	enum doubt doubt = doubt_in_the_end(analyzer, flow, body->id);

	if (doubt <= body->doubt)
		return;
	body->doubt = doubt;
	body->severity = doubt_demote(body->severity, doubt);
}

void anomaly_report_all(const struct analyzer *analyzer, const struct flow *flow,
			struct flow_report *report)
{
	report->anomaly_count = 0;
	for (uint32_t at = flow->anomalies; at != POOL_NONE; at = entry_at(analyzer, at)->next) {
		struct report_anomaly *body = &report->anomaly[report->anomaly_count];

		if (report->anomaly_count == REPORT_ANOMALIES_MAX) {
			report->quality.anomalies_truncated = true;
			return;
		}
		*body = entry_at(analyzer, at)->body;
		body->side = envelope_who(flow, entry_at(analyzer, at)->side);
		reconsider(analyzer, flow, body);
		report->anomaly_count++;
	}
}

void anomaly_release(struct analyzer *analyzer, struct flow *flow)
{
	for (uint32_t at = flow->anomalies; at != POOL_NONE;) {
		uint32_t next = entry_at(analyzer, at)->next;

		pool_give(&analyzer->anomalies, at);
		at = next;
	}
	flow->anomalies = POOL_NONE;
}
