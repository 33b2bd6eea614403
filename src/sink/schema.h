/*
 * The JSON Schema (draft 2020-12) of the records, made from record_fields.def.
 */
#ifndef TCPBYE_SINK_SCHEMA_H
#define TCPBYE_SINK_SCHEMA_H

#include <jansson.h>

/* The schema of one line of NDJSON; the caller's to release. NULL when there is no memory. */
json_t *schema_build(void);

#endif
