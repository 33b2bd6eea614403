/*
 * Lines through the queue, from one thread to another: in order, whole, and each one either taken
 * or counted as dropped.
 */
#include "output/line_queue.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 200000, CHUNK_LINES = 7, ROOM_BYTES = 64 * 1024 };

struct taker {
	struct line_queue *queue;
	uint64_t lines, until; /* takes so many lines and then no more */
	uint64_t last;         /* number of the latest */
	bool wrong;
};

static void take_line(struct taker *taker, const char *line)
{
	uint64_t number = strtoull(line, NULL, 10);

	taker->wrong |= number <= taker->last;
	taker->last = number;
	taker->lines++;
}

static void *take_all(void *context)
{
	struct taker *taker = context;
	const char *lines = "";
	size_t size = 0;

	while (taker->lines < taker->until && line_queue_take(taker->queue, &lines, &size)) {
		taker->wrong |= size > 0 && lines[size - 1] != '\n';
		for (const char *at = lines; at < lines + size; at = strchr(at, '\n') + 1)
			take_line(taker, at);
		size = 0;
	}
	line_queue_close(taker->queue, lines, size);
	return NULL;
}

/* Numbered lines, several at a time; returns how many. */
static uint64_t put_all(struct line_queue *queue)
{
	uint64_t number = 0;
	bool open = true;

	while (open && number < LINES) {
		char chunk[CHUNK_LINES * 32];
		size_t size = 0;

		for (unsigned i = 0; i < CHUNK_LINES; i++)
			size += (size_t)snprintf(chunk + size, sizeof(chunk) - size,
						 "%" PRIu64 " and more\n", ++number);
		open = line_queue_put(queue, chunk, size);
	}
	return number;
}

/* All lines with this policy, of which the taker takes so many; false if one is missing. */
static bool run(const char *name, enum line_policy policy, uint64_t until)
{
	struct taker taker = {.queue = line_queue_create(ROOM_BYTES, policy), .until = until};
	struct line_counts counts;
	pthread_t thread;
	uint64_t made;
	bool right;

	if (taker.queue == NULL || pthread_create(&thread, NULL, take_all, &taker) != 0)
		return false;
	made = put_all(taker.queue);
	line_queue_end(taker.queue);
	right = line_queue_wait(taker.queue);
	pthread_join(thread, NULL);
	line_queue_count(taker.queue, &counts);
	line_queue_destroy(taker.queue);
	printf("%s: %" PRIu64 " made, %" PRIu64 " taken, %" PRIu64 " dropped\n", name, made,
	       taker.lines, counts.dropped);
	right = right && !taker.wrong && counts.waiting_bytes == 0;
	if (until < LINES) /* what is put in after the end is neither */
		return right && taker.lines >= until && taker.lines + counts.dropped <= made;
	return right && taker.lines + counts.dropped == made &&
	       (policy == LINES_DROP || counts.dropped == 0);
}

int main(void)
{
	bool right = run("waiting", LINES_WAIT, UINT64_MAX);

	right = run("waiting a while", LINES_WAIT_A_WHILE, UINT64_MAX) && right;
	right = run("dropping", LINES_DROP, UINT64_MAX) && right;
	right = run("closed early", LINES_WAIT, 1000) && right;
	return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
