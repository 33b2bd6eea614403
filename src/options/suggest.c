#include "options/suggest.h"

#include <limits.h>
#include <string.h>

/* From how many characters on the beginning of a word counts as that word. */
enum { SHORTEST_BEGINNING = 3 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* One row further down the table of distances between prefixes: `before[1]` is the row above,
 * `before[0]` that above it. */
static void next_row(const char *a, size_t i, const char *b, size_t b_length,
		     unsigned before[2][SUGGEST_WORD_MAX + 1], unsigned *row)
{
	row[0] = (unsigned)i;
	for (size_t j = 1; j <= b_length; j++) {
		unsigned change = before[1][j - 1] + (a[i - 1] != b[j - 1]);

		row[j] = least(change, least(before[1][j], row[j - 1]) + 1);
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
			row[j] = least(row[j], before[0][j - 2] + 1);
	}
}

unsigned suggest_distance(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	unsigned before[2][SUGGEST_WORD_MAX + 1] = {{0}};
	unsigned row[SUGGEST_WORD_MAX + 1];

	if (a_length > SUGGEST_WORD_MAX || b_length > SUGGEST_WORD_MAX)
		return UINT_MAX;
	for (size_t j = 0; j <= b_length; j++)
		before[1][j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		next_row(a, i, b, b_length, before, row);
		memcpy(before[0], before[1], sizeof(before[0]));
		memcpy(before[1], row, (b_length + 1) * sizeof(row[0]));
	}
	return before[1][b_length];
}

const char *suggest_word(const char *typed, const char *const *words, size_t word_count)
{
	const char *nearest = NULL;
	unsigned nearest_distance = (unsigned)(strlen(typed) + 2) / 3 + 1;

	for (size_t i = 0; i < word_count; i++) {
		unsigned distance = suggest_distance(typed, words[i]);

		if (strlen(typed) >= SHORTEST_BEGINNING &&
		    strncmp(words[i], typed, strlen(typed)) == 0)
			return words[i];
		if (distance < nearest_distance && distance < strlen(words[i])) {
			nearest = words[i];
			nearest_distance = distance;
		}
	}
	return nearest;
}
