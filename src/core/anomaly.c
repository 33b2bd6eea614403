#include "core/anomaly.h"

#include <stddef.h>

static const struct anomaly_row rows[] = {
#define ANOMALY(number, ID, id, group, severity, source, suricata, zeek, wireshark, message,       \
		advice)                                                                            \
	{number,                                                                                   \
	 id,                                                                                       \
	 ANOMALY_GROUP_##group,                                                                    \
	 SEVERITY_##severity,                                                                      \
	 source,                                                                                   \
	 suricata,                                                                                 \
	 zeek,                                                                                     \
	 wireshark,                                                                                \
	 message,                                                                                  \
	 advice},
#include "core/anomalies.def"
};

static const char *const titles[] = {
#define ANOMALY_GROUP_TITLE(ID, title) title,
	ANOMALY_GROUPS(ANOMALY_GROUP_TITLE)
#undef ANOMALY_GROUP_TITLE
};

const struct anomaly_row *anomaly_row(unsigned id)
{
	return id < ANOMALY_COUNT ? &rows[id] : NULL;
}

const char *anomaly_group_title(unsigned group)
{
	return group < ANOMALY_GROUP_COUNT ? titles[group] : NULL;
}
