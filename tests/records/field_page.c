/*
 * Prints the section FIELDS of tcpbye-json(5): made from the tables that the program uses itself.
 *
 * The manual page holds this text; field_page.sh compares the two, or puts it there.
 */
#include "core/anomaly.h"
#include "sink/json_table.h"

#include <stdio.h>
#include <string.h>

static const char *json_type(const struct field_row *field)
{
	switch (field->kind) {
	case FIELD_integer:
	case FIELD_COUNTERS:
		return "integer";
	case FIELD_duration:
		return "nanoseconds";
	case FIELD_time:
		return "time";
	case FIELD_boolean:
		return "boolean";
	case FIELD_string:
		return "string";
	case FIELD_hex:
		return "two hexadecimal digits";
	case FIELD_letters:
		return "letters";
	case FIELD_CHOICE:
	case FIELD_WORD:
		return "word";
	case FIELD_OBJECT:
	case FIELD_SEEN:
		return "object";
	case FIELD_LIST:
		return "array of objects";
	case FIELD_NUMBERS:
		return "array of integers";
	case FIELD_STRINGS:
		return "array of strings";
	}
	return "";
}

static const char *presence(enum field_need need)
{
	static const char *const texts[] = {
		[FIELD_ALWAYS] = "",
		[FIELD_OR_NULL] = " or null",
		[FIELD_OPTIONAL] = ", optional",
	};
	return texts[need];
}

static const char *separator(unsigned index, unsigned count)
{
	if (index == 0)
		return "";
	return index + 1 == count ? " or\n" : ",\n";
}

static void print_words(const struct field_row *field)
{
	printf("One of\n");
	for (unsigned i = 0; i < field->word_count; i++)
		printf("%s.Cm %s", i == 0 ? "" : " ,\n", field->word(i));
	printf(" .\n");
}

static void print_choices(const char *choices)
{
	unsigned count = 1;
	for (const char *at = choices; (at = strchr(at, '|')) != NULL; at++)
		count++;
	for (unsigned i = 0; i < count; i++) {
		size_t length = strcspn(choices, "|");
		printf("%s.Cm %.*s", separator(i, count), (int)length, choices);
		choices += length + (i + 1 < count);
	}
	printf(" .\n");
}

/* A name as it stands in the page: "flow_totals" is an object's, not a word of the records. */
static void print_name(const char *name)
{
	for (; *name != '\0'; name++)
		putchar(*name == '_' ? ' ' : *name);
}

static void print_reference(enum record_id record)
{
	printf("See\n.Sx Object: ");
	print_name(record_row(record)->name);
	printf(" .\n");
}

static void print_field(const struct field_row *field)
{
	if (field->kind == FIELD_COUNTERS) {
		for (unsigned i = 0; i < field->word_count; i++)
			printf(".It Va %s Pq integer\n", field->word(i));
	} else {
		printf(".It Va %s Pq %s%s\n", field->key, json_type(field), presence(field->need));
	}
	printf("%s\n", field->text);
	if (field->kind == FIELD_WORD && field->word_count == ANOMALY_COUNT)
		printf("See\n.Xr tcpbye-anomalies 7 .\n");
	else if (field->kind == FIELD_WORD)
		print_words(field);
	else if (field->kind == FIELD_CHOICE)
		print_choices(field->choices);
	else if (field->kind == FIELD_OBJECT || field->kind == FIELD_LIST)
		print_reference(field->record);
}

static void print_record(const struct record_row *record)
{
	printf(".Ss Object: ");
	print_name(record->name);
	printf("\n%s\n.Bl -tag -width Ds\n", record->text);
	for (size_t i = 0; i < record->field_count; i++)
		print_field(&record->field[i]);
	printf(".El\n");
}

int main(void)
{
	printf(".Sh FIELDS\n");
	for (unsigned id = 0; id < RECORD_COUNT; id++)
		print_record(record_row((enum record_id)id));
	return ferror(stdout) || fflush(stdout) != 0;
}
