/*
 * Fragments that wait for the rest of their packets, in an archive.
 */
#ifndef TCPBYE_DECODE_REASSEMBLY_ARCHIVE_H
#define TCPBYE_DECODE_REASSEMBLY_ARCHIVE_H

#include "core/archive.h"
#include "decode/reassembly.h"

/* While reading, it must be empty. */
void reassembly_archive(struct archive *archive, struct reassembly *reassembly);

#endif
