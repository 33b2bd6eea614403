/*
 * FINs that are not in the capture: what everything around them proves, and how that is taken back.
 */
#ifndef TCPBYE_CORE_INFER_H
#define TCPBYE_CORE_INFER_H

#include "core/path.h"

/* True where one unseen sequence number of `side` may have been its FIN. */
bool infer_is_possible(const struct flow *flow, unsigned side);

/* That number was its FIN: it is not in the capture, but everything that followed says so. */
void infer_fin(struct analyzer *analyzer, struct flow *flow, unsigned side);

/* It was not: what followed contradicts it. Both paths are put right. */
void infer_retract(struct analyzer *analyzer, struct flow *flow, unsigned side);

#endif
