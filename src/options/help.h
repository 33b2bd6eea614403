/*
 * The options as a page for the terminal, made from the table.
 */
#ifndef TCPBYE_OPTIONS_HELP_H
#define TCPBYE_OPTIONS_HELP_H

#include <stdio.h>

enum { HELP_COLUMNS = 80 };

/* Writes the page, group after group; whether that went well, ferror() of the output says. */
void help_write(FILE *output);

#endif
