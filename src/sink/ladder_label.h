/*
 * What stands on an arrow: control bits and numbers, relative to where each side began, the numbers
 * of the close by the names that textbooks give them.
 *
 * u is the number of the FIN of the side that closed first, w that of the other side's FIN, v the
 * number of the acknowledgement between them.
 */
#ifndef TCPBYE_SINK_LADDER_LABEL_H
#define TCPBYE_SINK_LADDER_LABEL_H

#include "sink/ladder_rows.h"
#include "sink/text_phrase.h"

struct ladder_numbers {
	bool has_base[2];
	uint32_t base[2]; /* what counts as 0 of what the client, the server sends */
	bool has_u, has_v, has_w;
	uint32_t u, v, w;      /* as on the wire */
	unsigned first_closer; /* REPORT_*; with has_u or has_v */
	uint64_t v_number;     /* of wave 2 */
};

void ladder_numbers_find(struct ladder_numbers *numbers, const struct flow_report *report,
			 const struct ladder_rows *rows);

/* A number that `side` sent, as "101". */
const char *ladder_number(struct phrase *phrase, const struct ladder_numbers *numbers,
			  unsigned side, uint32_t seq);

/* "FIN,ACK" */
const char *ladder_flags(struct phrase *phrase, unsigned flags);

/* "FIN,ACK seq=101(u) ack=201" */
const char *ladder_label(struct phrase *phrase, const struct ladder_numbers *numbers,
			 const struct ladder_row *row);

/* Of a wave that was not seen: "ACK ack=202(w+1)". */
const char *ladder_unseen_label(struct phrase *phrase, const struct ladder_numbers *numbers,
				const struct flow_report *report, unsigned wave);

/* What a bad wave should have carried: "expected seq=101(u)"; "" where nothing is wrong. */
const char *ladder_expected(struct phrase *phrase, const struct ladder_numbers *numbers,
			    const struct report_wave *wave);

/* "#6", or "#6-9" of a row that stands for several; what does not fit is left open: "#1006..". */
void ladder_row_number(struct phrase *phrase, const struct ladder_row *row, unsigned columns);

#endif
