#include "sink/schema.h"

#include "sink/json_table.h"
#include "sink/json_writer.h"

#include <string.h>

/* The records that are lines; every other one is an object within them. */
static const enum record_id lines[] = {RECORD_flow, RECORD_anomaly, RECORD_state, RECORD_stats,
				       RECORD_summary};

enum { LINE_COUNT = sizeof lines / sizeof lines[0] };

static json_t *reference(const char *name)
{
	return json_pack("{s:s+}", "$ref", "#/$defs/", name);
}

static json_t *integer_range(void)
{
	return json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", 0, "maximum",
			 (json_int_t)WRITER_INTEGER_MAX);
}

static json_t *pattern(const char *expression)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", expression);
}

/* Appends to a list that is given up when there is no memory; NULL then. */
static json_t *append(json_t *list, json_t *item)
{
	if (json_array_append_new(list, item) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *words(const struct field_row *field)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < field->word_count; i++)
		list = append(list, json_string(field->word(i)));
	return json_pack("{s:o}", "enum", list);
}

static json_t *choices(const char *text)
{
	json_t *list = json_array();
	while (*text != '\0') {
		size_t length = strcspn(text, "|");
		list = append(list, json_stringn(text, length));
		text += length + (text[length] == '|');
	}
	return json_pack("{s:o}", "enum", list);
}

static json_t *array_of(json_t *items)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *seen(const struct field_row *field)
{
	return json_pack("{s:s, s:o, s:o}", "type", "object", "propertyNames", words(field),
			 "additionalProperties", reference("integer"));
}

static json_t *value(const struct field_row *field)
{
	switch (field->kind) {
	case FIELD_integer:
	case FIELD_duration:
	case FIELD_COUNTERS:
		return reference("integer");
	case FIELD_time:
		return reference("timestamp");
	case FIELD_boolean:
		return json_pack("{s:s}", "type", "boolean");
	case FIELD_string:
		return json_pack("{s:s}", "type", "string");
	case FIELD_hex:
		return pattern("^[0-9a-f]{2}$");
	case FIELD_letters:
		return pattern("^F?S?R?P?A?U?E?C?$");
	case FIELD_CHOICE:
		return choices(field->choices);
	case FIELD_WORD:
		return words(field);
	case FIELD_OBJECT:
		return reference(record_row(field->record)->name);
	case FIELD_LIST:
		return array_of(reference(record_row(field->record)->name));
	case FIELD_NUMBERS:
		return array_of(reference("integer"));
	case FIELD_STRINGS:
		return array_of(json_pack("{s:s}", "type", "string"));
	case FIELD_SEEN:
		return seen(field);
	}
	return NULL;
}

static json_t *value_or_null(const struct field_row *field)
{
	json_t *known = value(field);
	if (field->need != FIELD_OR_NULL)
		return known;
	return json_pack("{s:[o, {s:s}]}", "anyOf", known, "type", "null");
}

static int add_property(json_t *properties, json_t *required, const char *key,
			const struct field_row *field)
{
	json_t *property = value_or_null(field);
	if (json_object_set_new(property, "description", json_string(field->text)) != 0 ||
	    json_object_set(properties, key, property) != 0) {
		json_decref(property);
		return -1;
	}
	json_decref(property);
	if (field->need == FIELD_OPTIONAL)
		return 0;
	return json_array_append_new(required, json_string(key));
}

static int add_field(json_t *properties, json_t *required, const struct field_row *field)
{
	if (field->kind != FIELD_COUNTERS)
		return add_property(properties, required, field->key, field);
	for (unsigned i = 0; i < field->word_count; i++) {
		if (add_property(properties, required, field->word(i), field) != 0)
			return -1;
	}
	return 0;
}

static json_t *object_schema(const struct record_row *record)
{
	json_t *properties = json_object();
	json_t *required = json_array();
	int status = 0;
	for (size_t i = 0; i < record->field_count && status == 0; i++)
		status = add_field(properties, required, &record->field[i]);
	json_t *schema = json_pack("{s:s, s:s, s:o, s:o, s:b}", "description", record->text, "type",
				   "object", "properties", properties, "required", required,
				   "additionalProperties", 0);
	if (status == 0)
		return schema;
	json_decref(schema);
	return NULL;
}

static json_t *definitions(void)
{
	json_t *all = json_pack("{s:o, s:o}", "integer", integer_range(), "timestamp",
				pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.]["
					"0-9]{6}([0-9]{3})?Z$"));
	for (unsigned id = 0; id < RECORD_COUNT; id++) {
		const struct record_row *record = record_row((enum record_id)id);
		if (json_object_set_new(all, record->name, object_schema(record)) != 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

/* Which of the definitions a line must meet, by its event_type. */
static json_t *line_rules(void)
{
	json_t *rules = json_array();
	for (size_t i = 0; i < LINE_COUNT; i++) {
		const char *name = record_row(lines[i])->name;
		json_t *rule = json_pack("{s:{s:{s:{s:s}}}, s:o}", "if", "properties", "event_type",
					 "const", name, "then", reference(name));
		rules = append(rules, rule);
	}
	return rules;
}

static json_t *event_types(void)
{
	json_t *list = json_array();
	for (size_t i = 0; i < LINE_COUNT; i++)
		list = append(list, json_string(record_row(lines[i])->name));
	return list;
}

json_t *schema_build(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:{s:{s:o}}, s:[s], s:o, s:o}", "$schema",
			 "https://json-schema.org/draft/2020-12/schema", "title", "tcpbye/1",
			 "description", "One line of tcpbye's NDJSON output.", "type", "object",
			 "properties", "event_type", "enum", event_types(), "required",
			 "event_type", "allOf", line_rules(), "$defs", definitions());
}
