/*
 * Words as they stand in a record: in quotes, with the comma behind them.
 *
 * A record holds dozens of words. Each is copied with a constant length, whatever its own is, which
 * is why it has more room than it needs.
 */
#ifndef TCPBYE_SINK_JSON_WORDS_H
#define TCPBYE_SINK_JSON_WORDS_H

#include "core/anomaly.h"
#include "core/report.h"
#include "core/words.h"
#include "sink/json_writer.h"

enum { JSON_WORD_BYTES = 47 };

struct json_word {
	char text[JSON_WORD_BYTES];
	unsigned char bytes;
};

/* Writes word `value` of a list of `count`; null where there is none. */
static inline void json_word_put(struct writer *writer, const char *key,
				 const struct json_word *words, unsigned count, unsigned value)
{
	size_t key_bytes = writer_key_bytes(key);
	char *at;

	if (value >= count) {
		writer_null(writer, key);
		return;
	}
	at = writer_room(writer, key_bytes + JSON_WORD_BYTES + WRITER_KEY_EXTRA);
	if (at == NULL)
		return;
	at = writer_key(at, key, key_bytes);
	memcpy(at, words[value].text, JSON_WORD_BYTES);
	writer_take(writer, at + words[value].bytes);
}

#define JSON_WORD(PREFIX, ID, word) {"\"" word "\",", sizeof word + 2},
#define JSON_WORD_FUNCTION(name, PREFIX)                                                           \
	static inline void json_put_##name(struct writer *writer, const char *key, unsigned value) \
	{                                                                                          \
		static const struct json_word words[] = {PREFIX##_WORDS(JSON_WORD)};               \
		json_word_put(writer, key, words, PREFIX##_COUNT, value);                          \
	}
WORD_LISTS(JSON_WORD_FUNCTION)
#undef JSON_WORD_FUNCTION
#undef JSON_WORD

static inline void json_put_anomaly(struct writer *writer, const char *key, unsigned value)
{
	static const struct json_word words[] = {
#define ANOMALY(number, ID, id, ...) {"\"" id "\",", sizeof id + 2},
#include "core/anomalies.def"
#undef ANOMALY
	};
	json_word_put(writer, key, words, ANOMALY_COUNT, value);
}

static inline void json_put_conn_state(struct writer *writer, const char *key, unsigned value)
{
	writer_string(writer, key, conn_state_word(value));
}

#endif
