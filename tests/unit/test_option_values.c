/* Durations, sizes and counts as people write them, and the nearest right word to a misspelt one.
 */
#include "options/suggest.h"
#include "options/values.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

Test(values, durations)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"0", 0},
		{"1", 1000000000},
		{"90s", INT64_C(90000000000)},
		{"3ms", 3000000},
		{"500us", 500000},
		{"7ns", 7},
		{"1m", INT64_C(60000000000)},
		{"2h", INT64_C(7200000000000)},
		{"1d", INT64_C(86400000000000)},
		{"3650d", VALUE_DURATION_MAX_NS},
	};
	static const char *const malformed[] = {"",   "s",    "-1s", "+1",   "1.5s", "1 s",
						"1S", "1sec", " 1",  "0x10", "1e3"};
	static const char *const too_large[] = {"3651d", "9223372036854775807",
						"18446744073709551616ns",
						"99999999999999999999999999d"};
	int64_t ns;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(value_duration(cases[i].text, &ns), VALUE_OK, "%s", cases[i].text);
		cr_expect_eq(ns, cases[i].ns, "%s", cases[i].text);
	}
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		cr_expect_eq(value_duration(malformed[i], &ns), VALUE_MALFORMED, "%s",
			     malformed[i]);
	for (size_t i = 0; i < sizeof(too_large) / sizeof(too_large[0]); i++)
		cr_expect_eq(value_duration(too_large[i], &ns), VALUE_TOO_LARGE, "%s",
			     too_large[i]);
}

Test(values, sizes_and_counts)
{
	uint64_t value;

	cr_expect_eq(value_size("1024", &value), VALUE_OK);
	cr_expect_eq(value, 1024);
	cr_expect_eq(value_size("2G", &value), VALUE_OK);
	cr_expect_eq(value, UINT64_C(2) << 30);
	cr_expect_eq(value_size("16777215T", &value), VALUE_OK);
	cr_expect_eq(value, UINT64_C(16777215) << 40);
	cr_expect_eq(value_size("16777216T", &value), VALUE_TOO_LARGE);
	cr_expect_eq(value_size("2g", &value), VALUE_MALFORMED);
	cr_expect_eq(value_count("18446744073709551615", &value), VALUE_OK);
	cr_expect_eq(value, UINT64_MAX);
	cr_expect_eq(value_count("18446744073709551616", &value), VALUE_TOO_LARGE);
	cr_expect_eq(value_count("18446744073709551616x", &value), VALUE_MALFORMED);
	cr_expect_eq(value_count("", &value), VALUE_MALFORMED);
}

Test(suggest, distances)
{
	char longest[SUGGEST_WORD_MAX + 2];

	cr_expect_eq(suggest_distance("", ""), 0);
	cr_expect_eq(suggest_distance("", "abc"), 3);
	cr_expect_eq(suggest_distance("abc", ""), 3);
	cr_expect_eq(suggest_distance("format", "format"), 0);
	cr_expect_eq(suggest_distance("formt", "format"), 1);
	cr_expect_eq(suggest_distance("fromat", "format"), 1);
	cr_expect_eq(suggest_distance("kitten", "sitting"), 3);
	cr_expect_eq(suggest_distance("ca", "abc"), 3);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect_eq(suggest_distance(longest, "a"), UINT_MAX);
	cr_expect_eq(suggest_distance(longest + 1, ""), SUGGEST_WORD_MAX);
}

Test(suggest, the_nearest_word_but_not_a_far_one)
{
	static const char *const words[] = {"flow", "anomaly", "state", "stats", "summary"};

	cr_expect_str_eq(suggest_word("flwo", words, 5), "flow");
	cr_expect_str_eq(suggest_word("statz", words, 5), "state");
	cr_expect_str_eq(suggest_word("sumary", words, 5), "summary");
	cr_expect_str_eq(suggest_word("sum", words, 5), "summary");
	cr_expect_null(suggest_word("xyz", words, 5));
	cr_expect_null(suggest_word("", words, 5));
}
