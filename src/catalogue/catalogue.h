/*
 * The catalogue of anomalies for people and programs: --list-anomalies and --explain.
 *
 * Everything is made from core/anomalies.def and from the pages. The functions return false when
 * `output` cannot be written; errno then says why.
 */
#ifndef TCPBYE_CATALOGUE_H
#define TCPBYE_CATALOGUE_H

#include <stdbool.h>
#include <stdio.h>

enum { CATALOGUE_COLUMNS = 80 };

/* One line an anomaly, by group: id, severity, sentence. */
bool catalogue_list(FILE *output);

/* The same, and what others call them, as one JSON array. */
bool catalogue_list_json(FILE *output);

/* All that is known of one anomaly, its id below ANOMALY_COUNT. */
bool catalogue_explain(unsigned id, unsigned columns, FILE *output);

#endif
