#include "options/option_table.h"

#include <stddef.h>

static const struct option_row rows[] = {
#define OPTION(number, ID, name, letter, argument, group, standard, taker, field, help, man)       \
	{number, name, letter, argument, OPTION_GROUP_##group, standard, help, man},
#include "options/options.def"
};

static const char *const titles[] = {
#define OPTION_GROUP_TITLE(ID, title) title,
	OPTION_GROUPS(OPTION_GROUP_TITLE)
#undef OPTION_GROUP_TITLE
};

const struct option_row *option_row(unsigned id)
{
	return id < OPTION_ROWS ? &rows[id] : NULL;
}

const char *option_group_title(unsigned group)
{
	return group < OPTION_GROUP_COUNT ? titles[group] : NULL;
}
