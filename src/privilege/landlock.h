/*
 * Landlock: from here on this process opens nothing but what it has been allowed to.
 *
 * The kernel is asked what it knows, and everything that it knows is refused: what a rule does not
 * allow cannot be read, written or made, no TCP connection be made or awaited, no socket of an
 * abstract name reached and no other process be sent a signal. The C library has no names for the
 * system calls yet.
 */
#ifndef TCPBYE_LANDLOCK_H
#define TCPBYE_LANDLOCK_H

#include <stdbool.h>

enum landlock_use {
	LANDLOCK_READS,    /* what is in the directory, and below it */
	LANDLOCK_WRITES,   /* files in the directory, which may be made */
	LANDLOCK_REPLACES, /* the same, and files may be put in the place of others */
};

struct landlock_rule {
	const char *directory; /* NULL, or one that cannot be opened: no rule */
	enum landlock_use use;
};

/* The version of Landlock that the kernel has; 0: none. */
int landlock_version(void);

/* Refuses all but the rules to the calling thread and to those that it starts; the process must
 * have given up to gain privileges. False with errno set when that fails. */
bool landlock_confine(const struct landlock_rule *rules, unsigned count);

#endif
