/*
 * The options as rows to read: what --help, the manual page and the parser's messages are made
 * from.
 */
#ifndef TCPBYE_OPTIONS_OPTION_TABLE_H
#define TCPBYE_OPTIONS_OPTION_TABLE_H

#define OPTION_GROUPS(G)                                                                           \
	G(INPUT, "Input")                                                                          \
	G(LIVE, "Live capture")                                                                    \
	G(OUTPUT, "Output")                                                                        \
	G(CONNECTIONS, "Connections")                                                              \
	G(LIMITS, "Limits")                                                                        \
	G(GENERAL, "General")

enum option_group {
#define OPTION_GROUP_CONSTANT(ID, title) OPTION_GROUP_##ID,
	OPTION_GROUPS(OPTION_GROUP_CONSTANT)
#undef OPTION_GROUP_CONSTANT
		OPTION_GROUP_COUNT
};

enum option_id {
#define OPTION(number, ID, name, letter, argument, group, standard, taker, field, help, man)       \
	OPTION_##ID,
#include "options/options.def"
	OPTION_ROWS
};

struct option_row {
	unsigned number; /* permanent */
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* as help and manual show it; NULL: takes none */
	enum option_group group;
	const char *standard; /* what holds when the option is not given; NULL: nothing, or the text
				 says */
	const char *help;
	const char *man;
};

/* The row of an id below OPTION_ROWS; NULL beyond. */
const struct option_row *option_row(unsigned id);

/* The title of a group below OPTION_GROUP_COUNT; NULL beyond. */
const char *option_group_title(unsigned group);

#endif
