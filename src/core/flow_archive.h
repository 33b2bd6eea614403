/*
 * One flow's record in an archive, without what hangs on it: its chains stand in the analyzer's
 * pools (analyzer_archive.c).
 */
#ifndef TCPBYE_CORE_FLOW_ARCHIVE_H
#define TCPBYE_CORE_FLOW_ARCHIVE_H

#include "core/archive.h"
#include "core/flow.h"

void flow_archive(struct archive *archive, struct flow *flow);

void step_archive(struct archive *archive, struct step *step);

#endif
