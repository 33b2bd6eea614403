/*
 * The records as JSON text, made from record_fields.def.
 *
 * Each function writes one object, without the newline after it.
 */
#ifndef TCPBYE_SINK_JSON_RECORDS_H
#define TCPBYE_SINK_JSON_RECORDS_H

#include "sink/json_writer.h"
#include "sink/sink.h"
#include "sink/tally.h"

/* What a summary record is made from. */
struct summary_source {
	const struct run_report *run;
	const struct tally_view *tally;
};

void record_write_flow(struct writer *writer, const struct sink_config *config,
		       const struct flow_report *report);
void record_write_anomaly(struct writer *writer, const struct sink_config *config,
			  const struct anomaly_report *report);
void record_write_state(struct writer *writer, const struct sink_config *config,
			const struct transition_report *report);
void record_write_stats(struct writer *writer, const struct sink_config *config,
			const struct stats_report *stats);
void record_write_summary(struct writer *writer, const struct sink_config *config,
			  const struct summary_source *summary);

/* The object `summary` of a summary record, under `key`. */
void record_write_run(struct writer *writer, const char *key, const struct sink_config *config,
		      const struct summary_source *summary);

#endif
