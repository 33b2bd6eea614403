/*
 * The words of other tools that a record carries, so that their users find their way: Zeek's
 * history and conn_state, Wireshark's completeness. They follow those tools' definitions, not our
 * verdict.
 */
#ifndef TCPBYE_CORE_HERITAGE_H
#define TCPBYE_CORE_HERITAGE_H

#include "core/flow.h"

/* Adds a segment's letters to the history. */
void heritage_note(struct flow *flow, const struct segment *segment);
/* Of such an endpoint a plain segment, with ACK but none of SYN, FIN, RST and an open window, adds
 * nothing: the first where it bears no payload, the second where it does. */
bool heritage_has_acknowledged(const struct endpoint *end);
bool heritage_has_sent(const struct endpoint *end);
bool heritage_is_noted(const struct flow *flow, const struct segment *segment); /* one of both */

void heritage_note_retransmission(struct flow *flow, unsigned side);

/* Zeek's history with the client's letters in upper case; `text` holds REPORT_HISTORY_MAX
 * characters. */
void heritage_history(const struct flow *flow, char *text);
enum conn_state heritage_conn_state(const struct flow *flow);

#endif
