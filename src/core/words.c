#include "core/words.h"

#define WORD_TEXT(PREFIX, ID, word) word,
#define WORD_FUNCTION(name, PREFIX)                                                                \
	const char *name##_word(unsigned value)                                                    \
	{                                                                                          \
		static const char *const words[] = {PREFIX##_WORDS(WORD_TEXT)};                    \
		return value < PREFIX##_COUNT ? words[value] : NULL;                               \
	}
WORD_LISTS(WORD_FUNCTION)
