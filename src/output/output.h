/*
 * Where the records go: standard output or a file.
 *
 * Whole lines leave in one piece: what is buffered is cut only behind a newline. A terminal gets
 * each line at once. Once its thread has been started, whoever makes records never waits for
 * whoever reads them: what finds no room is dropped by the line, and counted; only a file on a disk
 * is waited for.
 */
#ifndef TCPBYE_OUTPUT_H
#define TCPBYE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "output/outlet.h"

struct output;

struct output_counts {
	uint64_t lines;   /* made */
	uint64_t bytes;   /* written */
	uint64_t errors;  /* of writing and of opening again */
	uint64_t dropped; /* lines */
	uint64_t waiting_bytes, room_bytes;
};

/* Opens the file, or standard output if `path`, which stays the caller's, is NULL. NULL with errno
 * set when that fails. */
struct output *output_open(const char *path, enum outlet_beginning beginning);

/* What may be dropped: of a document nothing can be left out. */
enum output_loss { OUTPUT_MAY_DROP, OUTPUT_KEEPS_ALL };

/* From here on a thread writes. False with errno set when there is none to be had. */
bool output_start_thread(struct output *output, enum output_loss loss);

/* No packet waits any more: what finds no room waits, as long as the reader goes on reading. */
void output_settle(struct output *output);

/* Writes what is left and closes; false with errno set when that, or any write before it, failed:
 * ETIMEDOUT where the reader has stopped reading. `counts` tells what became of all. */
bool output_close(struct output *output, struct output_counts *counts);

/* Closes the file and opens what bears its name now. What fails is told by output_trouble(). */
void output_reopen(struct output *output);

/* The errno of the latest time that the file could not be opened again, once; 0: none. */
int output_trouble(struct output *output);

/* Stays the output's own. */
FILE *output_stream(struct output *output);

/* The errno of the first write that failed; 0: none did. */
int output_error(const struct output *output);

/* Its file descriptor, to ask what kind of file it is. */
int output_descriptor(const struct output *output);

void output_count(struct output *output, struct output_counts *counts);

#endif
