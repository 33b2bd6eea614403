/*
 * Whether two records of connections say the same, member by member: what lies between the members
 * is nobody's, and may hold anything.
 */
#ifndef TCPBYE_TESTS_SAME_RECORD_H
#define TCPBYE_TESTS_SAME_RECORD_H

#include "core/flow.h"

/* By what an archive keeps of them; chains of anomalies and of further steps are not compared. */
bool same_record(const struct flow *a, const struct flow *b);

#endif
