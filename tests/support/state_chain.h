/*
 * State records tell a story without gaps: each begins where the one before had ended, and the last
 * one ends in the state that stands in the flow record.
 */
#ifndef TCPBYE_TESTS_STATE_CHAIN_H
#define TCPBYE_TESTS_STATE_CHAIN_H

#include <jansson.h>
#include <stdio.h>

/* Reads an array of records in their order. Returns how many do not fit, having told each; -1 if
 * memory is short. */
int state_chain_check(const json_t *records, FILE *output);

#endif
