#include "sink/text_verdict.h"

#include <stdio.h>
#include <string.h>

enum { ANOMALIES_SHOWN = 3 };

/* In the words below @ stands for the first closer, ~ for its peer, % for the sender of the reset.
 */
static const char *const end_words[][2] = {
	/* VERDICT_LONG, VERDICT_SHORT */
	[TEARDOWN_FOUR_WAY] = {"closed in order (4 segments), @ first", "closed, @ first"},
	[TEARDOWN_THREE_SEGMENT] = {"closed in order (3 segments), @ first", "closed, @ first"},
	[TEARDOWN_SIMULTANEOUS] = {"closed in order by both at once", "closed by both"},
	[TEARDOWN_FOUR_WAY_INCOMPLETE] = {"both closed, one FIN never acknowledged, @ first",
					  "incomplete, @ first"},
	[TEARDOWN_HALF_CLOSED] = {"half-closed, ~ still open", "half-closed by @"},
	[TEARDOWN_ONE_SIDED_FIN] = {"FIN by @, never acknowledged", "FIN by @ unacked"},
	[TEARDOWN_RST_ABORT] = {"reset by %", "reset by %"},
	[TEARDOWN_FIN_THEN_RST] = {"closed by @, then reset by %", "FIN, reset by %"},
	[TEARDOWN_REFUSED] = {"refused", "refused"},
	[TEARDOWN_CONNECT_TIMEOUT] = {"no answer to SYN", "no answer to SYN"},
	[TEARDOWN_HANDSHAKE_ABANDONED] = {"handshake abandoned", "handshake abandoned"},
};
_Static_assert(sizeof(end_words) / sizeof(end_words[0]) == TEARDOWN_NONE,
	       "every teardown has its words; none has those of its reason");

/* Where no close was seen: what happened instead. */
static const char *const open_words[][2] = {
	[REASON_CLOSED] = {"no close seen", "no close seen"},
	[REASON_RESET] = {"no close seen", "no close seen"},
	[REASON_IDLE_TIMEOUT] = {"no close seen, idle for too long", "idle, no close"},
	[REASON_REUSED] = {"no close seen, ports reused", "reused, no close"},
	[REASON_CAPTURE_END] = {"still open at the end", "still open"},
	[REASON_EVICTED] = {"no close seen, dropped for want of memory", "dropped, no close"},
	[REASON_SHUTDOWN] = {"still open at shutdown", "still open"},
};
_Static_assert(sizeof(open_words) / sizeof(open_words[0]) == REASON_COUNT,
	       "every reason has its words");

static const char *const cause_words[] = {
	[CAUSE_HTTP_KEEPALIVE_RACE] = "HTTP keep-alive race",
	[CAUSE_STALE_POOL_WRITE] = "write to a stale pooled connection",
	[CAUSE_SO_LINGER_0] = "SO_LINGER 0",
	[CAUSE_CLOSE_WITH_UNREAD_DATA] = "close with data unread",
	[CAUSE_CLOSE_WITH_DATA_IN_FLIGHT] = "close with data in flight",
	[CAUSE_ORPHAN_FIN_WAIT_2_TIMEOUT] = "FIN-WAIT-2 timed out",
	[CAUSE_KEEPALIVE_FAILED] = "failed keep-alive",
	[CAUSE_USER_TIMEOUT] = "user timeout",
	[CAUSE_IDLE_MIDDLEBOX_RESET] = "reset of an idle connection by a middlebox",
	[CAUSE_IDLE_BLACK_HOLE] = "idle connection forgotten on the way",
	[CAUSE_PEER_REBOOTED] = "peer rebooted",
	[CAUSE_TIME_WAIT_AVOIDANCE] = "avoidance of TIME-WAIT",
	[CAUSE_INJECTED_RESET] = "injected reset",
	[CAUSE_PROCESS_EXIT_OR_CLOSE] = "process exit or close",
	[CAUSE_HTTP_CONNECTION_CLOSE] = "HTTP Connection: close",
	[CAUSE_TLS_CLOSE_NOTIFY] = "TLS close_notify",
};
_Static_assert(sizeof(cause_words) / sizeof(cause_words[0]) == CAUSE_COUNT,
	       "every cause has its words");

static bool has_anomaly(const struct flow_report *report, enum anomaly_id id)
{
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		if (report->anomaly[i].id == id)
			return true;
	}
	return false;
}

static enum who peer_of(enum who who)
{
	if (who == WHO_CLIENT)
		return WHO_SERVER;
	return who == WHO_SERVER ? WHO_CLIENT : WHO_NULL;
}

static void fill_in(struct phrase *phrase, const char *words, const struct flow_report *report)
{
	enum who resetter = report->reset.present ? report->reset.by : WHO_NULL;

	for (; *words != '\0'; words++) {
		char letter[2] = {*words, '\0'};

		if (strcmp(words, ", @ first") == 0 && report->closer == WHO_NULL)
			return;
		if (strcmp(words, "@ first") == 0 && report->closer == WHO_BOTH) {
			phrase_append(phrase, "both at once");
			return;
		}
		if (*words == '@')
			phrase_append(phrase, phrase_who(report->closer, report->orientation));
		else if (*words == '~')
			phrase_append(phrase,
				      phrase_who(peer_of(report->closer), report->orientation));
		else if (*words == '%')
			phrase_append(phrase, phrase_who(resetter, report->orientation));
		else
			phrase_append(phrase, letter);
	}
}

static const char *choose_words(const struct flow_report *report, size_t length)
{
	bool pending = report->wave_count > 1 && report->wave[1].status == WAVE_STATUS_PENDING;
	bool over = report->reason != REASON_CAPTURE_END && report->reason != REASON_SHUTDOWN;

	if (report->teardown == TEARDOWN_ONE_SIDED_FIN && pending && length == VERDICT_LONG)
		return "FIN by @, not yet acknowledged";
	if (report->teardown == TEARDOWN_HALF_CLOSED && over && length == VERDICT_LONG)
		return "half-closed, ~ never closed";
	if (report->teardown == TEARDOWN_FIN_THEN_RST && length == VERDICT_LONG &&
	    report->reset.by == report->closer)
		return "closed, then reset by %";
	if (report->teardown < TEARDOWN_NONE)
		return end_words[report->teardown][length];
	if (report->flow_state == FLOW_STATE_NEW && !over)
		return "still opening";
	if (report->reason < REASON_COUNT)
		return open_words[report->reason][length];
	return "no close seen";
}

static const char *reset_detail(const struct flow_report *report)
{
	if (!report->reset.present)
		return "";
	if (has_anomaly(report, ANOMALY_RST_ON_DATA_AFTER_CLOSE))
		return " (reply to data after close)";
	switch (report->reset.form) {
	case RESET_FORM_ABORT:
		return " (abort)";
	case RESET_FORM_REPLY:
		return " (reply: socket gone)";
	case RESET_FORM_REFUSAL:
	case RESET_FORM_UNKNOWN:
	case RESET_FORM_NULL:
		break;
	}
	return "";
}

const char *verdict_end(struct phrase *phrase, const struct flow_report *report,
			enum verdict_length length)
{
	bool is_long = length == VERDICT_LONG;

	phrase_set(phrase, "");
	fill_in(phrase, choose_words(report, is_long ? VERDICT_LONG : VERDICT_SHORT), report);
	if (is_long &&
	    (report->teardown == TEARDOWN_RST_ABORT || report->teardown == TEARDOWN_FIN_THEN_RST))
		phrase_append(phrase, reset_detail(report));
	if (report->closer_by == CLOSER_BY_INFERRED_GAP)
		phrase_append(phrase, is_long ? " (inferred)" : "?");
	else if (report->closer_by == CLOSER_BY_ORDER_ASSUMED)
		phrase_append(phrase, is_long ? " (assumed)" : "?");
	return phrase->text;
}

static void append_time_wait_end(struct phrase *phrase, const struct report_time_wait *time_wait,
				 enum text_charset charset)
{
	struct phrase duration;

	switch (time_wait->ended_by) {
	case TW_END_REUSE:
		phrase_append(phrase, ", reused");
		break;
	case TW_END_ASSASSINATED:
		phrase_append(phrase, ", killed by a RST");
		break;
	case TW_END_OWN_RESET:
		phrase_append(phrase, ", ended by its own RST");
		break;
	case TW_END_ABSENT:
		phrase_append(phrase, ", proven absent");
		return;
	case TW_END_TIMER:
	case TW_END_CAPTURE_END:
	case TW_END_EVICTED:
	case TW_END_NULL:
		return;
	}
	if (time_wait->has_end) {
		phrase_append(phrase, " after ");
		phrase_append(phrase, phrase_duration(&duration, time_wait->duration_ns, charset));
	}
}

const char *verdict_time_wait(struct phrase *phrase, const struct flow_report *report,
			      enum verdict_length length, enum text_charset charset)
{
	unsigned count = report->time_wait_count;
	enum who holder = count > 1 ? WHO_BOTH : report->time_wait[0].side;

	phrase_set(phrase, "");
	if (count == 0 || (length == VERDICT_TIGHT && holder == report->closer))
		return phrase->text;
	phrase_append(phrase, length == VERDICT_LONG ? "TIME-WAIT " : "TW ");
	phrase_append(phrase, phrase_who(holder, report->orientation));
	if (length == VERDICT_LONG && count == 1)
		append_time_wait_end(phrase, &report->time_wait[0], charset);
	return phrase->text;
}

const char *verdict_cause_words(enum cause cause)
{
	return cause < CAUSE_COUNT ? cause_words[cause] : NULL;
}

const char *verdict_cause(struct phrase *phrase, const struct flow_report *report)
{
	static const char *const weights[] = {[WEIGHT_HIGH] = "likely ",
					      [WEIGHT_MEDIUM] = "perhaps ",
					      [WEIGHT_LOW] = "possibly "};
	const struct report_explanation *best = &report->explanation[0];

	phrase_set(phrase, "");
	if (report->explanation_count == 0 || best->cause >= CAUSE_COUNT)
		return phrase->text;
	if (best->weight < WEIGHT_COUNT)
		phrase_append(phrase, weights[best->weight]);
	phrase_append(phrase, cause_words[best->cause]);
	return phrase->text;
}

enum severity verdict_worst(const struct flow_report *report)
{
	enum severity worst = SEVERITY_NULL;

	for (unsigned i = 0; i < report->anomaly_count; i++) {
		enum severity severity = report->anomaly[i].severity;

		if (severity < SEVERITY_COUNT && (worst == SEVERITY_NULL || severity > worst))
			worst = severity;
	}
	return worst;
}

/* True if there are anomalies of notice and above. */
static bool has_worth_telling(const struct flow_report *report)
{
	enum severity worst = verdict_worst(report);

	return worst != SEVERITY_NULL && worst >= SEVERITY_NOTICE;
}

const char *verdict_doubt(struct phrase *phrase, const struct flow_report *report,
			  enum verdict_length length)
{
	enum doubt doubt = report->quality.capture_doubt;
	bool is_long = length == VERDICT_LONG;

	phrase_set(phrase, "");
	if (length == VERDICT_TIGHT && has_worth_telling(report))
		return phrase->text;
	if (report->quality.one_direction)
		phrase_append(phrase, is_long ? "only one direction captured" : "one direction");
	else if (doubt == DOUBT_LIKELY)
		phrase_append(phrase, is_long ? "capture is likely at fault" : "capture!");
	else if (doubt == DOUBT_POSSIBLE)
		phrase_append(phrase, is_long ? "capture may be at fault" : "capture?");
	return phrase->text;
}

const char *verdict_vlan(struct phrase *phrase, const struct report_envelope *envelope)
{
	phrase_set(phrase, "");
	for (unsigned i = 0; i < envelope->vlan_count && i < TUPLE_VLANS_MAX; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%s%u", i == 0 ? "VLAN " : ", ",
			 (unsigned)envelope->vlan[i]);
		phrase_append(phrase, number);
	}
	return phrase->text;
}

/* Appends the anomalies of one severity, as long as `room` lets it; returns how many there are. */
static unsigned append_severity(struct phrase *phrase, const struct flow_report *report,
				enum severity severity, unsigned *room)
{
	unsigned found = 0, shown = 0;

	for (unsigned i = 0; i < report->anomaly_count; i++) {
		const struct report_anomaly *anomaly = &report->anomaly[i];
		const struct anomaly_row *row = anomaly_row(anomaly->id);

		if (anomaly->severity != severity || row == NULL)
			continue;
		found++;
		if (*room == 0)
			continue;
		if (shown == 0 && phrase->text[0] != '\0')
			phrase_append(phrase, "; ");
		phrase_append(phrase, shown == 0 ? severity_word(severity) : ",");
		phrase_append(phrase, shown == 0 ? ": " : " ");
		phrase_append(phrase, row->id);
		phrase_append(phrase, anomaly->doubt == DOUBT_NONE ? "" : "?");
		shown++;
		(*room)--;
	}
	return found;
}

const char *verdict_anomalies(struct phrase *phrase, const struct flow_report *report,
			      enum verdict_length length)
{
	unsigned shown = length == VERDICT_LONG ? ANOMALIES_SHOWN : 1;
	unsigned room = shown, found = 0;
	char more[24];

	phrase_set(phrase, "");
	if (!has_worth_telling(report))
		return phrase->text;
	if (length == VERDICT_TIGHT) {
		phrase_append(phrase, severity_word(verdict_worst(report)));
		phrase_append(phrase, report->quality.capture_doubt == DOUBT_NONE ? "" : "?");
		return phrase->text;
	}
	for (enum severity severity = SEVERITY_ERROR; severity >= SEVERITY_NOTICE; severity--)
		found += append_severity(phrase, report, severity, &room);
	if (found > shown) {
		snprintf(more, sizeof(more), " +%u", found - shown);
		phrase_append(phrase, more);
	}
	return phrase->text;
}
