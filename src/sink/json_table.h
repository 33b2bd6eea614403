/*
 * The records' fields as data, made from record_fields.def: what the JSON Schema and tcpbye-json(5)
 * are made from.
 */
#ifndef TCPBYE_SINK_JSON_TABLE_H
#define TCPBYE_SINK_JSON_TABLE_H

#include <stddef.h>

enum record_id {
#define RECORD(name, type, text) RECORD_##name,
#define RECORD_END(name)
#define FIELD(kind, key, need, value, text)
#define CHOICE(key, need, value, choices, text)
#define WORD(key, need, list, PREFIX, value, text)
#define OBJECT(key, need, record, pointer, text)
#define LIST(key, record, count, array, text)
#define NUMBERS(key, need, count, value, text)
#define STRINGS(key, count, value, text)
#define COUNTERS(list, PREFIX, array, text)
#define SEEN(key, list, PREFIX, array, text)
#include "sink/record_fields.def"
	RECORD_COUNT
};

enum field_kind {
	FIELD_integer,
	FIELD_duration,
	FIELD_time,
	FIELD_boolean,
	FIELD_string,
	FIELD_hex,
	FIELD_letters,
	FIELD_CHOICE,
	FIELD_WORD,
	FIELD_OBJECT,
	FIELD_LIST,
	FIELD_NUMBERS,
	FIELD_STRINGS,
	FIELD_COUNTERS, /* stands for one integer field for each word */
	FIELD_SEEN
};

enum field_need { FIELD_ALWAYS, FIELD_OR_NULL, FIELD_OPTIONAL };

struct field_row {
	const char *key; /* NULL with FIELD_COUNTERS */
	enum field_kind kind;
	enum field_need need;
	enum record_id record;         /* FIELD_OBJECT, FIELD_LIST */
	const char *choices;           /* FIELD_CHOICE: "one|other" */
	const char *(*word)(unsigned); /* FIELD_WORD, FIELD_COUNTERS, FIELD_SEEN */
	unsigned word_count;
	const char *text;
};

struct record_row {
	const char *name;
	const char *text;
	const struct field_row *field;
	size_t field_count;
};

/* The row of an id below RECORD_COUNT. */
const struct record_row *record_row(enum record_id id);

#endif
