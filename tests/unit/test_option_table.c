/* That the table of options has one meaning for each name, and fits the page of --help. */
#define _POSIX_C_SOURCE 200809L

#include "core/profile.h"
#include "core/words.h"
#include "options/help.h"
#include "options/option_table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(table, numbers_names_and_letters_are_unique)
{
	for (unsigned a = 0; a < OPTION_ROWS; a++) {
		const struct option_row *row = option_row(a);

		cr_expect_gt(strlen(row->help), 0, "--%s", row->name);
		cr_expect_eq(row->man[strlen(row->man) - 1], '.', "--%s", row->name);
		for (unsigned b = 0; b < a; b++) {
			cr_expect_neq(row->number, option_row(b)->number, "--%s", row->name);
			cr_expect_str_neq(row->name, option_row(b)->name);
			cr_expect(row->letter == 0 || row->letter != option_row(b)->letter, "--%s",
				  row->name);
		}
	}
	cr_expect_null(option_row(OPTION_ROWS));
	cr_expect_null(option_group_title(OPTION_GROUP_COUNT));
}

/* The place of a word in an option's argument is its value: the order must be that of the core's
 * own list. */
Test(table, words_stand_in_the_order_of_their_values)
{
	char list[256] = "";

	for (unsigned i = 0; i < PROFILE_CUSTOM; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i > 0 ? "|" : "",
			 profile_word(i));
	cr_expect_str_eq(option_row(OPTION_PROFILE)->argument, list);
	list[0] = '\0';
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i > 0 ? "|" : "",
			 severity_word(i));
	cr_expect_str_eq(option_row(OPTION_FAIL_ON)->argument, list);
}

Test(help, names_every_option_in_80_columns_and_each_group_on_one_screen)
{
	char *page = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&page, &size);
	int group_lines = 0;

	help_write(memory);
	cr_assert_eq(fclose(memory), 0);
	for (unsigned id = 0; id < OPTION_ROWS; id++) {
		char name[64];

		snprintf(name, sizeof(name), "--%s", option_row(id)->name);
		cr_expect_not_null(strstr(page, name), "%s", name);
	}
	for (char *line = strtok(page, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		group_lines = line[0] == ' ' ? group_lines + 1 : 0;
		cr_expect_leq(strlen(line), HELP_COLUMNS, "%s", line);
		cr_expect_lt(group_lines, 24, "%s", line);
	}
	free(page);
}
