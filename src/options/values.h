/*
 * Reads the numbers that options take: counts, sizes and durations. Every overflow is noticed.
 */
#ifndef TCPBYE_OPTIONS_VALUES_H
#define TCPBYE_OPTIONS_VALUES_H

#include <stdint.h>

struct analyzer_net; /* core/analyzer.h */

enum value_status { VALUE_OK, VALUE_MALFORMED, VALUE_TOO_LARGE };

/* What a duration may be at most: ten years, so that it can be added to any time of ours. */
#define VALUE_DURATION_MAX_NS (INT64_C(3650) * 86400 * 1000000000)

/* Decimal digits and nothing else. */
enum value_status value_count(const char *text, uint64_t *count);

/* A count of bytes, or of their powers of 1024 with K, M, G or T behind it: 256M. */
enum value_status value_size(const char *text, uint64_t *size_bytes);

/* A count with ns, us, ms, s, m, h or d behind it: 3ms. A bare number means seconds. */
enum value_status value_duration(const char *text, int64_t *duration_ns);

/* An address with the number of bits that count behind a slash, or without one: 10.0.0.0/8. */
enum value_status value_net(const char *text, struct analyzer_net *net);

#endif
