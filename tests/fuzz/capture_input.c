#define _GNU_SOURCE /* memfd_create(2) */

#include "fuzz/capture_input.h"

#include "source/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void refuse(const char *what)
{
	perror(what);
	abort();
}

static void write_all(int fd, const uint8_t *bytes, size_t size_bytes)
{
	size_t done = 0;

	if (ftruncate(fd, 0) != 0)
		refuse("ftruncate");
	while (done < size_bytes) {
		ssize_t written = pwrite(fd, bytes + done, size_bytes - done, (off_t)done);

		if (written <= 0)
			refuse("pwrite");
		done += (size_t)written;
	}
}

struct source *capture_input_open(const uint8_t *bytes, size_t size_bytes,
				  struct source_error *error)
{
	static int fd = -1;
	char name[64];

	if (fd == -1)
		fd = memfd_create("capture", MFD_CLOEXEC);
	if (fd == -1)
		refuse("memfd_create");
	write_all(fd, bytes, size_bytes);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return source_open_file(name, 0, error);
}
