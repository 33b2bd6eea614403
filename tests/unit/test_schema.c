/*
 * The schema hangs together and is strict; that records validate to it is checked by tests/records.
 */
#include "sink/schema.h"

#include "sink/json_table.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static json_t *schema;
static json_t *definitions;

static void set_up(void)
{
	schema = schema_build();
	cr_assert_not_null(schema);
	definitions = json_object_get(schema, "$defs");
}

static void tear_down(void)
{
	json_decref(schema);
}

TestSuite(schema, .init = set_up, .fini = tear_down);

/* Follows every $ref below a value. */
static unsigned check_references(json_t *value)
{
	static const char prefix[] = "#/$defs/";
	unsigned found = 0;
	const char *key;
	json_t *member;
	size_t index;
	json_object_foreach(value, key, member)
	{
		const char *reference = json_string_value(member);
		if (strcmp(key, "$ref") == 0) {
			found++;
			cr_assert_eq(strncmp(reference, prefix, strlen(prefix)), 0);
			cr_assert_not_null(json_object_get(definitions, reference + strlen(prefix)),
					   "%s", reference);
		}
		found += check_references(member);
	}
	json_array_foreach(value, index, member)
	{
		found += check_references(member);
	}
	return found;
}

Test(schema, every_reference_leads_somewhere)
{
	cr_assert_gt(check_references(schema), 200);
}

static bool is_required(json_t *record, const char *key)
{
	size_t index;
	json_t *name;
	json_array_foreach(json_object_get(record, "required"), index, name)
	{
		if (strcmp(json_string_value(name), key) == 0)
			return true;
	}
	return false;
}

Test(schema, objects_allow_nothing_else_and_demand_all_but_what_is_optional)
{
	for (unsigned id = 0; id < RECORD_COUNT; id++) {
		const struct record_row *row = record_row((enum record_id)id);
		json_t *record = json_object_get(definitions, row->name);
		json_t *properties = json_object_get(record, "properties");
		cr_assert(json_is_false(json_object_get(record, "additionalProperties")), "%s",
			  row->name);
		for (size_t i = 0; i < row->field_count; i++) {
			const struct field_row *field = &row->field[i];
			if (field->kind == FIELD_COUNTERS)
				continue;
			cr_assert_not_null(json_object_get(properties, field->key), "%s.%s",
					   row->name, field->key);
			cr_assert_eq(is_required(record, field->key), field->need != FIELD_OPTIONAL,
				     "%s.%s", row->name, field->key);
		}
	}
}

Test(schema, no_object_has_two_fields_of_one_name)
{
	for (unsigned id = 0; id < RECORD_COUNT; id++) {
		const struct record_row *row = record_row((enum record_id)id);
		json_t *properties =
			json_object_get(json_object_get(definitions, row->name), "properties");
		size_t expected = 0;
		for (size_t i = 0; i < row->field_count; i++)
			expected +=
				row->field[i].kind == FIELD_COUNTERS ? row->field[i].word_count : 1;
		cr_assert_eq(json_object_size(properties), expected, "%s", row->name);
	}
}

Test(schema, enumerations_are_the_words_of_the_core)
{
	json_t *properties =
		json_object_get(json_object_get(definitions, "teardown"), "properties");
	json_t *words = json_object_get(json_object_get(properties, "type"), "enum");
	cr_assert_eq(json_array_size(words), 12);
	cr_assert_str_eq(json_string_value(json_array_get(words, 0)), "four_way");
	cr_assert_str_eq(json_string_value(json_array_get(words, 11)), "none");
}

Test(schema, every_field_is_described)
{
	for (unsigned id = 0; id < RECORD_COUNT; id++) {
		const struct record_row *row = record_row((enum record_id)id);
		for (size_t i = 0; i < row->field_count; i++) {
			size_t length = strlen(row->field[i].text);
			cr_assert_gt(length, 4);
			cr_assert_eq(row->field[i].text[length - 1], '.', "%s.%s", row->name,
				     row->field[i].key);
		}
	}
}

/* Memory that runs out after so many allocations; counts what is not released. */
static unsigned allocations_left;
static int outstanding;

static void *scarce_malloc(size_t bytes)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	outstanding++;
	return malloc(bytes);
}

static void scarce_free(void *allocation)
{
	outstanding -= allocation != NULL;
	free(allocation);
}

Test(schema_memory, there_is_a_whole_schema_or_none, .timeout = 120)
{
	json_t *whole = schema_build();
	unsigned failures = 0;
	json_set_alloc_funcs(scarce_malloc, scarce_free);
	for (unsigned allocations = 0;; allocations += 1 + allocations / 64) {
		outstanding = 0;
		allocations_left = allocations;
		json_t *built = schema_build();
		allocations_left = UINT_MAX;
		if (built != NULL) {
			cr_assert(json_equal(whole, built));
			json_decref(built);
			break;
		}
		failures++;
		cr_assert_eq(outstanding, 0, "%d not released of %u", outstanding, allocations);
	}
	cr_assert_gt(failures, 100);
	json_set_alloc_funcs(malloc, free);
	json_decref(whole);
}
