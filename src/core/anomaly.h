/*
 * The anomalies that tcpbye knows, made from anomalies.def.
 */
#ifndef TCPBYE_CORE_ANOMALY_H
#define TCPBYE_CORE_ANOMALY_H

#include "core/words.h"

#define ANOMALY_GROUPS(G)                                                                          \
	G(OPENING, "Opening")                                                                      \
	G(CLOSING, "FIN and the four waves")                                                       \
	G(RESET, "RST")                                                                            \
	G(TIME_WAIT, "TIME-WAIT and reuse")                                                        \
	G(DATA, "Data, acknowledgements and windows")                                              \
	G(CAPTURE, "The capture itself")

enum anomaly_group {
#define ANOMALY_GROUP_CONSTANT(ID, title) ANOMALY_GROUP_##ID,
	ANOMALY_GROUPS(ANOMALY_GROUP_CONSTANT)
#undef ANOMALY_GROUP_CONSTANT
		ANOMALY_GROUP_COUNT
};

enum anomaly_id {
#define ANOMALY(number, ID, id, group, severity, source, suricata, zeek, wireshark, message,       \
		advice)                                                                            \
	ANOMALY_##ID,
#include "core/anomalies.def"
	ANOMALY_COUNT
};

struct anomaly_row {
	unsigned number; /* permanent */
	const char *id;  /* what the records carry */
	enum anomaly_group group;
	enum severity severity; /* the least doubtful, gravest it usually has */
	const char *source;     /* the RFC's section, or what else the rule comes from */
	/* What others call it, closest first, blanks between; NULL where none fits. */
	const char *suricata, *zeek, *wireshark;
	const char *message; /* one sentence for a person */
	const char *advice;  /* and one that says what to do about it */
};

/* The row of an id below ANOMALY_COUNT; NULL beyond. */
const struct anomaly_row *anomaly_row(unsigned id);

/* The title of a group below ANOMALY_GROUP_COUNT; NULL beyond. */
const char *anomaly_group_title(unsigned group);

#endif
