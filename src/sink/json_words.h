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

#include <string.h>

enum { JSON_WORD_BYTES = 47 };

struct json_word {
	char text[JSON_WORD_BYTES];
	unsigned char bytes;
};

/* Puts word `value` of a list of `count`, null where there is none: JSON_WORD_BYTES at most. */
static inline char *json_word_put(char *at, const struct json_word *words, unsigned count,
				  unsigned value)
{
	static const struct json_word null = {"null,", 5};
	const struct json_word *word = value < count ? &words[value] : &null;

	memcpy(at, word->text, JSON_WORD_BYTES);
	return at + word->bytes;
}

#define JSON_WORD(PREFIX, ID, word) {"\"" word "\",", sizeof word + 2},
#define JSON_WORD_FUNCTION(name, PREFIX)                                                           \
	static inline char *json_put_##name(char *at, unsigned value)                              \
	{                                                                                          \
		static const struct json_word words[] = {PREFIX##_WORDS(JSON_WORD)};               \
		return json_word_put(at, words, PREFIX##_COUNT, value);                            \
	}
WORD_LISTS(JSON_WORD_FUNCTION)
#undef JSON_WORD_FUNCTION
#undef JSON_WORD

static inline char *json_put_anomaly(char *at, unsigned value)
{
	static const struct json_word words[] = {
#define ANOMALY(number, ID, id, ...) {"\"" id "\",", sizeof id + 2},
#include "core/anomalies.def"
#undef ANOMALY
	};
	return json_word_put(at, words, ANOMALY_COUNT, value);
}

/* Its words are short, and none needs an escape. */
static inline char *json_put_conn_state(char *at, unsigned value)
{
	const char *word = conn_state_word(value);
	size_t bytes = word != NULL ? strlen(word) : 0;

	if (word == NULL)
		return json_word_put(at, NULL, 0, value);
	*at++ = '"';
	memcpy(at, word, bytes);
	at += bytes;
	*at++ = '"';
	*at++ = ',';
	return at;
}

#endif
