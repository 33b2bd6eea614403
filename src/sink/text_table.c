#include "sink/text_table.h"

#include <string.h>

enum { GAP = 2, BLANKS = 256 };

void text_table_begin(struct text_table *table, const char *columns)
{
	table->columns = columns;
	table->row_count = 0;
}

struct phrase *text_table_row(struct text_table *table, enum text_style style)
{
	unsigned row = table->row_count < TABLE_ROWS_MAX ? table->row_count++ : TABLE_ROWS_MAX - 1;

	table->style[row] = style;
	for (unsigned i = 0; i < TABLE_CELLS_MAX; i++)
		phrase_set(&table->cell[row][i], "");
	return table->cell[row];
}

static unsigned column_width(const struct text_table *table, unsigned column)
{
	unsigned widest = 0;

	for (unsigned row = 0; row < table->row_count; row++) {
		unsigned width = text_width(table->cell[row][column].text);

		widest = width > widest ? width : widest;
	}
	return widest;
}

static void put_cell(struct text_out *out, char kind, unsigned blank_count, enum text_style style,
		     const char *cell)
{
	char blanks[BLANKS + 1];
	unsigned begin = out->column + blank_count;

	memset(blanks, ' ', BLANKS);
	blanks[blank_count < BLANKS ? blank_count : BLANKS] = '\0';
	if (kind != 'w') {
		text_join(out, blanks, style, cell);
		return;
	}
	if (begin <= out->columns / 2)
		out->indent = begin;
	text_words(out, blanks, style, cell);
}

static void put_row(struct text_out *out, const struct text_table *table, unsigned row,
		    const unsigned width[TABLE_CELLS_MAX])
{
	unsigned blank_count = 0; /* owed before the next cell that says something */

	out->indent = 2 * TABLE_INDENT;
	text_tab(out, TABLE_INDENT);
	for (unsigned i = 0; table->columns[i] != '\0'; i++) {
		const char *cell = table->cell[row][i].text;
		unsigned pad = width[i] - text_width(cell);
		char kind = table->columns[i];

		blank_count += kind == 'r' ? pad : 0;
		if (*cell != '\0') {
			put_cell(out, kind, blank_count, table->style[row], cell);
			blank_count = 0;
		}
		blank_count += GAP + (kind == 'r' ? 0 : pad);
	}
	text_end_line(out);
}

void text_table_put(struct text_out *out, const char *heading, const struct text_table *table)
{
	unsigned width[TABLE_CELLS_MAX] = {0};

	if (table->row_count == 0)
		return;
	for (unsigned i = 0; table->columns[i] != '\0'; i++)
		width[i] = column_width(table, i);
	text_end_line(out);
	out->indent = TABLE_INDENT;
	text_words(out, "", TEXT_HEADING, heading);
	text_end_line(out);
	for (unsigned row = 0; row < table->row_count; row++)
		put_row(out, table, row, width);
}
