#define _GNU_SOURCE /* fopencookie(), memrchr() */

#include "output/output.h"

#include "output/line_queue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 64 * 1024,
	LINE_MAX_BYTES = 16 * 1024 * 1024, /* a longer line is let go in pieces */
	QUEUE_BYTES = 32 * 1024 * 1024,
};

struct output {
	FILE *stream;
	struct outlet *outlet;
	char *held; /* what ends without a newline */
	size_t held_bytes, capacity_bytes;
	uint64_t lines;
	char stream_buffer[BUFFER_BYTES];

	struct line_queue *queue; /* NULL without a thread */
	pthread_t thread;
	enum output_loss loss;
	atomic_bool reopens;

	/* What the thread tells. */
	atomic_int error, trouble;
	atomic_uint_fast64_t bytes, errors;
};

static bool fail(struct output *output, int error)
{
	int none = 0;

	atomic_fetch_add(&output->errors, 1);
	atomic_compare_exchange_strong(&output->error, &none, error);
	errno = error;
	return false;
}

static void reopen(struct output *output)
{
	if (!atomic_exchange(&output->reopens, false) || outlet_reopen(output->outlet))
		return;
	atomic_fetch_add(&output->errors, 1);
	atomic_store(&output->trouble, errno);
}

/* Returns how many bytes have been written; fewer than all when that failed. */
static size_t write_lines(struct output *output, const char *lines, size_t size)
{
	size_t written;

	reopen(output);
	written = outlet_write(output->outlet, lines, size);
	if (written < size)
		fail(output, errno);
	atomic_fetch_add(&output->bytes, written);
	return written;
}

static void *run_thread(void *context)
{
	struct output *output = context;
	const char *lines = "";
	size_t size = 0, written = 0;

	while (written == size && line_queue_take(output->queue, &lines, &size))
		written = write_lines(output, lines, size);
	line_queue_close(output->queue, lines + written, size - written);
	return NULL;
}

static bool hold(struct output *output, const char *bytes, size_t size)
{
	size_t needed_bytes = output->held_bytes + size;

	if (needed_bytes > output->capacity_bytes) {
		char *larger = realloc(output->held, 2 * needed_bytes);

		if (larger == NULL)
			return fail(output, ENOMEM);
		output->held = larger;
		output->capacity_bytes = 2 * needed_bytes;
	}
	memcpy(output->held + output->held_bytes, bytes, size);
	output->held_bytes = needed_bytes;
	return true;
}

static size_t whole_lines(const char *bytes, size_t size)
{
	const char *newline = memrchr(bytes, '\n', size);

	return newline == NULL ? 0 : (size_t)(newline - bytes) + 1;
}

static uint64_t count_newlines(const char *bytes, size_t size)
{
	uint64_t count = 0;

	for (const char *end = bytes + size;
	     (bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL; bytes++)
		count++;
	return count;
}

/* Lets the first `size` bytes that are held go. */
static bool let_go(struct output *output, size_t size)
{
	bool gone = true;

	if (size == 0)
		return true;
	output->lines += count_newlines(output->held, size);
	if (output->queue == NULL)
		gone = write_lines(output, output->held, size) == size;
	else if (!line_queue_put(output->queue, output->held, size))
		gone = false;
	output->held_bytes -= size;
	memmove(output->held, output->held + size, output->held_bytes);
	return gone;
}

/* What the stream calls with the bytes of its buffer. */
static ssize_t take_bytes(void *cookie, const char *bytes, size_t size)
{
	struct output *output = cookie;
	size_t ready_bytes;

	if (output_error(output) != 0) {
		errno = output_error(output);
		return 0;
	}
	if (!hold(output, bytes, size))
		return 0;
	ready_bytes = whole_lines(output->held, output->held_bytes);
	if (output->held_bytes - ready_bytes > LINE_MAX_BYTES)
		ready_bytes = output->held_bytes;
	if (let_go(output, ready_bytes))
		return (ssize_t)size;
	errno = output_error(output);
	return 0;
}

struct output *output_open(const char *path, enum outlet_beginning beginning)
{
	static const cookie_io_functions_t functions = {.write = take_bytes};
	struct output *output = calloc(1, sizeof(*output));

	if (output == NULL)
		return NULL;
	output->outlet = outlet_open(path, beginning);
	if (output->outlet != NULL)
		output->stream = fopencookie(output, "w", functions);
	if (output->stream == NULL) {
		int error = errno;

		if (output->outlet != NULL)
			outlet_close(output->outlet);
		free(output);
		errno = error;
		return NULL;
	}
	setvbuf(output->stream, output->stream_buffer,
		isatty(output_descriptor(output)) ? _IOLBF : _IOFBF, sizeof(output->stream_buffer));
	return output;
}

bool output_start_thread(struct output *output, enum output_loss loss)
{
	enum line_policy policy = loss == OUTPUT_KEEPS_ALL || outlet_is_file(output->outlet)
					  ? LINES_WAIT
					  : LINES_DROP;
	sigset_t all, before;
	int error;

	output->loss = loss;
	output->queue = line_queue_create(QUEUE_BYTES, policy);
	if (output->queue == NULL)
		return false;
	sigfillset(&all); /* signals are for the thread that captures */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&output->thread, NULL, run_thread, output);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		return true;
	line_queue_destroy(output->queue);
	output->queue = NULL;
	errno = error;
	return false;
}

void output_settle(struct output *output)
{
	if (output->queue != NULL && !outlet_is_file(output->outlet))
		line_queue_set_policy(output->queue, LINES_WAIT_A_WHILE);
}

/* A reader that has stopped reading does not keep the program from ending. */
static void end_thread(struct output *output)
{
	line_queue_end(output->queue);
	while (!line_queue_wait(output->queue))
		if (!outlet_is_file(output->outlet))
			outlet_give_up(output->outlet);
	pthread_join(output->thread, NULL);
}

bool output_close(struct output *output, struct output_counts *counts)
{
	int error;

	if (fclose(output->stream) != 0 && output_error(output) == 0)
		fail(output, errno);
	if (output_error(output) == 0)
		let_go(output, output->held_bytes);
	if (output->queue != NULL)
		end_thread(output);
	if (!outlet_close(output->outlet))
		fail(output, errno);
	output_count(output, counts);
	if (output->queue != NULL)
		line_queue_destroy(output->queue);
	error = output_error(output);
	free(output->held);
	free(output);
	errno = error;
	return error == 0;
}

void output_reopen(struct output *output)
{
	atomic_store(&output->reopens, true);
	if (output->queue != NULL)
		line_queue_wake(output->queue);
	else
		reopen(output);
}

int output_trouble(struct output *output)
{
	return atomic_exchange(&output->trouble, 0);
}

FILE *output_stream(struct output *output)
{
	return output->stream;
}

int output_error(const struct output *output)
{
	return atomic_load(&output->error);
}

int output_descriptor(const struct output *output)
{
	return outlet_descriptor(output->outlet);
}

void output_count(struct output *output, struct output_counts *counts)
{
	struct line_counts waiting = {0};

	if (output->queue != NULL)
		line_queue_count(output->queue, &waiting);
	*counts = (struct output_counts){
		.lines = output->lines,
		.bytes = atomic_load(&output->bytes),
		.errors = atomic_load(&output->errors),
		.dropped = waiting.dropped,
		.waiting_bytes = waiting.waiting_bytes,
		.room_bytes = waiting.room_bytes,
	};
}
