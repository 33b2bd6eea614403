/*
 * Which captures a run reads: those that were named, and of a directory each capture in it.
 */
#ifndef TCPBYE_CAPTURES_H
#define TCPBYE_CAPTURES_H

#include "talk.h"

/* The names in the order in which they were given, those of a directory by name. */
struct captures {
	char **name;
	unsigned count, room;
};

/*
 * Finds the captures; notes tell which files of a directory are none. A directory in which there is
 * none, or that cannot be read, keeps its own name, and opening that tells why. Returns an exit
 * status: not 0, with the reason told, if there are too many or memory is short. captures_free()
 * in any case.
 */
int captures_find(struct captures *captures, const char *const *given, unsigned count,
		  const struct talk *talk);
void captures_free(struct captures *captures);

#endif
