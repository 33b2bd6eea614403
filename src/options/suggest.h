/*
 * The nearest right word to a misspelt one.
 */
#ifndef TCPBYE_OPTIONS_SUGGEST_H
#define TCPBYE_OPTIONS_SUGGEST_H

#include <stddef.h>

enum { SUGGEST_WORD_MAX = 64 };

/*
 * Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other,
 * no character being touched twice. Longer words than SUGGEST_WORD_MAX are infinitely far away
 * (UINT_MAX).
 */
unsigned suggest_distance(const char *a, const char *b);

/*
 * The word that `typed` begins, or else the nearest to it, the first of several; NULL where none is
 * near enough to be what was meant: at most one slip in three characters.
 */
const char *suggest_word(const char *typed, const char *const *words, size_t word_count);

#endif
