/*
 * The short way for the segments of an ordinary connection: of them only a diary is kept (diary.h).
 *
 * Short connections are most of what a busy tap sees, and nearly all of them go the same way: three
 * segments of handshake, requests and answers, a FIN and its acknowledgement from either side,
 * TIME-WAIT. While a connection does, nothing is told of it but what the summary counts ports and
 * TIME-WAITs by; so its segments need not be judged before somebody asks for its record. What that
 * says is then what the long way would have made it say.
 *
 * A segment that does not take up exactly where the connection stands, or about which anything else
 * might have to be said, is not taken here. Where steps are told as they are taken, none is.
 */
#ifndef TCPBYE_CORE_ORDINARY_H
#define TCPBYE_CORE_ORDINARY_H

#include "core/context.h"

/* Takes the segment of this flow. False: it must go the long way, and nothing was changed. */
bool ordinary_take(struct analyzer *analyzer, uint32_t handle, const struct segment *segment);

/* The flow is due at `at_ns`, by its key. True: of its diary nothing is due before a later time,
 * under which it is now entered. */
bool ordinary_postpone(struct analyzer *analyzer, uint32_t handle, int64_t at_ns);

/* True for a flow in whose diary nothing is to come any more: when it is due, TIME-WAIT ends. */
bool ordinary_is_over(const struct analyzer *analyzer, uint32_t handle);

#endif
