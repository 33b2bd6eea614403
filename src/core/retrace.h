/*
 * From a diary back to the record that the long way would have made: its segments go that way now,
 * each at its own time.
 *
 * Nothing of it is told or learned a second time, and no segment in a diary is one that anything
 * odd would be noted of (ordinary.h).
 */
#ifndef TCPBYE_CORE_RETRACE_H
#define TCPBYE_CORE_RETRACE_H

#include "core/context.h"

struct diary; /* core/diary.h */

/* Into a record of which only addresses and ports are set, all else being zero. */
void retrace(struct analyzer *analyzer, const struct diary *diary, struct flow *flow);

#endif
