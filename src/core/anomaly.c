#include "core/anomaly.h"

#include <stddef.h>

static const struct anomaly_row rows[] = {
#define ANOMALY(number, ID, id, severity, rfc, suricata, message)                                  \
	{number, id, SEVERITY_##severity, rfc, suricata, message},
#include "core/anomalies.def"
};

const struct anomaly_row *anomaly_row(unsigned id)
{
	return id < ANOMALY_COUNT ? &rows[id] : NULL;
}
