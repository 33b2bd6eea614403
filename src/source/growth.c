#define _POSIX_C_SOURCE 200809L

#include "source/growth.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A pipe ends when its last writer closes it, and grows no more. */
static bool may_grow(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_size >= lseek(fd, 0, SEEK_CUR);
}

ssize_t growth_read(int fd, void *at, size_t room_bytes, enum growth growth)
{
	static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	ssize_t got = read(fd, at, room_bytes);

	if (got != 0 || growth == GROWTH_ENDED || !may_grow(fd))
		return got;
	nanosleep(&pause, NULL);
	errno = EINTR;
	return -1;
}
