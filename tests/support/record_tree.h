/*
 * The records as jansson trees, made from record_fields.def apart from the program's own writer:
 * what its lines must parse to.
 */
#ifndef TCPBYE_TESTS_RECORD_TREE_H
#define TCPBYE_TESTS_RECORD_TREE_H

#include <jansson.h>

#include "sink/json_records.h"

/* Each is the caller's to release; NULL when there is no memory. */
json_t *record_tree_flow(const struct sink_config *config, const struct flow_report *report);
json_t *record_tree_anomaly(const struct sink_config *config, const struct anomaly_report *report);
json_t *record_tree_state(const struct sink_config *config, const struct transition_report *report);
json_t *record_tree_stats(const struct sink_config *config, const struct stats_report *stats);
json_t *record_tree_summary(const struct sink_config *config, const struct summary_source *summary);

#endif
