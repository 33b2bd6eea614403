#include "sink/json_records.h"

#include "sink/community_id.h"
#include "sink/json_fields.h"
#include "sink/json_values.h"

enum need { NEED_PRESENT, NEED_NULL, NEED_ABSENT };

#define ALWAYS           NEED_PRESENT
#define OR_NULL(known)   ((known) ? NEED_PRESENT : NEED_NULL)
#define ONLY_IF(applies) ((applies) ? NEED_PRESENT : NEED_ABSENT)

/* Puts integers under the words of a list, and makes room for what follows. */
static char *put_counters(struct writer *out, char *at, const char *(*word)(unsigned),
			  unsigned count, const uint64_t *counter, size_t room_bytes)
{
	writer_take(out, at);
	for (unsigned i = 0; i < count; i++)
		writer_integer(out, word(i), counter[i]);
	return writer_room(out, room_bytes);
}

/* The same within an object of their own, and only those above 0. */
static char *put_seen(struct writer *out, char *at, const char *(*word)(unsigned), unsigned count,
		      const uint64_t *counter, size_t room_bytes)
{
	writer_take(out, at);
	writer_begin_object(out, NULL);
	for (unsigned i = 0; i < count; i++) {
		if (counter[i] > 0)
			writer_integer(out, word(i), counter[i]);
	}
	writer_end_object(out);
	return writer_room(out, room_bytes);
}

/* First pass: how much room an object needs for itself, without the objects and arrays in it. */
#define RECORD(name, type, text) enum { ROOM_##name = FIELD_ROOM_OPEN
#define RECORD_END(name)                                                                           \
	}                                                                                          \
	;
#define FIELD(kind, key, need, value, text)                                                        \
	+FIELD_ROOM_KEY(key) + FIELD_ROOM_OPEN + FIELD_ROOM_##kind
#define CHOICE(key, need, value, choices, text)                                                    \
	+FIELD_ROOM_KEY(key) + FIELD_ROOM_OPEN + sizeof(choices) + 2
#define WORD(key, need, list, PREFIX, value, text) +FIELD_ROOM_KEY(key) + FIELD_ROOM_WORD
#define OBJECT(key, need, record, pointer, text)   +FIELD_ROOM_KEY(key) + FIELD_ROOM_OPEN
#define LIST(key, record, count, array, text)      +FIELD_ROOM_KEY(key) + FIELD_ROOM_OPEN
#define NUMBERS(key, need, count, value, text)     +FIELD_ROOM_KEY(key) + FIELD_ROOM_OPEN
#define STRINGS(key, count, value, text)           +FIELD_ROOM_KEY(key) + FIELD_ROOM_OPEN
#define COUNTERS(list, PREFIX, array, text)
#define SEEN(key, list, PREFIX, array, text) +FIELD_ROOM_KEY(key) + FIELD_ROOM_OPEN
#include "sink/record_fields.def"

/* Second pass: declare what the third defines, since objects contain later ones. Each puts an
 * object with a comma behind it at `at`; it returns where that ends, or NULL when there is no
 * memory. */
#define RECORD(name, type, text)                                                                   \
	static char *put_##name(struct writer *out, char *at, const struct sink_config *config,    \
				const type *it, unsigned index);
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

#define KEY(key)     "\"" key "\":"
#define PUT(literal) FIELD_TEXT(at, literal)

/* What may move the text, since it makes room for itself. */
#define TRY(expression)                                                                            \
	if ((at = (expression)) == NULL)                                                           \
		return NULL;

#define MAKE_ROOM TRY(writer_room_at(out, at, room_bytes))

#define WITH_KEY(need, key, statement)                                                             \
	switch (need) {                                                                            \
	case NEED_PRESENT:                                                                         \
		PUT(KEY(key));                                                                     \
		statement;                                                                         \
		break;                                                                             \
	case NEED_NULL:                                                                            \
		PUT(KEY(key) "null,");                                                             \
		break;                                                                             \
	case NEED_ABSENT:                                                                          \
		break;                                                                             \
	}

#define PUT_integer(value)  at = field_put_integer(at, value)
#define PUT_duration(value) at = field_put_duration(at, value)
#define PUT_time(value)     at = field_put_time(at, value, config->tstamp_digits, &out->last)
#define PUT_boolean(value)  at = field_put_boolean(at, value)
#define PUT_string(value)   TRY(writer_text_at(out, at, value, room_bytes))
#define PUT_hex(value)      at = field_put_hex(at, value)
#define PUT_letters(value)  at = field_put_letters(at, value)

#define RECORD(name, type, text)                                                                   \
	static char *put_##name(struct writer *out, char *at, const struct sink_config *config,    \
				const type *it, unsigned index)                                    \
	{                                                                                          \
		enum { room_bytes = ROOM_##name };                                                 \
                                                                                                   \
		(void)config;                                                                      \
		(void)it;                                                                          \
		(void)index;                                                                       \
		MAKE_ROOM                                                                          \
		PUT("{");
#define RECORD_END(name)                                                                           \
	return writer_end_at(at, '}');                                                             \
	}
#define FIELD(kind, key, need, value, text)     WITH_KEY(need, key, PUT_##kind(value))
#define CHOICE(key, need, value, choices, text) WITH_KEY(need, key, PUT_string(value))
#define WORD(key, need, list, PREFIX, value, text)                                                 \
	WITH_KEY(need, key, at = json_put_##list(at, value))
#define OBJECT(key, need, record, pointer, text)                                                   \
	WITH_KEY(need, key, TRY(put_##record(out, at, config, pointer, 0)) MAKE_ROOM)
#define LIST(key, record, count, array, text)                                                      \
	PUT(KEY(key) "[");                                                                         \
	for (unsigned i = 0; i < (count); i++)                                                     \
		TRY(put_##record(out, at, config, &(array)[i], i))                                 \
	MAKE_ROOM                                                                                  \
	at = writer_end_at(at, ']');
#define NUMBERS(key, need, count, value, text)                                                     \
	if ((need) == NEED_PRESENT) {                                                              \
		PUT(KEY(key) "[");                                                                 \
		TRY(writer_room_at(out, at, FIELD_ROOM_integer *(size_t)(count) + room_bytes))     \
		for (unsigned i = 0; i < (count); i++)                                             \
			at = field_put_integer(at, value);                                         \
		at = writer_end_at(at, ']');                                                       \
	}
#define STRINGS(key, count, value, text)                                                           \
	PUT(KEY(key) "[");                                                                         \
	for (unsigned i = 0; i < (count); i++)                                                     \
		TRY(writer_text_at(out, at, value, room_bytes))                                    \
	at = writer_end_at(at, ']');
#define COUNTERS(list, PREFIX, array, text)                                                        \
	TRY(put_counters(out, at, list##_word, PREFIX##_COUNT, array, room_bytes))
#define SEEN(key, list, PREFIX, array, text)                                                       \
	PUT(KEY(key));                                                                             \
	TRY(put_seen(out, at, list##_word, PREFIX##_COUNT, array, room_bytes))
#include "sink/record_fields.def"

/* Takes what was put, without the comma behind it. */
static void take(struct writer *writer, const char *end)
{
	if (end != NULL)
		writer_take(writer, end - 1);
}

void record_write_flow(struct writer *writer, const struct sink_config *config,
		       const struct flow_report *report)
{
	char *at = writer_room(writer, ROOM_flow);

	if (at != NULL)
		take(writer, put_flow(writer, at, config, report, 0));
}

void record_write_anomaly(struct writer *writer, const struct sink_config *config,
			  const struct anomaly_report *report)
{
	char *at = writer_room(writer, ROOM_anomaly);

	if (at != NULL)
		take(writer, put_anomaly(writer, at, config, report, 0));
}

void record_write_state(struct writer *writer, const struct sink_config *config,
			const struct transition_report *report)
{
	char *at = writer_room(writer, ROOM_state);

	if (at != NULL)
		take(writer, put_state(writer, at, config, report, 0));
}

void record_write_stats(struct writer *writer, const struct sink_config *config,
			const struct stats_report *stats)
{
	char *at = writer_room(writer, ROOM_stats);

	if (at != NULL)
		take(writer, put_stats(writer, at, config, stats, 0));
}

void record_write_summary(struct writer *writer, const struct sink_config *config,
			  const struct summary_source *summary)
{
	char *at = writer_room(writer, ROOM_summary);

	if (at != NULL)
		take(writer, put_summary(writer, at, config, summary, 0));
}

void record_write_run(struct writer *writer, const char *key, const struct sink_config *config,
		      const struct summary_source *summary)
{
	size_t key_bytes = writer_key_bytes(key);
	char *at = writer_room(writer, key_bytes + WRITER_KEY_EXTRA);

	if (at != NULL)
		take(writer, put_run(writer, writer_key(at, key, key_bytes), config, summary, 0));
}
