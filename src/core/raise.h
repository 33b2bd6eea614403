/*
 * Raising anomalies: one entry per (id, side) and connection, with a count and at most eight
 * frames.
 */
#ifndef TCPBYE_CORE_RAISE_H
#define TCPBYE_CORE_RAISE_H

#include "core/context.h"

enum { SIDE_NEITHER = FLOW_SERVER_UNKNOWN };

/* What was found; zero where nothing is to be said. */
struct finding {
	enum anomaly_id id;
	unsigned side;      /* endpoint, or SIDE_NEITHER */
	struct trace by;    /* the segment that shows it */
	uint64_t led_by[2]; /* frames that led to it, in their order; 0: none */
	uint64_t count;     /* how many at once; 0 means 1 */
	struct report_evidence expected, observed;
};

static inline struct report_evidence evidence_seq(uint32_t seq)
{
	return (struct report_evidence){.has = EVIDENCE_SEQ, .seq = seq};
}

static inline struct report_evidence evidence_ack(uint32_t ack)
{
	return (struct report_evidence){.has = EVIDENCE_ACK, .ack = ack};
}

static inline struct report_evidence evidence_tsval(uint32_t tsval)
{
	return (struct report_evidence){.has = EVIDENCE_TSVAL, .tsval = tsval};
}

static inline struct report_evidence evidence_bytes(uint64_t bytes)
{
	return (struct report_evidence){.has = EVIDENCE_BYTES, .bytes = bytes};
}

static inline struct report_evidence evidence_duration(int64_t duration_ns)
{
	return (struct report_evidence){.has = EVIDENCE_DURATION, .duration_ns = duration_ns};
}

/*
 * Raises an anomaly with its catalogue severity, or counts it again. Where it observes no number,
 * those of the segment that shows it stand. Where the capture may explain
 * it (doubt.h), or the kernel dropped frames while the flow was alive, it is
 * one level milder and marked as doubtful.
 */
void anomaly_raise(struct analyzer *analyzer, struct flow *flow, const struct finding *finding);

/* The same with another severity; a higher one than before replaces it. */
void anomaly_raise_as(struct analyzer *analyzer, struct flow *flow, const struct finding *finding,
		      enum severity severity);

/* Makes an anomaly that was raised graver, by what was seen since; without doubt, as high as this.
 */
void anomaly_worsen(struct analyzer *analyzer, struct flow *flow, enum anomaly_id id, unsigned side,
		    enum severity severity);

/* Shorthand without evidence. */
void anomaly_note(struct analyzer *analyzer, struct flow *flow, enum anomaly_id id, unsigned side,
		  const struct trace *by);

/* What was raised has turned out not to be so: the record will not list it. */
void anomaly_withdraw(struct analyzer *analyzer, struct flow *flow, enum anomaly_id id,
		      unsigned side);

bool anomaly_was_raised(const struct analyzer *analyzer, const struct flow *flow,
			enum anomaly_id id);

/* The entry that was raised first for this id; NULL where there is none. */
const struct report_anomaly *anomaly_find(const struct analyzer *analyzer, const struct flow *flow,
					  enum anomaly_id id);

/* Writes the entries to the report, in the order in which they were first raised. */
void anomaly_report_all(const struct analyzer *analyzer, const struct flow *flow,
			struct flow_report *report);
void anomaly_release(struct analyzer *analyzer, struct flow *flow);

#endif
