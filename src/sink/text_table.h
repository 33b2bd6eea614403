/*
 * Small tables of text: columns as wide as their widest cell, numbers to the right.
 */
#ifndef TCPBYE_SINK_TEXT_TABLE_H
#define TCPBYE_SINK_TEXT_TABLE_H

#include "sink/text_out.h"
#include "sink/text_phrase.h"

enum { TABLE_ROWS_MAX = 24, TABLE_CELLS_MAX = 6, TABLE_INDENT = 2 };

struct text_table {
	const char *columns; /* a letter each: l left-aligned, r right-aligned, w words that may go
				on below */
	unsigned row_count;
	enum text_style style[TABLE_ROWS_MAX];
	struct phrase cell[TABLE_ROWS_MAX][TABLE_CELLS_MAX];
};

/* Empties the table. `columns` has at most TABLE_CELLS_MAX letters. */
void text_table_begin(struct text_table *table, const char *columns);

/* Adds a row of empty cells and lends them; the last row again when the table is full. */
struct phrase *text_table_row(struct text_table *table, enum text_style style);

/* Puts the heading and the rows below it; nothing where there are no rows. */
void text_table_put(struct text_out *out, const char *heading, const struct text_table *table);

#endif
