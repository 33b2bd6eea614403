#define _GNU_SOURCE /* memrchr() */

#include "output/line_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLICE_BYTES = 64 * 1024, PATIENCE_S = 10 };

struct buffer {
	char *bytes;
	size_t size, taken;
};

/* One buffer is filled while the other one is emptied. */
struct line_queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled, emptied;
	struct buffer buffer[2];
	unsigned filling;
	size_t room; /* of each */
	enum line_policy policy;
	bool woken, ended, closed;
	uint64_t takes, dropped;
};

static void make_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct line_queue *line_queue_create(size_t room_bytes, enum line_policy policy)
{
	struct line_queue *queue = calloc(1, sizeof(*queue));

	if (queue == NULL)
		return NULL;
	queue->room = room_bytes / 2;
	queue->policy = policy;
	queue->buffer[0].bytes = malloc(queue->room);
	queue->buffer[1].bytes = malloc(queue->room);
	pthread_mutex_init(&queue->mutex, NULL);
	make_condition(&queue->filled);
	make_condition(&queue->emptied);
	if (queue->buffer[0].bytes != NULL && queue->buffer[1].bytes != NULL)
		return queue;
	line_queue_destroy(queue);
	errno = ENOMEM;
	return NULL;
}

void line_queue_destroy(struct line_queue *queue)
{
	pthread_cond_destroy(&queue->filled);
	pthread_cond_destroy(&queue->emptied);
	pthread_mutex_destroy(&queue->mutex);
	free(queue->buffer[0].bytes);
	free(queue->buffer[1].bytes);
	free(queue);
}

static uint64_t count_lines(const char *bytes, size_t size)
{
	uint64_t lines = 0;

	for (const char *end = bytes + size; bytes < end; lines++) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));

		if (newline == NULL)
			break;
		bytes = newline + 1;
	}
	return lines;
}

static struct timespec patience_from_now(void)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE_S;
	return until;
}

/* Waits until something has been taken, or the taker has gone; false after PATIENCE_S. */
static bool wait_for_taker(struct line_queue *queue)
{
	struct timespec until = patience_from_now();
	uint64_t before = queue->takes;

	while (queue->takes == before && !queue->closed)
		if (pthread_cond_timedwait(&queue->emptied, &queue->mutex, &until) == ETIMEDOUT)
			return false;
	return true;
}

/* How many bytes of the lines have room now. A line that is longer than all room has its turn when
 * nothing else waits. */
static size_t fitting(const struct line_queue *queue, const char *lines, size_t size)
{
	size_t room = queue->room - queue->buffer[queue->filling].size;
	const char *newline;

	if (size <= room)
		return size;
	newline = memrchr(lines, '\n', room);
	return newline == NULL ? 0 : (size_t)(newline - lines) + 1;
}

static size_t put_what_fits(struct line_queue *queue, const char *lines, size_t size)
{
	struct buffer *buffer = &queue->buffer[queue->filling];
	size_t fits = fitting(queue, lines, size);

	if (fits == 0)
		return 0;
	memcpy(buffer->bytes + buffer->size, lines, fits);
	buffer->size += fits;
	pthread_cond_signal(&queue->filled);
	return fits;
}

/* No room is left; false if what is left over is to be dropped. */
static bool wait_for_room(struct line_queue *queue, size_t size)
{
	if (queue->policy == LINES_DROP ||
	    (size > queue->room && queue->buffer[queue->filling].size == 0))
		return false;
	if (wait_for_taker(queue) || queue->policy == LINES_WAIT)
		return true;
	queue->policy = LINES_DROP;
	return false;
}

bool line_queue_put(struct line_queue *queue, const char *lines, size_t size_bytes)
{
	bool open;

	pthread_mutex_lock(&queue->mutex);
	while (size_bytes > 0 && !queue->closed) {
		size_t put = put_what_fits(queue, lines, size_bytes);

		lines += put;
		size_bytes -= put;
		if (put == 0 && !wait_for_room(queue, size_bytes)) {
			queue->dropped += count_lines(lines, size_bytes);
			size_bytes = 0;
		}
	}
	open = !queue->closed;
	pthread_mutex_unlock(&queue->mutex);
	return open;
}

void line_queue_set_policy(struct line_queue *queue, enum line_policy policy)
{
	pthread_mutex_lock(&queue->mutex);
	queue->policy = policy;
	pthread_mutex_unlock(&queue->mutex);
}

void line_queue_wake(struct line_queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->woken = true;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->mutex);
}

void line_queue_end(struct line_queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->ended = true;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->mutex);
}

bool line_queue_wait(struct line_queue *queue)
{
	bool taken = true;

	pthread_mutex_lock(&queue->mutex);
	while (taken && !queue->closed)
		taken = wait_for_taker(queue);
	pthread_mutex_unlock(&queue->mutex);
	return taken;
}

/* Where to take from: the other buffer becomes the filled one when this is empty. */
static struct buffer *buffer_to_take(struct line_queue *queue)
{
	struct buffer *taking = &queue->buffer[1 - queue->filling];

	if (taking->taken < taking->size)
		return taking;
	taking->size = taking->taken = 0;
	if (queue->buffer[queue->filling].size == 0)
		return NULL;
	queue->filling = 1 - queue->filling;
	return &queue->buffer[1 - queue->filling];
}

bool line_queue_take(struct line_queue *queue, const char **lines, size_t *size_bytes)
{
	struct buffer *buffer;

	pthread_mutex_lock(&queue->mutex);
	queue->takes++;
	pthread_cond_broadcast(&queue->emptied);
	while ((buffer = buffer_to_take(queue)) == NULL && !queue->woken && !queue->ended)
		pthread_cond_wait(&queue->filled, &queue->mutex);
	queue->woken = false;
	*size_bytes = 0;
	if (buffer != NULL) {
		size_t left = buffer->size - buffer->taken;
		const char *newline;

		*lines = buffer->bytes + buffer->taken;
		newline = left > SLICE_BYTES ? memrchr(*lines, '\n', SLICE_BYTES) : NULL;
		*size_bytes = newline != NULL ? (size_t)(newline - *lines) + 1 : left;
		buffer->taken += *size_bytes;
	}
	pthread_mutex_unlock(&queue->mutex);
	return buffer != NULL || !queue->ended;
}

void line_queue_close(struct line_queue *queue, const char *lines, size_t size_bytes)
{
	pthread_mutex_lock(&queue->mutex);
	queue->closed = true;
	queue->dropped += count_lines(lines, size_bytes);
	for (unsigned i = 0; i < 2; i++) {
		struct buffer *buffer = &queue->buffer[i];

		queue->dropped +=
			count_lines(buffer->bytes + buffer->taken, buffer->size - buffer->taken);
		buffer->size = buffer->taken = 0;
	}
	pthread_cond_broadcast(&queue->emptied);
	pthread_mutex_unlock(&queue->mutex);
}

void line_queue_count(struct line_queue *queue, struct line_counts *counts)
{
	pthread_mutex_lock(&queue->mutex);
	*counts = (struct line_counts){
		.dropped = queue->dropped,
		.waiting_bytes = queue->buffer[0].size - queue->buffer[0].taken +
				 queue->buffer[1].size - queue->buffer[1].taken,
		.room_bytes = 2 * queue->room,
	};
	pthread_mutex_unlock(&queue->mutex);
}
