/*
 * Takes the known effect of a change out of records again, so that what remains must be the same.
 */
#ifndef TCPBYE_TESTS_NORMALIZE_H
#define TCPBYE_TESTS_NORMALIZE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Moves every timestamp in the value by `by_ns`, a multiple of 1000. */
void normalize_times(json_t *value, int64_t by_ns);

/* Removes a key from every object in the value. */
void normalize_without(json_t *value, const char *key);

/* Exchanges the strings `a` and `b` wherever one of them stands under src_ip or dest_ip. */
void normalize_addresses(json_t *value, const char *a, const char *b);

/*
 * Moves the sequence numbers of flow records back: what the client sent by -client, what the server
 * sent by -server. Numbers whose owner a record does not name (evidence of anomalies) are removed.
 */
void normalize_numbers(json_t *records, uint32_t client, uint32_t server);

/*
 * What the records say in the end, without times, frames and counts: of each flow record the type,
 * who reset it, whether something is missing from the capture, the closer, the state of every wave,
 * the steps of both paths that stand, the holders of TIME-WAIT, and the anomalies but
 * frame_duplicate. A new value.
 */
json_t *verdict_of(const json_t *records);

/* Takes the anomalies of severity info out of a verdict. */
void verdict_forget_infos(json_t *verdicts);

/* True where every connection was seen through to its end, without any anomaly or RST,
 * and wholly captured. */
bool verdict_is_clean(const json_t *verdicts);

/* The ids of all anomalies of severity error in flow records, as a new object {id: true}. */
json_t *errors_of(const json_t *records);

/*
 * The steps that their endpoint's own segments prove and nothing took back: of each flow record,
 * under the number of its first frame, an object {"side state by frame": true}. A new value.
 */
json_t *proven_steps_of(const json_t *records);

#endif
