/*
 * What a ladder shows of a connection's segments: those that matter one by one, the others folded.
 *
 * What matters is known before the segments come, from the report: every SYN, FIN and RST, and each
 * segment that a step, a wave, the reset, an explanation or an anomaly of notice and above names.
 * Whatever lies between becomes one row, so that a connection of any length takes at most
 * LADDER_ROWS_MAX rows.
 */
#ifndef TCPBYE_SINK_LADDER_ROWS_H
#define TCPBYE_SINK_LADDER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/report.h"
#include "core/segment.h"

enum { LADDER_ROWS_MAX = 256 };

/* One segment, or several in a row that do not matter by themselves. */
struct ladder_row {
	int64_t ts_ns, last_ns;
	uint64_t number, last_number;
	unsigned from; /* REPORT_CLIENT or REPORT_SERVER; of the first */
	uint8_t flags; /* of the first, down to payload_bytes */
	uint16_t ip_id;
	uint32_t seq, ack;
	uint32_t payload_bytes;
	bool matters;
	uint64_t repeats;     /* of one that matters: further ones like it that are not shown */
	uint64_t segments[2]; /* [REPORT_CLIENT]: sent by the client */
	uint64_t payload_sum[2];
};

struct ladder_rows {
	const struct report_envelope *envelope;
	uint64_t *named; /* numbers of the frames that matter, ascending */
	unsigned named_count;
	struct ladder_row *row;
	unsigned count, room;
};

/* The report must outlive the rows. False if memory is short; release in any case. */
bool ladder_rows_begin(struct ladder_rows *rows, const struct flow_report *report);
void ladder_rows_release(struct ladder_rows *rows);

/* Takes the connection's next segment, in the order of capture. False if memory is short. */
bool ladder_rows_take(struct ladder_rows *rows, const struct segment *segment);

/* True where a row stands for several segments. */
bool ladder_row_is_folded(const struct ladder_row *row);

/* The row that shows the frame by itself; NULL if there is none. */
const struct ladder_row *ladder_rows_find(const struct ladder_rows *rows, uint64_t number);

#endif
