/*
 * The options that take names out of the core's own lists: anomalies and kinds of ends.
 */
#include "options/suggest.h"
#include "options/take.h"

#include <stdio.h>
#include <string.h>

/* What --only takes: first the kinds of ends, then the anomalies. */
enum { TYPE_COUNT = TEARDOWN_COUNT + ANOMALY_COUNT };

static const char *type_name(unsigned type)
{
	return type < TEARDOWN_COUNT ? teardown_word(type) : anomaly_row(type - TEARDOWN_COUNT)->id;
}

/* The place of a name from `first` on; TYPE_COUNT, with the error filled in, when it is not there.
 */
static unsigned find_name(const struct taking *taking, const char *typed, unsigned first)
{
	const char *names[TYPE_COUNT];
	const char *nearest;

	for (unsigned type = first; type < TYPE_COUNT; type++) {
		if (strcmp(type_name(type), typed) == 0)
			return type;
		names[type - first] = type_name(type);
	}
	nearest = suggest_word(typed, names, TYPE_COUNT - first);
	if (nearest != NULL)
		snprintf(taking->error->text, sizeof(taking->error->text),
			 "--%s %.200s: there is no %.60s (did you mean %s?)", taking->row->name,
			 taking->text, typed, nearest);
	else
		snprintf(taking->error->text, sizeof(taking->error->text),
			 "--%s %.200s: there is no %.60s (see tcpbye --list-anomalies)",
			 taking->row->name, taking->text, typed[0] != '\0' ? typed : "\"\"");
	return TYPE_COUNT;
}

bool take_only(const struct taking *taking)
{
	struct options_only *only = taking->field;
	const char *at = taking->text;

	only->given = true;
	for (;;) {
		char typed[SUGGEST_WORD_MAX + 1];
		size_t length = strcspn(at, ",");
		unsigned type;

		snprintf(typed, sizeof(typed), "%.*s", (int)length, at);
		type = find_name(taking, typed, 0);
		if (type == TYPE_COUNT)
			return false;
		if (type < TEARDOWN_COUNT)
			only->teardown[type] = true;
		else
			only->anomaly[type - TEARDOWN_COUNT] = true;
		if (at[length] == '\0')
			return true;
		at += length + 1;
	}
}

bool take_explain(const struct taking *taking)
{
	unsigned type = find_name(taking, taking->text, TEARDOWN_COUNT);

	if (type == TYPE_COUNT)
		return false;
	taking->options->action = OPTIONS_EXPLAIN;
	taking->options->explain = (enum anomaly_id)(type - TEARDOWN_COUNT);
	return true;
}

bool take_list_anomalies(const struct taking *taking)
{
	taking->options->action = OPTIONS_LIST_ANOMALIES;
	return true;
}
