#define _GNU_SOURCE /* F_GETPIPE_SZ, memrchr() */

#include "output/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum {
	LOOK_EVERY_MS = 200,    /* whether to give up */
	TAIL_BYTES = 64 * 1024, /* in which the last newline is looked for, at a time */
};

/* What every record in JSON begins with. */
static const char record_begin[] = "{\"timestamp\":";

enum kind { KIND_FILE, KIND_NULL, KIND_PIPE, KIND_OTHER };

/* The null device's numbers on Linux. */
enum { NULL_MAJOR = 1, NULL_MINOR = 3 };

struct outlet {
	const char *path; /* NULL: standard output */
	int fd;
	enum kind kind;
	atomic_bool given_up;
};

static enum kind kind_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return KIND_OTHER;
	if (S_ISREG(status.st_mode))
		return KIND_FILE;
	if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(NULL_MAJOR, NULL_MINOR))
		return KIND_NULL;
	return S_ISFIFO(status.st_mode) ? KIND_PIPE : KIND_OTHER;
}

static size_t whole_lines(const char *bytes, size_t size)
{
	const char *newline = memrchr(bytes, '\n', size);

	return newline == NULL ? 0 : (size_t)(newline - bytes) + 1;
}

/* Where the last whole line of the file ends, or -1 with errno set. */
static off_t end_of_lines(int fd, off_t size)
{
	char tail[TAIL_BYTES];

	while (size > 0) {
		off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
		ssize_t got = pread(fd, tail, (size_t)(size - from), from);
		size_t whole;

		if (got != size - from)
			return -1;
		whole = whole_lines(tail, (size_t)got);
		if (whole > 0)
			return from + (off_t)whole;
		size = from;
	}
	return 0;
}

/* What follows the last whole line is cut off if it is half a record, as after a loss of power; any
 * other half line is somebody else's, and is ended. */
static void mend_end(int fd, int reading)
{
	char begin[sizeof(record_begin)] = "";
	off_t size = lseek(fd, 0, SEEK_END);
	off_t end = size > 0 ? end_of_lines(reading, size) : -1;

	if (end < 0 || end == size || pread(reading, begin, sizeof(begin) - 1, end) < 0)
		return;
	if (strncmp(begin, record_begin, strlen(begin)) != 0 || ftruncate(fd, end) != 0)
		dprintf(fd, "\n");
}

/* A file that may not be read is taken as it is. */
static void begin_with_a_line(const char *path, int fd)
{
	int reading = open(path, O_RDONLY | O_CLOEXEC);

	if (reading < 0)
		return;
	mend_end(fd, reading);
	close(reading);
}

static int open_path(const char *path, enum outlet_beginning beginning)
{
	int how = beginning == OUTLET_EMPTIES ? O_TRUNC : O_APPEND;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);

	if (fd >= 0 && beginning == OUTLET_APPENDS && kind_of(fd) == KIND_FILE)
		begin_with_a_line(path, fd);
	return fd;
}

struct outlet *outlet_open(const char *path, enum outlet_beginning beginning)
{
	struct outlet *outlet = calloc(1, sizeof(*outlet));

	if (outlet == NULL)
		return NULL;
	outlet->path = path;
	outlet->fd = path == NULL ? STDOUT_FILENO : open_path(path, beginning);
	if (outlet->fd < 0) {
		int error = errno;

		free(outlet);
		errno = error;
		return NULL;
	}
	outlet->kind = kind_of(outlet->fd);
	return outlet;
}

bool outlet_close(struct outlet *outlet)
{
	bool closed = close(outlet->fd) == 0;
	int error = errno;

	free(outlet);
	errno = error;
	return closed;
}

bool outlet_reopen(struct outlet *outlet)
{
	int fd;

	if (outlet->path == NULL)
		return true;
	fd = open_path(outlet->path, OUTLET_APPENDS);
	if (fd < 0)
		return false;
	close(outlet->fd);
	outlet->fd = fd;
	outlet->kind = kind_of(fd);
	return true;
}

/* A file, and the null device, take all that they are given, and nobody has to read it first. */
static bool takes_all(const struct outlet *outlet)
{
	return outlet->kind == KIND_FILE || outlet->kind == KIND_NULL;
}

/* What is written to a file without a name is lost. */
static bool is_removed(const struct outlet *outlet)
{
	struct stat status;

	return outlet->path != NULL && outlet->kind == KIND_FILE &&
	       fstat(outlet->fd, &status) == 0 && status.st_nlink == 0;
}

/* Takes back the beginning of a line that could not be written to its end; only a file allows that.
 */
static void take_back_half_line(const struct outlet *outlet, const char *lines, size_t written)
{
	size_t half = written - whole_lines(lines, written);
	off_t end = lseek(outlet->fd, 0, SEEK_CUR);

	if (outlet->kind != KIND_FILE || half == 0 || end < (off_t)half)
		return;
	if (ftruncate(outlet->fd, end - (off_t)half) == 0)
		lseek(outlet->fd, end - (off_t)half, SEEK_SET);
}

static bool wait_until_writable(const struct outlet *outlet)
{
	struct pollfd waiting = {.fd = outlet->fd, .events = POLLOUT};

	while (!atomic_load(&outlet->given_up)) {
		int ready = poll(&waiting, 1, LOOK_EVERY_MS);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
	errno = ETIMEDOUT;
	return false;
}

/* How much the pipe takes at once, for sure. */
static size_t pipe_room(int fd)
{
	int unread = 1;
	int room = fcntl(fd, F_GETPIPE_SZ);

	if (room > PIPE_BUF && ioctl(fd, FIONREAD, &unread) == 0 && unread == 0)
		return (size_t)room;
	return PIPE_BUF;
}

/* Nothing will be read of what the pipe still holds. */
static bool is_reader_gone(int fd)
{
	struct pollfd pipe = {.fd = fd};

	return poll(&pipe, 1, 0) > 0 && (pipe.revents & POLLERR) != 0;
}

/* How much of the lines to write at once: whole lines, as many as there is room for; all of them
 * where nobody reads any more, so that the write fails; 0: not even the first one has room before
 * something is read. */
static size_t next_piece(const struct outlet *outlet, const char *lines, size_t size)
{
	const char *newline;
	size_t room, piece;

	if (takes_all(outlet))
		return size;
	room = outlet->kind == KIND_PIPE ? pipe_room(outlet->fd) : PIPE_BUF;
	if (size <= room)
		return size;
	piece = whole_lines(lines, room);
	if (piece > 0)
		return piece;
	if (outlet->kind == KIND_PIPE && room == PIPE_BUF)
		return is_reader_gone(outlet->fd) ? size : 0;
	newline = memchr(lines, '\n', size);
	return newline == NULL ? size : (size_t)(newline - lines) + 1;
}

static void wait_for_reader(void)
{
	static const struct timespec moment = {.tv_nsec = 1000000};

	nanosleep(&moment, NULL);
}

/* Writes a piece to its end, or as many whole lines of it as it can. */
static size_t write_piece(struct outlet *outlet, const char *lines, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t count = -1;

		if (takes_all(outlet) || wait_until_writable(outlet))
			count = write(outlet->fd, lines + done, size - done);
		if (count >= 0) {
			done += (size_t)count;
		} else if (errno != EINTR && errno != EAGAIN) {
			int error = errno;

			take_back_half_line(outlet, lines, done);
			errno = error;
			return whole_lines(lines, done);
		}
	}
	return size;
}

size_t outlet_write(struct outlet *outlet, const char *lines, size_t size_bytes)
{
	size_t done = 0;

	if (size_bytes > 0 && is_removed(outlet) && !outlet_reopen(outlet))
		return 0;
	while (done < size_bytes) {
		size_t piece, written;

		if (!takes_all(outlet) && !wait_until_writable(outlet))
			return done;
		piece = next_piece(outlet, lines + done, size_bytes - done);
		if (piece == 0)
			wait_for_reader();
		written = write_piece(outlet, lines + done, piece);
		done += written;
		if (written < piece)
			return done;
	}
	return done;
}

void outlet_give_up(struct outlet *outlet)
{
	atomic_store(&outlet->given_up, true);
}

bool outlet_is_file(const struct outlet *outlet)
{
	return outlet->kind == KIND_FILE;
}

int outlet_descriptor(const struct outlet *outlet)
{
	return outlet->fd;
}
