/*
 * Whole lines on their way from the thread that makes them to the one that writes them.
 *
 * There is room for so many bytes and no more. Whether what finds none waits or is dropped is the
 * maker's choice; lines are dropped whole, the newest, and counted.
 */
#ifndef TCPBYE_LINE_QUEUE_H
#define TCPBYE_LINE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_queue;

/* What becomes of lines that find no room. */
enum line_policy {
	LINES_WAIT,
	LINES_WAIT_A_WHILE, /* until none has been taken for 10 s; then LINES_DROP */
	LINES_DROP,
};

/* NULL with errno set when there is no memory. */
struct line_queue *line_queue_create(size_t room_bytes, enum line_policy policy);
void line_queue_destroy(struct line_queue *queue);

/* The maker's side. */

/* Puts whole lines in; false if nobody takes them any more. */
bool line_queue_put(struct line_queue *queue, const char *lines, size_t size_bytes);
void line_queue_set_policy(struct line_queue *queue, enum line_policy policy);

/* Lets the taker come back, if it waits, without lines. */
void line_queue_wake(struct line_queue *queue);

/* No more lines will be put in. */
void line_queue_end(struct line_queue *queue);

/* Waits until the taker has closed the queue; false if for 10 s it has taken nothing. */
bool line_queue_wait(struct line_queue *queue);

/* The taker's side. */

/* Waits for lines, which stay until the next call; there may be none after line_queue_wake().
 * False: there will be no more. */
bool line_queue_take(struct line_queue *queue, const char **lines, size_t *size_bytes);

/* Nothing is taken any more; these lines, taken before, have got nowhere. */
void line_queue_close(struct line_queue *queue, const char *lines, size_t size_bytes);

struct line_counts {
	uint64_t dropped; /* lines */
	uint64_t waiting_bytes, room_bytes;
};

void line_queue_count(struct line_queue *queue, struct line_counts *counts);

#endif
