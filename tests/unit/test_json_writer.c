/*
 * The values that the JSON writer puts eight characters or two digits at a time, against what a
 * plain way of doing the same says.
 */
#include "sink/json_writer.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static void expect_digits(uint64_t value)
{
	char expected[32], written[32] = "";

	snprintf(expected, sizeof expected, "%" PRIu64,
		 value > WRITER_INTEGER_MAX ? WRITER_INTEGER_MAX : value);
	*writer_digits(written, value) = '\0';
	cr_assert_str_eq(written, expected);
}

Test(json_writer, integers_of_every_length)
{
	for (uint64_t power = 1; power < WRITER_INTEGER_MAX; power *= 10) {
		expect_digits(power - 1);
		expect_digits(power);
		expect_digits(power + power / 3);
		expect_digits(power * 9);
	}
	expect_digits(WRITER_INTEGER_MAX);
	expect_digits(WRITER_INTEGER_MAX + 1);
	expect_digits(UINT64_MAX);
}

Test(json_writer, fixed_digits_are_the_last_ones)
{
	char written[16] = "";

	*writer_fixed_digits(written, 6, 1234) = '\0';
	cr_assert_str_eq(written, "001234");
	*writer_fixed_digits(written, 9, UINT64_C(7000000056)) = '\0';
	cr_assert_str_eq(written, "000000056");
	*writer_fixed_digits(written, 1, 42) = '\0';
	cr_assert_str_eq(written, "2");
}

/* What a JSON reader makes of the string that was written. */
static void expect_read_back(const char *value)
{
	struct writer writer = {.bytes = NULL};
	json_t *tree;

	writer_begin_array(&writer, NULL);
	writer_string(&writer, NULL, value);
	writer_end_array(&writer);
	writer_end_value(&writer);
	cr_assert(!writer.failed);
	tree = json_loadb(writer.bytes, writer.length, 0, NULL);
	cr_assert_not_null(tree, "%.*s", (int)writer.length, writer.bytes);
	cr_assert_str_eq(json_string_value(json_array_get(tree, 0)), value);
	json_decref(tree);
	free(writer.bytes);
}

Test(json_writer, every_character_at_every_place)
{
	for (unsigned character = 1; character < 0x100; character++) {
		char utf8[3] = {(char)character};

		if (character >= 0x80) {
			utf8[0] = (char)(0xc0 | character >> 6);
			utf8[1] = (char)(0x80 | (character & 0x3f));
		}
		for (int before = 0; before < 17; before++) {
			char value[40];

			snprintf(value, sizeof value, "%.*s%s%.*s", before, "abcdefghijklmnopq",
				 utf8, 17 - before, "ABCDEFGHIJKLMNOPQ");
			expect_read_back(value);
		}
	}
}

Test(json_writer, bytes_that_are_no_text_are_replaced)
{
	struct writer writer = {.bytes = NULL};

	writer_string(&writer, NULL,
		      "12345678\xff"
		      "90");
	cr_assert_eq(writer.length, 16);
	cr_assert_arr_eq(writer.bytes,
			 "\"12345678\xef\xbf\xbd"
			 "90\",",
			 16);
	free(writer.bytes);
}
