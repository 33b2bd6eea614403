/*
 * Parts of reports in an archive: what is kept of an anomaly, and of where it was.
 */
#ifndef TCPBYE_CORE_REPORT_ARCHIVE_H
#define TCPBYE_CORE_REPORT_ARCHIVE_H

#include "core/archive.h"
#include "core/report.h"

void report_anomaly_archive(struct archive *archive, struct report_anomaly *anomaly);
void report_birth_archive(struct archive *archive, struct report_birth *birth);
void report_envelope_archive(struct archive *archive, struct report_envelope *envelope);

#endif
