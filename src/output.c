#define _GNU_SOURCE /* fopencookie() */

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 64 * 1024,
	LINE_MAX_BYTES = 16 * 1024 * 1024, /* a longer line is let go in pieces */
};

struct output {
	FILE *stream;
	int fd;
	int error;
	char *held; /* not yet written */
	size_t held_bytes, capacity_bytes;
};

static bool fail(struct output *output, int error)
{
	if (output->error == 0)
		output->error = error;
	errno = error;
	return false;
}

/* How many of the bytes are whole lines. */
static size_t whole_lines(const char *bytes, size_t size)
{
	const char *newline = memrchr(bytes, '\n', size);

	return newline == NULL ? 0 : (size_t)(newline - bytes) + 1;
}

/* Takes back the beginning of a line that could not be written to its end; only a regular file
 * allows that. */
static void take_back_half_line(const struct output *output, size_t written_bytes)
{
	size_t half_bytes = written_bytes - whole_lines(output->held, written_bytes);
	off_t end = lseek(output->fd, 0, SEEK_CUR);
	struct stat status;

	if (half_bytes == 0 || end < (off_t)half_bytes || fstat(output->fd, &status) != 0 ||
	    !S_ISREG(status.st_mode))
		return;
	if (ftruncate(output->fd, end - (off_t)half_bytes) == 0)
		lseek(output->fd, end - (off_t)half_bytes, SEEK_SET);
}

static bool wait_until_writable(const struct output *output)
{
	struct pollfd waiting = {.fd = output->fd, .events = POLLOUT};

	return poll(&waiting, 1, -1) >= 0 || errno == EINTR;
}

/* Writes the first `size` bytes that are held. */
static bool write_held(struct output *output, size_t size)
{
	size_t done = 0;

	if (size == 0)
		return true;
	while (done < size) {
		ssize_t count = write(output->fd, output->held + done, size - done);

		if (count >= 0) {
			done += (size_t)count;
		} else if (errno == EAGAIN ? !wait_until_writable(output) : errno != EINTR) {
			int error = errno;

			take_back_half_line(output, done);
			return fail(output, error);
		}
	}
	output->held_bytes -= size;
	memmove(output->held, output->held + size, output->held_bytes);
	return true;
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

/* What the stream calls with the bytes of its buffer. */
static ssize_t take_bytes(void *cookie, const char *bytes, size_t size)
{
	struct output *output = cookie;
	size_t ready_bytes;

	if (output->error != 0) {
		errno = output->error;
		return 0;
	}
	if (!hold(output, bytes, size))
		return 0;
	ready_bytes = whole_lines(output->held, output->held_bytes);
	if (output->held_bytes - ready_bytes > LINE_MAX_BYTES)
		ready_bytes = output->held_bytes;
	return write_held(output, ready_bytes) ? (ssize_t)size : 0;
}

struct output *output_open(const char *path)
{
	static const cookie_io_functions_t functions = {.write = take_bytes};
	struct output *output = calloc(1, sizeof(*output));

	if (output == NULL)
		return NULL;
	output->fd = STDOUT_FILENO;
	if (path != NULL)
		output->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (output->fd >= 0)
		output->stream = fopencookie(output, "w", functions);
	if (output->stream == NULL) {
		int error = errno;

		if (output->fd > STDERR_FILENO)
			close(output->fd);
		free(output);
		errno = error;
		return NULL;
	}
	setvbuf(output->stream, NULL, isatty(output->fd) ? _IOLBF : _IOFBF, BUFFER_BYTES);
	return output;
}

bool output_close(struct output *output)
{
	int error;

	if (fclose(output->stream) != 0 && output->error == 0)
		output->error = errno;
	if (output->error == 0)
		write_held(output, output->held_bytes);
	if (close(output->fd) != 0)
		fail(output, errno);
	error = output->error;
	free(output->held);
	free(output);
	errno = error;
	return error == 0;
}

FILE *output_stream(struct output *output)
{
	return output->stream;
}

int output_error(const struct output *output)
{
	return output->error;
}

int output_descriptor(const struct output *output)
{
	return output->fd;
}
