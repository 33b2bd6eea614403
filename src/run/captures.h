/*
 * Which captures a run reads: those that were named, of a directory each capture in it, and what a
 * pattern stands for that no shell has expanded.
 */
#ifndef TCPBYE_CAPTURES_H
#define TCPBYE_CAPTURES_H

#include "process/talk.h"

/* The names in the order in which they were given, those of a directory or a pattern by name. */
struct captures {
	char **name;
	unsigned count, room;
};

/*
 * Finds the captures; notes tell which files of a directory are none. A directory in which there is
 * none, or that cannot be read, keeps its own name, and so does a pattern (glob(7)) for which there
 * is no file; opening that tells why. A file whose name looks like a pattern is that file. Returns
 * an exit status: not 0, with the reason told, if there are too many or memory is short.
 * captures_free() in any case.
 */
int captures_find(struct captures *captures, const char *const *given, unsigned count,
		  const struct talk *talk);
void captures_free(struct captures *captures);

#endif
