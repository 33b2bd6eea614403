#include "sink/json_table.h"

#include "core/report.h"
#include "sink/json_values.h"

#define ALWAYS           FIELD_ALWAYS
#define OR_NULL(known)   FIELD_OR_NULL
#define ONLY_IF(applies) FIELD_OPTIONAL

#define RECORD(name, type, description) static const struct field_row name##_fields[] = {
#define RECORD_END(name)                                                                           \
	}                                                                                          \
	;
#define FIELD(field_kind, field, presence, value, description)                                     \
	{.key = field, .kind = FIELD_##field_kind, .need = presence, .text = description},
#define CHOICE(field, presence, value, words, description)                                         \
	{.key = field,                                                                             \
	 .kind = FIELD_CHOICE,                                                                     \
	 .need = presence,                                                                         \
	 .choices = words,                                                                         \
	 .text = description},
#define WORD(field, presence, list, PREFIX, value, description)                                    \
	{.key = field,                                                                             \
	 .kind = FIELD_WORD,                                                                       \
	 .need = presence,                                                                         \
	 .word = list##_word,                                                                      \
	 .word_count = PREFIX##_COUNT,                                                             \
	 .text = description},
#define OBJECT(field, presence, id, pointer, description)                                          \
	{.key = field,                                                                             \
	 .kind = FIELD_OBJECT,                                                                     \
	 .need = presence,                                                                         \
	 .record = RECORD_##id,                                                                    \
	 .text = description},
#define LIST(field, id, count, array, description)                                                 \
	{.key = field, .kind = FIELD_LIST, .record = RECORD_##id, .text = description},
#define NUMBERS(field, presence, count, value, description)                                        \
	{.key = field, .kind = FIELD_NUMBERS, .need = presence, .text = description},
#define STRINGS(field, count, value, description)                                                  \
	{.key = field, .kind = FIELD_STRINGS, .text = description},
#define COUNTERS(list, PREFIX, array, description)                                                 \
	{.kind = FIELD_COUNTERS,                                                                   \
	 .word = list##_word,                                                                      \
	 .word_count = PREFIX##_COUNT,                                                             \
	 .text = description},
#define SEEN(field, list, PREFIX, array, description)                                              \
	{.key = field,                                                                             \
	 .kind = FIELD_SEEN,                                                                       \
	 .word = list##_word,                                                                      \
	 .word_count = PREFIX##_COUNT,                                                             \
	 .text = description},
#include "sink/record_fields.def"

static const struct record_row rows[] = {
#define RECORD(name, type, description)                                                            \
	{#name, description, name##_fields, sizeof name##_fields / sizeof name##_fields[0]},
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
};

const struct record_row *record_row(enum record_id id)
{
	return &rows[id];
}
