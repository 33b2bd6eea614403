#include "support/state_chain.h"

#include <stdbool.h>
#include <string.h>

enum { KEY_MAX = 160 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

/* The endpoint itself: who is the client may be learned in between. */
static void write_key(char key[KEY_MAX], const json_t *record, const char *side)
{
	bool server = strcmp(side, "server") == 0;

	snprintf(key, KEY_MAX, "%" JSON_INTEGER_FORMAT " %s %" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(record, "flow_id")),
		 text_of(record, server ? "dest_ip" : "src_ip"),
		 json_integer_value(json_object_get(record, server ? "dest_port" : "src_port")));
}

static int complain(FILE *output, const char *key, const char *last, const char *next)
{
	fprintf(output, "states of %s: %s, and then from %s\n", key, last, next);
	return 1;
}

/* A step; -1 if memory is short. */
static int take_step(json_t *stands, const json_t *record, FILE *output)
{
	const json_t *step = json_object_get(record, "state");
	const char *from = text_of(step, "from"), *to = text_of(step, "to");
	char key[KEY_MAX];
	const char *last;
	int broken = 0;

	write_key(key, record, text_of(step, "side"));
	last = json_string_value(json_object_get(stands, key));
	if (last != NULL && strcmp(last, from) != 0)
		broken = complain(output, key, last, from);
	if (strcmp(from, to) == 0)
		broken += complain(output, key, to, "itself");
	return json_object_set_new(stands, key, json_string(to)) == 0 ? broken : -1;
}

/* Where the story must have ended. */
static int take_end(const json_t *stands, const json_t *record, FILE *output)
{
	static const char *const sides[] = {"client", "server"};
	int broken = 0;

	for (unsigned i = 0; i < 2; i++) {
		const char *state = text_of(json_object_get(record, sides[i]), "state");
		char key[KEY_MAX];
		const char *last;

		write_key(key, record, sides[i]);
		last = json_string_value(json_object_get(stands, key));
		if (last != NULL && strcmp(last, state) != 0)
			broken += complain(output, key, last, state);
	}
	return broken;
}

int state_chain_check(const json_t *records, FILE *output)
{
	json_t *stands = json_object();
	json_t *record;
	size_t i;
	int broken = 0;

	json_array_foreach(records, i, record)
	{
		const char *type = text_of(record, "event_type");
		int more = 0;

		if (strcmp(type, "state") == 0)
			more = take_step(stands, record, output);
		else if (strcmp(type, "flow") == 0)
			more = take_end(stands, record, output);
		if (more < 0) {
			broken = -1;
			break;
		}
		broken += more;
	}
	json_decref(stands);
	return broken;
}
