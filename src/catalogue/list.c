#include "catalogue/catalogue.h"

#include "core/anomaly.h"

#include <string.h>

static int longest_id(void)
{
	size_t longest = 0;

	for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
		if (strlen(anomaly_row(id)->id) > longest)
			longest = strlen(anomaly_row(id)->id);
	}
	return (int)longest;
}

bool catalogue_list(FILE *output)
{
	int width = longest_id();

	for (unsigned group = 0; group < ANOMALY_GROUP_COUNT; group++) {
		fprintf(output, "%s# %s\n", group == 0 ? "" : "\n", anomaly_group_title(group));
		for (unsigned id = 0; id < ANOMALY_COUNT; id++) {
			const struct anomaly_row *row = anomaly_row(id);

			if (row->group == group)
				fprintf(output, "%-*s  %-7s  %s\n", width, row->id,
					severity_word(row->severity), row->message);
		}
	}
	return fflush(output) == 0 && !ferror(output);
}
