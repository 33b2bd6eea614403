/*
 * Where the records go: standard output or a file.
 *
 * Whole lines leave in one piece. What is buffered is cut only behind a newline, so that a reader,
 * or whoever finds the file after the program was killed, sees no half line; where a disk fills up
 * in the middle of a line, that line's beginning is taken back from the file. A terminal gets each
 * line at once.
 */
#ifndef TCPBYE_OUTPUT_H
#define TCPBYE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output;

/* Opens, and empties, the file; standard output if `path` is NULL. NULL with errno set when that
 * fails. */
struct output *output_open(const char *path);

/* Writes what is left and closes; false with errno set when that, or any write before it, failed.
 */
bool output_close(struct output *output);

/* Stays the output's own. */
FILE *output_stream(struct output *output);

/* The errno of the first write that failed; 0: none did. */
int output_error(const struct output *output);

/* Its file descriptor, to ask what kind of file it is. */
int output_descriptor(const struct output *output);

#endif
