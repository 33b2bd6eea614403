/*
 * Where lines leave the program: standard output or a file.
 *
 * Lines are written whole. Into a pipe no more is written at once than it has room for, so that not
 * even a program that is killed leaves half a line there; where a disk fills up in the middle of a
 * line, the line's beginning is taken back from the file. Lines longer than a pipe cannot be
 * helped.
 */
#ifndef TCPBYE_OUTLET_H
#define TCPBYE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

struct outlet;

enum outlet_beginning {
	OUTLET_EMPTIES, /* what the file holds is lost */
	OUTLET_APPENDS, /* behind what is there, on a line of its own */
};

/* Opens the file, which is made if it is not there; standard output if `path` is NULL. NULL with
 * errno set when that fails. The path stays the caller's. */
struct outlet *outlet_open(const char *path, enum outlet_beginning beginning);

/* False with errno set when that fails. */
bool outlet_close(struct outlet *outlet);

/*
 * Writes whole lines, waiting as long as it takes. Returns how many bytes of them are there, whole
 * lines; fewer than `size_bytes` with errno set when it fails. A file that somebody has removed is
 * made anew.
 */
size_t outlet_write(struct outlet *outlet, const char *lines, size_t size_bytes);

/* Closes the file and opens what bears its name now; false with errno set when that cannot be
 * opened, and then the old file stays. Standard output stays as well. */
bool outlet_reopen(struct outlet *outlet);

/* From another thread: waiting is over, and writing fails with ETIMEDOUT. */
void outlet_give_up(struct outlet *outlet);

/* True for a file on a disk, which never keeps anybody waiting for a reader. */
bool outlet_is_file(const struct outlet *outlet);

int outlet_descriptor(const struct outlet *outlet);

#endif
