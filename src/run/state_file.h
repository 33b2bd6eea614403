/*
 * The file that a run's state is kept in: read whole before any of it is believed, and replaced as
 * a whole, so that whatever happens either the old state is there or the new one.
 *
 * Magic bytes come first and a SHA-256 of all before it last. Between them stands what the caller
 * writes.
 */
#ifndef TCPBYE_STATE_FILE_H
#define TCPBYE_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state_file;

enum { STATE_FILE_ERROR_MAX = 512 };

enum state_file_found {
	STATE_FILE_NEW,     /* there is none yet */
	STATE_FILE_FOUND,   /* its bytes are as they were written */
	STATE_FILE_DAMAGED, /* they are not, or it is no such file */
	STATE_FILE_FAILED,  /* it cannot be read, or there is no memory */
};

/*
 * Opens the file, if it is there, and its directory; the path stays the caller's. NULL and a
 * sentence in `error` with STATE_FILE_DAMAGED and STATE_FILE_FAILED.
 */
struct state_file *state_file_open(const char *path, enum state_file_found *found,
				   char error[STATE_FILE_ERROR_MAX]);
/* Waits for what is being saved. */
void state_file_close(struct state_file *file);

/* Up to `room` of the bytes that were found, in their order; 0: there are no more. */
size_t state_file_read(void *file, uint8_t *bytes, size_t room);

/* Begins to write a new file beside the old one. False with errno set; then, and when
 * state_file_write() fails, nothing was changed. */
bool state_file_begin(struct state_file *file);
bool state_file_write(void *file, const uint8_t *bytes, size_t count);

/* Gives up what was begun. */
void state_file_abandon(struct state_file *file);

/* Puts the new file in the place of the old one, once the disk has it. False with errno set. */
bool state_file_replace(struct state_file *file);

/*
 * The same on a thread of its own, since a disk may take seconds. What became of it is told by
 * state_file_finish(), which is to be called before anything else is begun.
 */
bool state_file_replace_later(struct state_file *file);

/* True unless something is still being replaced. */
bool state_file_is_idle(struct state_file *file);

/* Waits for what is being replaced; false with errno set where that failed. */
bool state_file_finish(struct state_file *file);

#endif
