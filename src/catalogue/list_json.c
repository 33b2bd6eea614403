#include "catalogue/catalogue.h"

#include "core/anomaly.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Words with blanks between them as an array; an empty one for NULL. */
static json_t *names(const char *text)
{
	json_t *list = json_array();

	while (text != NULL && *text != '\0') {
		size_t length = strcspn(text, " ");

		if (json_array_append_new(list, json_stringn(text, length)) != 0) {
			json_decref(list);
			return NULL;
		}
		text += length + (text[length] == ' ');
	}
	return list;
}

static json_t *entry(const struct anomaly_row *row)
{
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "number",
			 (int)row->number, "id", row->id, "group", anomaly_group_title(row->group),
			 "severity", severity_word(row->severity), "source", row->source, "message",
			 row->message, "advice", row->advice, "suricata", names(row->suricata),
			 "zeek", names(row->zeek), "wireshark", names(row->wireshark));
}

bool catalogue_list_json(FILE *output)
{
	json_t *list = json_array();
	bool complete = list != NULL;
	bool written;

	for (unsigned id = 0; complete && id < ANOMALY_COUNT; id++)
		complete = json_array_append_new(list, entry(anomaly_row(id))) == 0;
	if (!complete) {
		json_decref(list);
		errno = ENOMEM;
		return false;
	}
	written = json_dumpf(list, output, JSON_INDENT(2)) == 0 && putc('\n', output) != EOF;
	json_decref(list);
	return written && fflush(output) == 0;
}
