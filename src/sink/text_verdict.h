/*
 * One connection's verdict as people would put it: how it ended, who holds TIME-WAIT, what explains
 * it, what was odd.
 *
 * Every function writes a string into the caller's phrase and returns it; "" where there is nothing
 * to say.
 */
#ifndef TCPBYE_SINK_TEXT_VERDICT_H
#define TCPBYE_SINK_TEXT_VERDICT_H

#include "core/report.h"
#include "sink/text_phrase.h"

/* How much room there is for words. */
enum verdict_length { VERDICT_LONG, VERDICT_SHORT, VERDICT_TIGHT };

/* "closed in order (4 segments), client first"; shorter: "closed, client first". */
const char *verdict_end(struct phrase *phrase, const struct flow_report *report,
			enum verdict_length length);

/*
 * "TIME-WAIT client, reused after 1.20 s"; shorter: "TW client"; in a tight place only where the
 * holder is not whom the end implies, the first closer (RFC 9293, 3.6).
 */
const char *verdict_time_wait(struct phrase *phrase, const struct flow_report *report,
			      enum verdict_length length, enum text_charset charset);

/* A cause in words: "HTTP keep-alive race". NULL for CAUSE_NULL. */
const char *verdict_cause_words(enum cause cause);

/* What explains the end best: "likely HTTP keep-alive race". */
const char *verdict_cause(struct phrase *phrase, const struct flow_report *report);

/* Where the capture itself may be to blame: "capture may be at fault"; shorter: "capture?"; in a
 * tight place left to the mark on the anomalies, where there are any. */
const char *verdict_doubt(struct phrase *phrase, const struct flow_report *report,
			  enum verdict_length length);

/* "VLAN 10, 20" */
const char *verdict_vlan(struct phrase *phrase, const struct report_envelope *envelope);

/* The gravest severity among the anomalies; SEVERITY_NULL without any. */
enum severity verdict_worst(const struct flow_report *report);

/*
 * Anomalies of notice and above, gravest first: "warning: rst_ignored; notice: last_ack_lost";
 * shorter: the gravest and how many more; in a tight place its severity alone. A question mark: the
 * capture may be to blame.
 */
const char *verdict_anomalies(struct phrase *phrase, const struct flow_report *report,
			      enum verdict_length length);

#endif
