/*
 * How single values look in a record: times, addresses, control bits, and what is computed from two
 * fields.
 */
#ifndef TCPBYE_SINK_JSON_VALUES_H
#define TCPBYE_SINK_JSON_VALUES_H

#include <stdint.h>

#include "core/idle_gap.h"
#include "core/report.h"
#include "sink/json_writer.h"
#include "sink/sink.h"

enum { VALUE_TEXT_MAX = 64, VALUE_TIME_BYTES = WRITER_SECOND_BYTES + 10 };

struct value_text {
	char text[VALUE_TEXT_MAX];
};

/* RFC 3339 UTC with 6 fraction digits (cut, not rounded) or 9. */
struct value_text value_timestamp(int64_t ts_ns, unsigned digits);

/* The same at `at`, without quotes: VALUE_TIME_BYTES at most; where it ends. `last` is what was put
 * so before, or all zero. */
char *value_put_time(char *at, int64_t ts_ns, unsigned digits, struct writer_second *last);

/* The same as a string in a record. */
void value_write_time(struct writer *writer, const char *key, int64_t ts_ns, unsigned digits);

/* An IPv4 address, or an IPv6 one as RFC 5952 writes it. */
struct value_text value_address(const uint8_t *address, unsigned ip_version);

/* Control bits as Suricata's tcp_flags: "1b". */
struct value_text value_flags_hex(uint8_t flags);

/* Control bits as letters: "S", "SA", "FPA". */
struct value_text value_flags_letters(uint8_t flags);

/* "EN10MB"; "linktype_999" where the number has no name. */
struct value_text value_linktype(unsigned linktype);

/* From start to end, both in nanoseconds; 0 where the end lies before the start. */
int64_t value_span(int64_t start, int64_t end);

/* IPFIX flowEndReason (information element 136). */
unsigned value_flow_end_reason(enum reason reason);

/* The file, or the interface, that the envelope's frame came from; NULL if it is none. */
const char *value_file_name(const struct sink_config *config,
			    const struct report_envelope *envelope);
const char *value_interface_name(const struct sink_config *config,
				 const struct report_envelope *envelope);

/* The first of several names with blanks between them. */
struct value_text value_first_name(const char *names);

/* The flow_id of the connection that this one is on the other side of a NAT; 0: none. */
uint64_t value_nat_twin(const struct sink_config *config, const struct report_envelope *envelope);

/* The id of an anomaly: a word list like those of core/words.h. NULL for ANOMALY_COUNT and beyond.
 */
const char *anomaly_word(unsigned value);

#endif
