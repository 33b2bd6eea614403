#include "support/record_tree.h"

#include "sink/community_id.h"
#include "sink/json_values.h"

enum need { NEED_PRESENT, NEED_NULL, NEED_ABSENT };

#define ALWAYS           NEED_PRESENT
#define OR_NULL(known)   ((known) ? NEED_PRESENT : NEED_NULL)
#define ONLY_IF(applies) ((applies) ? NEED_PRESENT : NEED_ABSENT)

static json_t *from_integer(uint64_t value)
{
	return json_integer((json_int_t)(value > WRITER_INTEGER_MAX ? WRITER_INTEGER_MAX : value));
}

static json_t *from_duration(int64_t value_ns)
{
	return from_integer(value_ns < 0 ? 0 : (uint64_t)value_ns);
}

static json_t *from_words(const char *(*word)(unsigned), unsigned count, const uint64_t *counter,
			  json_t *object, uint64_t least)
{
	for (unsigned i = 0; i < count; i++) {
		if (counter[i] >= least)
			json_object_set_new(object, word(i), from_integer(counter[i]));
	}
	return object;
}

#define FROM_integer(value)  from_integer(value)
#define FROM_duration(value) from_duration(value)
#define FROM_time(value)     json_string(value_timestamp(value, config->tstamp_digits).text)
#define FROM_boolean(value)  json_boolean(value)
#define FROM_string(value)   json_string(value)
#define FROM_hex(value)      json_string(value_flags_hex(value).text)
#define FROM_letters(value)  json_string(value_flags_letters(value).text)

#define RECORD(name, type, text)                                                                   \
	static json_t *tree_##name(const struct sink_config *config, const type *it,               \
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

#define SET(need, key, tree)                                                                       \
	if ((need) != NEED_ABSENT)                                                                 \
		json_object_set_new(object, key, (need) == NEED_NULL ? json_null() : (tree));
#define RECORD(name, type, text)                                                                   \
	static json_t *tree_##name(const struct sink_config *config, const type *it,               \
				   unsigned index)                                                 \
	{                                                                                          \
		(void)config;                                                                      \
		(void)it;                                                                          \
		(void)index;                                                                       \
		json_t *object = json_object();
#define RECORD_END(name)                                                                           \
	return object;                                                                             \
	}
#define FIELD(kind, key, need, value, text)        SET(need, key, FROM_##kind(value))
#define CHOICE(key, need, value, choices, text)    SET(need, key, json_string(value))
#define WORD(key, need, list, PREFIX, value, text) SET(need, key, json_string(list##_word(value)))
#define OBJECT(key, need, record, pointer, text)   SET(need, key, tree_##record(config, pointer, 0))
#define ARRAY(key, count, tree)                                                                    \
	json_object_set_new(object, key, json_array());                                            \
	for (unsigned i = 0; i < (count); i++)                                                     \
		json_array_append_new(json_object_get(object, key), tree);
#define LIST(key, record, count, array, text)                                                      \
	ARRAY(key, count, tree_##record(config, &(array)[i], i))
#define NUMBERS(key, need, count, value, text)                                                     \
	if ((need) == NEED_PRESENT) {                                                              \
		ARRAY(key, count, from_integer(value))                                             \
	}
#define STRINGS(key, count, value, text) ARRAY(key, count, json_string(value))
#define COUNTERS(list, PREFIX, array, text)                                                        \
	from_words(list##_word, PREFIX##_COUNT, array, object, 0);
#define SEEN(key, list, PREFIX, array, text)                                                       \
	json_object_set_new(object, key,                                                           \
			    from_words(list##_word, PREFIX##_COUNT, array, json_object(), 1));
#include "sink/record_fields.def"

json_t *record_tree_flow(const struct sink_config *config, const struct flow_report *report)
{
	return tree_flow(config, report, 0);
}

json_t *record_tree_anomaly(const struct sink_config *config, const struct anomaly_report *report)
{
	return tree_anomaly(config, report, 0);
}

json_t *record_tree_state(const struct sink_config *config, const struct transition_report *report)
{
	return tree_state(config, report, 0);
}

json_t *record_tree_stats(const struct sink_config *config, const struct stats_report *stats)
{
	return tree_stats(config, stats, 0);
}

json_t *record_tree_summary(const struct sink_config *config, const struct summary_source *summary)
{
	return tree_summary(config, summary, 0);
}
