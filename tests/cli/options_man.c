/*
 * Prints the OPTIONS section of tcpbye(1) from the table of options.
 *
 * The manual page holds this text; a test compares the two, and update_man.sh puts it there.
 */
#include "options/option_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Text in which the dashes of an option's name must stay dashes when the page is set. */
static void print_text(const char *text)
{
	int in_option = 0;

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '-' && at[1] == '-' && (at == text || isspace((unsigned char)at[-1])))
			in_option = 1;
		else if (isspace((unsigned char)*at) || *at == ',')
			in_option = 0;
		if (*at == '-' && in_option)
			fputs("\\-", stdout);
		else
			putchar(*at);
	}
	putchar('\n');
}

/* Words to choose from stand as they are typed, everything else is a placeholder. */
static void print_argument(const char *argument)
{
	fputs(strpbrk(argument, "|") != NULL ? " Cm " : " Ar ", stdout);
	for (; *argument != '\0'; argument++) {
		if (*argument == '|')
			fputs(" | ", stdout);
		else
			putchar(*argument);
	}
}

static void print_row(const struct option_row *row)
{
	fputs(".It", stdout);
	if (row->letter != 0)
		printf(" Fl %c ,", row->letter);
	printf(" Fl Fl %s", row->name);
	if (row->argument != NULL)
		print_argument(row->argument);
	putchar('\n');
	print_text(row->man);
	if (row->standard != NULL)
		printf("The default is\n.Cm %s .\n", row->standard);
}

int main(void)
{
	puts(".Sh OPTIONS");
	for (unsigned group = 0; group < OPTION_GROUP_COUNT; group++) {
		printf(".Ss %s\n.Bl -tag -width Ds\n", option_group_title(group));
		for (unsigned id = 0; id < OPTION_ROWS; id++)
			if (option_row(id)->group == group)
				print_row(option_row(id));
		puts(".El");
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
