/*
 * Near misses: what a scenario comes close to, and must not tell.
 *
 * A line "// near miss of: id, id" of a .pkt names anomalies that no record of it may hold,
 * "// not explained by: cause, cause" explanations.
 */
#ifndef TCPBYE_TESTS_NEAR_MISS_H
#define TCPBYE_TESTS_NEAR_MISS_H

#include <jansson.h>
#include <stdio.h>

/*
 * Holds flow records against the near misses that the scenario's file names. Returns how many of
 * them were told, having told each; -1, having told why on standard error, where the file cannot
 * be read or names what is not known.
 */
int near_miss_check(const char *path, const json_t *flows, FILE *output);

#endif
