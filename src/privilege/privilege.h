/*
 * What the program may no longer do, once everything is open and before the first packet is looked
 * at: packets come from anybody.
 *
 * As root it becomes another user. It loses all capabilities, also where CAP_NET_RAW was all that
 * it had: nothing that comes later needs them. It can gain none by executing anything, opens no
 * file but what it writes (Landlock), and is refused the system calls by which an intruder would go
 * on (seccomp). Threads inherit all this: it is done before any is started.
 */
#ifndef TCPBYE_PRIVILEGE_H
#define TCPBYE_PRIVILEGE_H

#include <stdbool.h>

enum { PRIVILEGE_TEXT_MAX = 256 };

enum privilege_sandbox { PRIVILEGE_SANDBOX, PRIVILEGE_NO_SANDBOX };

struct privilege_plan {
	const char *user; /* NULL: nobody, if this is root */
	enum privilege_sandbox sandbox;
	const char *output;       /* a file that may be opened again; NULL: none */
	int output_fd;            /* what was made for root is given to the user */
	const char *metrics_file; /* files that are replaced; NULL: none */
	const char *state;
	const char *temporary; /* a directory for temporary files; NULL: none */
};

/* What was done, as lines to be told. */
struct privilege_report {
	char error[PRIVILEGE_TEXT_MAX]; /* filled in when privilege_drop() fails */
	char user[PRIVILEGE_TEXT_MAX];  /* who the program runs as; empty: as before */
	char weak[PRIVILEGE_TEXT_MAX];  /* what could not be confined; empty: all was */
};

/* False with the report's error filled in when what was asked for cannot be done: then the program
 * must not go on. */
bool privilege_drop(const struct privilege_plan *plan, struct privilege_report *report);

#endif
