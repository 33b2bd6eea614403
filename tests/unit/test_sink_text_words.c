/*
 * The text report's smallest pieces: numbers, times, names from outside, lines that keep to a
 * width.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/text_out.h"
#include "sink/text_phrase.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(sink_text_words, durations)
{
	static const struct {
		int64_t ns;
		const char *words;
	} cases[] = {
		{INT64_MIN, "0 s"},
		{-1, "0 s"},
		{0, "0 s"},
		{1, "1 ns"},
		{999, "999 ns"},
		{1000, "1.00 us"},
		{99999, "99.9 us"},
		{999999, "999 us"},
		{1000000, "1.00 ms"},
		{12345678, "12.3 ms"},
		{999999999, "999 ms"},
		{1000000000, "1.00 s"},
		{59999999999, "59.9 s"},
		{60000000000, "1 m 00 s"},
		{3599000000000, "59 m 59 s"},
		{3600000000000, "1 h 00 m"},
		{86399000000000, "23 h 59 m"},
		{86400000000000, "1 d 00 h"},
		{INT64_MAX, "106751 d 23 h"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct phrase phrase;

		cr_assert_str_eq(phrase_duration(&phrase, cases[i].ns, TEXT_ASCII), cases[i].words);
	}
}

Test(sink_text_words, times_of_all_centuries)
{
	struct phrase phrase;

	cr_assert_str_eq(phrase_date(&phrase, 0), "1970-01-01");
	cr_assert_str_eq(phrase_clock(&phrase, 0), "00:00:00.000");
	cr_assert_str_eq(phrase_date(&phrase, -1), "1969-12-31");
	cr_assert_str_eq(phrase_clock(&phrase, -1), "23:59:59.999");
	cr_assert_str_eq(phrase_date(&phrase, INT64_MAX), "2262-04-11");
	cr_assert_str_eq(phrase_clock(&phrase, INT64_MAX), "23:47:16.854");
	cr_assert_str_eq(phrase_date(&phrase, INT64_MIN), "1677-09-21");
	cr_assert_str_eq(phrase_clock(&phrase, INT64_MIN), "00:12:43.145");
}

Test(sink_text_words, numbers)
{
	struct phrase phrase;

	cr_assert_str_eq(phrase_number(&phrase, 0), "0");
	cr_assert_str_eq(phrase_number(&phrase, 999), "999");
	cr_assert_str_eq(phrase_number(&phrase, 1000), "1,000");
	cr_assert_str_eq(phrase_number(&phrase, UINT64_MAX), "18,446,744,073,709,551,615");
	cr_assert_str_eq(phrase_count(&phrase, 1, "frame"), "1 frame");
	cr_assert_str_eq(phrase_count(&phrase, 1234, "frame"), "1,234 frames");
}

/* RFC 9293, 3.3.2 writes states in capitals, with hyphens. */
Test(sink_text_words, states)
{
	struct phrase phrase;

	cr_assert_str_eq(phrase_state(&phrase, STATE_FIN_WAIT_1), "FIN-WAIT-1");
	cr_assert_str_eq(phrase_state(&phrase, STATE_TIME_WAIT), "TIME-WAIT");
	cr_assert_str_eq(phrase_state(&phrase, STATE_CLOSED), "CLOSED");
	cr_assert_str_eq(phrase_state(&phrase, STATE_NULL), "unknown");
}

Test(sink_text_words, phrases_never_overflow)
{
	struct phrase phrase;

	phrase_set(&phrase, "");
	for (unsigned i = 0; i < 2 * PHRASE_MAX; i++)
		phrase_append(&phrase, "xyz");
	cr_assert_eq(strlen(phrase.text), PHRASE_MAX - 1);
}

Test(sink_text_words, names_from_outside)
{
	static const struct {
		const char *name, *in_unicode, *in_ascii;
	} cases[] = {
		{"plain name.pcap", "plain name.pcap", "plain name.pcap"},
		{"", "", ""},
		{"tab\tbell\a\x7f", "tab\\x09bell\\x07\\x7f", "tab\\x09bell\\x07\\x7f"},
		{"fl\xc3\xbc\xc3\x9f", "fl\xc3\xbc\xc3\x9f", "fl\\xc3\\xbc\\xc3\\x9f"},
		{"\xc2\x9b"
		 "31m",
		 "\\xc2\\x9b31m", "\\xc2\\x9b31m"}, /* C1 control */
		{"\xc0\x80\xed\xa0\x80", "\\xc0\\x80\\xed\\xa0\\x80", "\\xc0\\x80\\xed\\xa0\\x80"},
		{"cut\xe2\x82", "cut\\xe2\\x82", "cut\\xe2\\x82"},
		{"\xe2\x80\xae"
		 "fdp",
		 "\\xe2\\x80\\xaefdp", "\\xe2\\x80\\xaefdp"}, /* right to left */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char safe[128];

		text_escape(&(struct text_out){.charset = TEXT_UNICODE}, cases[i].name, safe,
			    sizeof(safe));
		cr_assert_str_eq(safe, cases[i].in_unicode);
		text_escape(&(struct text_out){.charset = TEXT_ASCII}, cases[i].name, safe,
			    sizeof(safe));
		cr_assert_str_eq(safe, cases[i].in_ascii);
	}
}

/* However small the room: no byte beyond it, no character in halves, and a mark where something was
 * cut. */
Test(sink_text_words, long_names_are_cut_visibly)
{
	static const char name[] = "abc\xc3\xbc\x01"
				   "def";
	static const char *const by_room[] = {
		[4] = "...",
		[5] = "a...",
		[6] = "ab...",
		[7] = "abc...",
		[8] = "abc...",
		[9] = "abc\xc3\xbc...",
		[12] = "abc\xc3\xbc...",
		[13] = "abc\xc3\xbc\\x01def",
		[14] = "abc\xc3\xbc\\x01def",
	};

	for (size_t room = 4; room < sizeof(by_room) / sizeof(by_room[0]); room++) {
		char safe[16];

		if (by_room[room] == NULL)
			continue;
		memset(safe, '#', sizeof(safe));
		text_escape(&(struct text_out){.charset = TEXT_UNICODE}, name, safe, room);
		cr_assert_str_eq(safe, by_room[room]);
		cr_assert_eq(safe[room], '#', "nothing is written beyond the room");
	}
}

static char *write_words(unsigned columns, unsigned indent, const char *words)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);
	struct text_out out = {.file = file, .columns = columns, .indent = indent};

	cr_assert_not_null(file);
	text_words(&out, "", TEXT_PLAIN, words);
	text_end_line(&out);
	cr_assert_eq(fclose(file), 0);
	return text;
}

Test(sink_text_words, words_keep_to_the_width)
{
	char *text = write_words(10, 2, "one two three  four incomprehensible x");

	cr_assert_str_eq(text, "one two\n  three\n  four\n  incomprehensible\n  x\n", "%s", text);
	free(text);
	text = write_words(7, 0, "one two");
	cr_assert_str_eq(text, "one two\n", "%s", text);
	free(text);
}

/* A word beyond every bound is written in full all the same. */
Test(sink_text_words, endless_word)
{
	char word[5000];
	char *text;

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	text = write_words(80, 2, word);
	unsigned count = 0;
	for (const char *at = text; *at != '\0'; at++)
		count += *at == 'x';
	cr_assert_eq(count, sizeof(word) - 1);
	free(text);
}
