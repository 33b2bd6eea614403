/*
 * Compares the flow records of a run with what a scenario's author expects, and says where they
 * differ.
 *
 * The rules stand in tests/scenario/README.md: an object need only hold the keys that are expected,
 * arrays match element by element, and paths, anomalies and times have short notations of their
 * own.
 */
#ifndef TCPBYE_TESTS_JSON_MATCH_H
#define TCPBYE_TESTS_JSON_MATCH_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/*
 * `expected` is {"flows": [...]}, `flows` the array of flow records, `origin_ns` the time from
 * which "@..." counts. Prints one line a difference ("flows[0].teardown.type: expected ..., got
 * ...") to `out`; returns their number.
 */
unsigned match_flows(json_t *expected, json_t *flows, int64_t origin_ns, FILE *out);

/* Compares two whole values, printing the first places where they differ; returns how many were
 * found. */
unsigned match_same(const char *where, json_t *expected, json_t *got, FILE *out);

#endif
