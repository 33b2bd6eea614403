/*
 * The payloads that a scenario's packets can have: what the decoder is to see in them, and the
 * bytes that show it.
 */
#ifndef TCPBYE_TESTS_SCENARIO_PAYLOAD_H
#define TCPBYE_TESTS_SCENARIO_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/segment.h"

/* The look that a .pkt file calls `word`; false where there is none. */
bool scenario_payload_named(const char *word, enum payload_look *look);

/* Whether so many bytes can look like that. */
bool scenario_payload_fits(enum payload_look look, uint32_t bytes);

/* Writes `bytes` bytes that look like that. */
void scenario_payload_write(enum payload_look look, uint8_t *at, uint32_t bytes);

#endif
