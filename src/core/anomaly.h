/*
 * The anomalies that tcpbye knows, made from anomalies.def.
 */
#ifndef TCPBYE_CORE_ANOMALY_H
#define TCPBYE_CORE_ANOMALY_H

#include "core/words.h"

enum anomaly_id {
#define ANOMALY(number, ID, id, severity, rfc, suricata, message) ANOMALY_##ID,
#include "core/anomalies.def"
	ANOMALY_COUNT
};

struct anomaly_row {
	unsigned number;            /* permanent */
	const char *id;             /* what the records carry */
	enum severity severity;     /* the least doubtful, gravest it usually has */
	const char *rfc;            /* the section or source that the rule comes from */
	const char *suricata_event; /* NULL where none fits */
	const char *message;        /* one sentence for a person */
};

/* The row of an id below ANOMALY_COUNT; NULL beyond. */
const struct anomaly_row *anomaly_row(unsigned id);

#endif
