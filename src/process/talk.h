/*
 * What is said to people on standard error: errors, warnings, notes.
 *
 * Each is one line that begins with the program's name. Control characters, which the name of a
 * file may hold, are written as \xNN, so that no capture can play with somebody's terminal.
 */
#ifndef TCPBYE_TALK_H
#define TCPBYE_TALK_H

#include "process/progress.h"

struct talk {
	unsigned quiet;            /* 1: no warnings; 2: no errors either */
	unsigned verbose;          /* 1: notes too */
	struct progress *progress; /* hidden before anything is said */
};

__attribute__((format(printf, 2, 3))) void talk_error(const struct talk *talk, const char *format,
						      ...);
__attribute__((format(printf, 2, 3))) void talk_warning(const struct talk *talk, const char *format,
							...);
__attribute__((format(printf, 2, 3))) void talk_note(const struct talk *talk, const char *format,
						     ...);

#endif
