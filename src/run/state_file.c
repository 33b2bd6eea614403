#define _POSIX_C_SOURCE 200809L

#include "run/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAGIC_BYTES = 8,
	DIGEST_BYTES = SHA256_DIGEST_SIZE,
	BLOCK_BYTES = 65536,
	NAME_MAX_BYTES = 256
};

/* The last bytes tell of transfers as text. */
static const uint8_t magic[MAGIC_BYTES] = {'t', 'c', 'p', 'b', 'y', 'e', '\n', 0x1a};

struct state_file {
	const char *path;
	const char *name; /* without the directory */
	char fresh[NAME_MAX_BYTES];
	int directory;
	int old;            /* what was found; -1: nothing */
	uint64_t old_bytes; /* of it, that have not been read yet */
	int new;            /* what is being written; -1: nothing */
	struct sha256_ctx digest;
	bool threaded; /* `thread` runs or has run, and was not joined */
	pthread_t thread;
	atomic_bool replacing;
	int error; /* of the thread; 0: none */
};

static bool open_directory(struct state_file *file)
{
	const char *slash = strrchr(file->path, '/');
	char *directory;
	int length;

	file->name = slash == NULL ? file->path : slash + 1;
	length = snprintf(file->fresh, sizeof file->fresh, "%s.new", file->name);
	if (length < 0 || (size_t)length >= sizeof file->fresh) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (slash == NULL)
		directory = strdup(".");
	else
		directory =
			strndup(file->path, slash == file->path ? 1 : (size_t)(slash - file->path));
	if (directory == NULL)
		return false;
	file->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(directory);
	return file->directory != -1;
}

/* Reads on until the bytes are there or the file ends. */
static bool read_whole(int fd, uint8_t *bytes, size_t count)
{
	while (count > 0) {
		ssize_t got = read(fd, bytes, count);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		bytes += got;
		count -= (size_t)got;
	}
	return true;
}

static bool digest_agrees(int fd, uint64_t bytes)
{
	uint8_t block[BLOCK_BYTES], computed[DIGEST_BYTES], stored[DIGEST_BYTES];
	struct sha256_ctx digest;

	sha256_init(&digest);
	while (bytes > 0) {
		size_t some = bytes < sizeof block ? (size_t)bytes : sizeof block;

		if (!read_whole(fd, block, some))
			return false;
		sha256_update(&digest, some, block);
		bytes -= some;
	}
	sha256_digest(&digest, sizeof computed, computed);
	return read_whole(fd, stored, sizeof stored) &&
	       memcmp(stored, computed, sizeof stored) == 0;
}

/* NULL where the file is whole; else what is wrong with it. */
static const char *check(struct state_file *file)
{
	uint8_t begin[MAGIC_BYTES];
	struct stat status;

	if (fstat(file->old, &status) != 0 || !S_ISREG(status.st_mode))
		return "is no regular file";
	if ((uint64_t)status.st_size < MAGIC_BYTES + DIGEST_BYTES ||
	    !read_whole(file->old, begin, sizeof begin) || memcmp(begin, magic, sizeof magic) != 0)
		return "is no state file of tcpbye";
	file->old_bytes = (uint64_t)status.st_size - MAGIC_BYTES - DIGEST_BYTES;
	if (lseek(file->old, 0, SEEK_SET) != 0 ||
	    !digest_agrees(file->old, (uint64_t)status.st_size - DIGEST_BYTES))
		return "is damaged: its checksum is not that of its content";
	return lseek(file->old, MAGIC_BYTES, SEEK_SET) == MAGIC_BYTES ? NULL
								      : "cannot be read twice";
}

static enum state_file_found open_old(struct state_file *file, char error[STATE_FILE_ERROR_MAX])
{
	const char *wrong;

	file->old = openat(file->directory, file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file->old == -1 && errno == ENOENT)
		return STATE_FILE_NEW;
	if (file->old == -1) {
		snprintf(error, STATE_FILE_ERROR_MAX, "%s: the state cannot be read: %s",
			 file->path, strerror(errno));
		return STATE_FILE_FAILED;
	}
	wrong = check(file);
	if (wrong == NULL)
		return STATE_FILE_FOUND;
	snprintf(error, STATE_FILE_ERROR_MAX,
		 "%s: %s, and nothing of it was taken up (name another --state, or remove it to "
		 "begin "
		 "anew)",
		 file->path, wrong);
	return STATE_FILE_DAMAGED;
}

struct state_file *state_file_open(const char *path, enum state_file_found *found,
				   char error[STATE_FILE_ERROR_MAX])
{
	struct state_file *file = calloc(1, sizeof *file);

	*found = STATE_FILE_FAILED;
	if (file == NULL) {
		snprintf(error, STATE_FILE_ERROR_MAX, "%s: not enough memory", path);
		return NULL;
	}
	file->path = path;
	file->old = file->new = file->directory = -1;
	if (open_directory(file))
		*found = open_old(file, error);
	else
		snprintf(error, STATE_FILE_ERROR_MAX, "%s: its directory cannot be opened: %s",
			 path, strerror(errno));
	if (*found == STATE_FILE_NEW || *found == STATE_FILE_FOUND)
		return file;
	state_file_close(file);
	return NULL;
}

void state_file_close(struct state_file *file)
{
	if (file == NULL)
		return;
	state_file_finish(file);
	state_file_abandon(file);
	if (file->old != -1)
		close(file->old);
	if (file->directory != -1)
		close(file->directory);
	free(file);
}

size_t state_file_read(void *context, uint8_t *bytes, size_t room)
{
	struct state_file *file = context;
	size_t count = file->old_bytes < room ? (size_t)file->old_bytes : room;

	if (count == 0 || !read_whole(file->old, bytes, count))
		return 0;
	file->old_bytes -= count;
	return count;
}

static bool write_whole(int fd, const uint8_t *bytes, size_t count)
{
	while (count > 0) {
		ssize_t written = write(fd, bytes, count);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		count -= (size_t)written;
	}
	return true;
}

/* What it tells of others' traffic is for its owner. */
bool state_file_begin(struct state_file *file)
{
	file->new =
		openat(file->directory, file->fresh,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (file->new == -1)
		return false;
	sha256_init(&file->digest);
	return state_file_write(file, magic, sizeof magic);
}

bool state_file_write(void *context, const uint8_t *bytes, size_t count)
{
	struct state_file *file = context;

	sha256_update(&file->digest, count, bytes);
	if (write_whole(file->new, bytes, count))
		return true;
	state_file_abandon(file);
	return false;
}

void state_file_abandon(struct state_file *file)
{
	int error = errno;

	if (file->new == -1)
		return;
	close(file->new);
	file->new = -1;
	unlinkat(file->directory, file->fresh, 0);
	errno = error;
}

bool state_file_replace(struct state_file *file)
{
	uint8_t digest[DIGEST_BYTES];
	bool done;

	sha256_digest(&file->digest, sizeof digest, digest);
	done = write_whole(file->new, digest, sizeof digest) && fsync(file->new) == 0 &&
	       renameat(file->directory, file->fresh, file->directory, file->name) == 0;
	if (!done) {
		state_file_abandon(file);
		return false;
	}
	close(file->new);
	file->new = -1;
	return fsync(file->directory) == 0 || errno == EINVAL; /* not every file system can */
}

static void *replace(void *context)
{
	struct state_file *file = context;

	file->error = state_file_replace(file) ? 0 : errno;
	atomic_store(&file->replacing, false);
	return NULL;
}

bool state_file_replace_later(struct state_file *file)
{
	sigset_t all, before;
	int error;

	atomic_store(&file->replacing, true);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&file->thread, NULL, replace, file);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	file->threaded = error == 0;
	if (file->threaded)
		return true;
	atomic_store(&file->replacing, false);
	state_file_abandon(file);
	errno = error;
	return false;
}

bool state_file_is_idle(struct state_file *file)
{
	return !atomic_load(&file->replacing);
}

bool state_file_finish(struct state_file *file)
{
	int error;

	if (!file->threaded)
		return true;
	pthread_join(file->thread, NULL);
	file->threaded = false;
	error = file->error;
	file->error = 0;
	errno = error;
	return error == 0;
}
