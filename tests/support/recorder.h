/*
 * A run of the core on its own: segments go in, records come out as JSON values.
 *
 * It stands where the program's shell stands, with the same sink, so that its records must be the
 * program's.
 */
#ifndef TCPBYE_TESTS_RECORDER_H
#define TCPBYE_TESTS_RECORDER_H

#include <jansson.h>

#include "core/analyzer.h"

struct recorder;

/* Where the endpoints of the latest incarnation stand: [REPORT_CLIENT] and [REPORT_SERVER]. */
struct recorder_states {
	enum state state[2];
};

/* `source_name` stands as pcap_filename in the records. NULL when there is no memory. */
struct recorder *recorder_create(const struct analyzer_config *config, const char *source_name);

/* From now on the core's memory for reports is full of that byte before each of them. */
void recorder_spoil(struct recorder *recorder, unsigned char garbage);

void recorder_take(struct recorder *recorder, const struct segment *segment);
void recorder_advance(struct recorder *recorder, int64_t now_ns);

/* The states as told by transitions so far: STATE_NULL where none was told. */
struct recorder_states recorder_states(const struct recorder *recorder);

/*
 * Ends the capture, frees the recorder and returns a new array of the records flow, anomaly and
 * state in their order. NULL if the sink failed or wrote what is not JSON; `why` then says what (a
 * literal).
 */
json_t *recorder_finish(struct recorder *recorder, const char **why);

/* A new array of those records of `records` whose event_type is `type`. */
json_t *records_of_type(const json_t *records, const char *type);

/* Reads NDJSON text into a new array; NULL if a line is not a JSON object. */
json_t *records_parse(const char *text);

#endif
