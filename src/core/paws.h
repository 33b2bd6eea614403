/*
 * Protection against wrapped sequence numbers, as far as it concerns the close (RFC 7323, 5): a
 * receiver drops a segment whose time stamp is older than one that it has had.
 */
#ifndef TCPBYE_CORE_PAWS_H
#define TCPBYE_CORE_PAWS_H

#include "core/context.h"

/* Judges a side's FIN and its first acknowledgement of the peer's, before they are taken. Whatever
 * that side has been seen to send was sent before them, so that no reordering explains an older
 * stamp. */
void paws_judge(struct analyzer *analyzer, struct flow *flow, const struct segment *segment);

/* Keeps the stamp of a segment that was taken, as the one of `end`, which sent it. */
void paws_note(struct endpoint *end, const struct segment *segment);

/* True where the stamp shows that a SYN is newer than all that its sender sent before (RFC 6191).
 */
bool paws_is_newer(const struct flow *flow, const struct segment *syn);

#endif
