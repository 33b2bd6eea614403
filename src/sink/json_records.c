#include "sink/json_records.h"

#include "sink/community_id.h"
#include "sink/json_values.h"
#include "sink/json_words.h"

enum need { NEED_PRESENT, NEED_NULL, NEED_ABSENT };

#define ALWAYS           NEED_PRESENT
#define OR_NULL(known)   ((known) ? NEED_PRESENT : NEED_NULL)
#define ONLY_IF(applies) ((applies) ? NEED_PRESENT : NEED_ABSENT)

static inline void put_integer(struct writer *out, const char *key, unsigned digits, uint64_t value)
{
	(void)digits;
	writer_integer(out, key, value);
}

static inline void put_duration(struct writer *out, const char *key, unsigned digits,
				int64_t value_ns)
{
	(void)digits;
	writer_integer(out, key, value_ns < 0 ? 0 : (uint64_t)value_ns);
}

static inline void put_time(struct writer *out, const char *key, unsigned digits, int64_t ts_ns)
{
	value_write_time(out, key, ts_ns, digits);
}

static inline void put_boolean(struct writer *out, const char *key, unsigned digits, bool value)
{
	(void)digits;
	writer_boolean(out, key, value);
}

static inline void put_string(struct writer *out, const char *key, unsigned digits,
			      const char *value)
{
	(void)digits;
	writer_string(out, key, value);
}

static inline void put_hex(struct writer *out, const char *key, unsigned digits, uint8_t flags)
{
	(void)digits;
	writer_string(out, key, value_flags_hex(flags).text);
}

static inline void put_letters(struct writer *out, const char *key, unsigned digits, uint8_t flags)
{
	(void)digits;
	writer_string(out, key, value_flags_letters(flags).text);
}

static inline void put_counters(struct writer *out, const char *(*word)(unsigned), unsigned count,
				const uint64_t *counter)
{
	for (unsigned i = 0; i < count; i++)
		writer_integer(out, word(i), counter[i]);
}

static inline void put_seen(struct writer *out, const char *key, const char *(*word)(unsigned),
			    unsigned count, const uint64_t *counter)
{
	writer_begin_object(out, key);
	for (unsigned i = 0; i < count; i++) {
		if (counter[i] > 0)
			writer_integer(out, word(i), counter[i]);
	}
	writer_end_object(out);
}

/* First pass: declare what the second defines, since objects contain later ones. */
#define RECORD(name, type, text)                                                                   \
	static void write_##name(struct writer *out, const char *key,                              \
				 const struct sink_config *config, const type *it,                 \
				 unsigned index);
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

#define PUT(need, key, statement)                                                                  \
	switch (need) {                                                                            \
	case NEED_PRESENT:                                                                         \
		statement;                                                                         \
		break;                                                                             \
	case NEED_NULL:                                                                            \
		writer_null(out, key);                                                             \
		break;                                                                             \
	case NEED_ABSENT:                                                                          \
		break;                                                                             \
	}

#define RECORD(name, type, text)                                                                   \
	static void write_##name(struct writer *out, const char *under,                            \
				 const struct sink_config *config, const type *it, unsigned index) \
	{                                                                                          \
		(void)config;                                                                      \
		(void)it;                                                                          \
		(void)index;                                                                       \
		writer_begin_object(out, under);
#define RECORD_END(name)                                                                           \
	writer_end_object(out);                                                                    \
	}
#define FIELD(kind, key, need, value, text)                                                        \
	PUT(need, key, put_##kind(out, key, config->tstamp_digits, value))
#define CHOICE(key, need, value, choices, text)    PUT(need, key, writer_string(out, key, value))
#define WORD(key, need, list, PREFIX, value, text) PUT(need, key, json_put_##list(out, key, value))
#define OBJECT(key, need, record, pointer, text)                                                   \
	PUT(need, key, write_##record(out, key, config, pointer, 0))
#define LIST(key, record, count, array, text)                                                      \
	writer_begin_array(out, key);                                                              \
	for (unsigned i = 0; i < (count); i++)                                                     \
		write_##record(out, NULL, config, &(array)[i], i);                                 \
	writer_end_array(out);
#define NUMBERS(key, need, count, value, text)                                                     \
	if ((need) == NEED_PRESENT) {                                                              \
		writer_begin_array(out, key);                                                      \
		for (unsigned i = 0; i < (count); i++)                                             \
			writer_integer(out, NULL, value);                                          \
		writer_end_array(out);                                                             \
	}
#define STRINGS(key, count, value, text)                                                           \
	writer_begin_array(out, key);                                                              \
	for (unsigned i = 0; i < (count); i++)                                                     \
		writer_string(out, NULL, value);                                                   \
	writer_end_array(out);
#define COUNTERS(list, PREFIX, array, text)  put_counters(out, list##_word, PREFIX##_COUNT, array);
#define SEEN(key, list, PREFIX, array, text) put_seen(out, key, list##_word, PREFIX##_COUNT, array);
#include "sink/record_fields.def"

void record_write_flow(struct writer *writer, const struct sink_config *config,
		       const struct flow_report *report)
{
	write_flow(writer, NULL, config, report, 0);
	writer_end_value(writer);
}

void record_write_anomaly(struct writer *writer, const struct sink_config *config,
			  const struct anomaly_report *report)
{
	write_anomaly(writer, NULL, config, report, 0);
	writer_end_value(writer);
}

void record_write_state(struct writer *writer, const struct sink_config *config,
			const struct transition_report *report)
{
	write_state(writer, NULL, config, report, 0);
	writer_end_value(writer);
}

void record_write_stats(struct writer *writer, const struct sink_config *config,
			const struct stats_report *stats)
{
	write_stats(writer, NULL, config, stats, 0);
	writer_end_value(writer);
}

void record_write_summary(struct writer *writer, const struct sink_config *config,
			  const struct summary_source *summary)
{
	write_summary(writer, NULL, config, summary, 0);
	writer_end_value(writer);
}

void record_write_run(struct writer *writer, const char *key, const struct sink_config *config,
		      const struct summary_source *summary)
{
	write_run(writer, key, config, summary, 0);
	writer_end_value(writer);
}
