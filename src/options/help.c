#include "options/help.h"

#include "options/option_table.h"

#include <stddef.h>
#include <string.h>

enum { TEXT_COLUMN = 35 };

/* Writes words from column TEXT_COLUMN on, in as many lines as they need; the first line has been
 * begun. */
static void write_wrapped(const char *text, const char *standard, FILE *output)
{
	char whole[256];
	int column = TEXT_COLUMN;

	if (standard != NULL)
		snprintf(whole, sizeof(whole), "%s [%s]", text, standard);
	else
		snprintf(whole, sizeof(whole), "%s", text);
	for (const char *at = whole; *at != '\0';) {
		int length = (int)strcspn(at, " ");

		if (column > TEXT_COLUMN && column + 1 + length > HELP_COLUMNS) {
			fprintf(output, "\n%*s", TEXT_COLUMN, "");
			column = TEXT_COLUMN;
		}
		column += fprintf(output, column > TEXT_COLUMN ? " %.*s" : "%.*s", length, at);
		at += length + (at[length] == ' ');
	}
	putc('\n', output);
}

static void write_row(const struct option_row *row, FILE *output)
{
	int column;

	column = row->letter != 0 ? fprintf(output, "  -%c, ", row->letter)
				  : fprintf(output, "      ");
	column += fprintf(output, "--%s", row->name);
	if (row->argument != NULL)
		column += fprintf(output, " %s", row->argument);
	if (column + 2 > TEXT_COLUMN)
		fprintf(output, "\n%*s", TEXT_COLUMN, "");
	else
		fprintf(output, "%*s", TEXT_COLUMN - column, "");
	write_wrapped(row->help, row->standard, output);
}

void help_write(FILE *output)
{
	fputs("usage: tcpbye [options] FILE...\n"
	      "       tcpbye [options] -r FILE [filter expression]\n"
	      "       tcpbye [options] -i IF [filter expression]\n"
	      "Tells from captured packets how each TCP connection ended, and why.\n",
	      output);
	for (unsigned group = 0; group < OPTION_GROUP_COUNT; group++) {
		fprintf(output, "\n%s:\n", option_group_title(group));
		for (unsigned id = 0; id < OPTION_ROWS; id++)
			if (option_row(id)->group == group)
				write_row(option_row(id), output);
	}
	fputs("\nA DURATION is 90s, 3ms or 2h; a SIZE is 256M or 2G.\n"
	      "Exit status: 0 done, 1 a capture or the output failed, 2 usage or filter error,\n"
	      "3 a capture is cut or damaged, 4 see --fail-on. More in tcpbye(1).\n",
	      output);
}
