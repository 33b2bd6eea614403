#include "catalogue/catalogue.h"

#include "catalogue/page.h"
#include "core/anomaly.h"

#include <string.h>

enum { MARGIN = 4 };

/* A page being set: where its text goes, and how wide it may be. */
struct setting {
	FILE *output;
	int columns;
};

/* Sets `length` characters as a paragraph whose first line has `mark` in the margin. */
static void set_paragraph(const struct setting *setting, const char *mark, const char *text,
			  size_t length)
{
	const char *end = text + length;
	int column = fprintf(setting->output, "%*s%s", MARGIN, "", mark);
	int begin = column;

	while (text < end) {
		size_t rest = (size_t)(end - text);
		size_t word = strcspn(text, " \n");

		if (word > rest)
			word = rest;
		if (column > begin && column + 1 + (int)word > setting->columns) {
			fprintf(setting->output, "\n%*s", begin, "");
			column = begin;
		}
		column += fprintf(setting->output, column > begin ? " %.*s" : "%.*s", (int)word,
				  text);
		text += word + (word < rest);
	}
	putc('\n', setting->output);
}

/* Sets each line of a text on its own; commands stand as they are, to be copied. */
static void set_lines(const struct setting *setting, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		if (strncmp(text, "$ ", 2) == 0)
			fprintf(setting->output, "%*s%.*s\n", 2 * MARGIN, "", (int)length, text);
		else
			set_paragraph(setting, "* ", text, length);
		text += length + (text[length] == '\n');
	}
}

static void set_title(const struct setting *setting, const char *title)
{
	fprintf(setting->output, "\n%s\n", title);
}

static void set_names(const struct setting *setting, const char *tool, const char *names)
{
	if (names == NULL)
		return;
	set_paragraph(setting, tool, names, strlen(names));
}

static void set_elsewhere(const struct setting *setting, const struct anomaly_row *row)
{
	set_title(setting, "RULE, AND NAMES ELSEWHERE");
	set_names(setting, "Rule       ", row->source);
	set_names(setting, "Suricata   ", row->suricata);
	set_names(setting, "Zeek       ", row->zeek);
	set_names(setting, "Wireshark  ", row->wireshark);
}

bool catalogue_explain(unsigned id, unsigned columns, FILE *output)
{
	const struct setting setting = {.output = output, .columns = (int)columns};
	const struct anomaly_row *row = anomaly_row(id);
	const struct anomaly_page *page = anomaly_page(id);

	fprintf(output, "%s  (%s, number %u)\n\n", row->id, severity_word(row->severity),
		row->number);
	set_paragraph(&setting, "", row->message, strlen(row->message));
	set_title(&setting, "WHAT WAS SEEN");
	set_paragraph(&setting, "", page->seen, strlen(page->seen));
	set_title(&setting, "LIKELY CAUSES");
	set_lines(&setting, page->causes);
	set_title(&setting, "WHAT TO DO");
	set_paragraph(&setting, "", row->advice, strlen(row->advice));
	set_lines(&setting, page->checks);
	set_title(&setting, "HOW SURE, AND WHAT IT IS NOT");
	set_paragraph(&setting, "", page->limits, strlen(page->limits));
	set_elsewhere(&setting, row);
	return fflush(output) == 0 && !ferror(output);
}
